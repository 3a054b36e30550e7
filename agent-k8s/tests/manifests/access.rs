//! The Role of the manifests is enough for the agent, and the `ConfigMap` of the manifests is what it reads.
//!
//! Against a real API server with exactly these rules: a verb or a name forgotten in the Role fails here.

use std::time::Duration;

use agent_k8s::{ClientOptions, ConfigMapSource, Need, Source, connect};
use agent_testkit::kube_api::{Options, Rule, Server};
use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::api::rbac::v1::Role;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::chart::golden;
use crate::documents::file;

fn rules(role: Role) -> Vec<Rule> {
    let namespace = role.metadata.namespace;
    let rules = role.rules.unwrap().into_iter();
    let rules = rules.flat_map(|rule| {
        let groups = rule.api_groups.unwrap();
        let namespace = namespace.clone();
        groups.into_iter().map(move |api_group| Rule {
            namespace: namespace.clone(),
            api_group,
            resources: rule.resources.clone().unwrap(),
            verbs: rule.verbs.clone(),
            resource_names: rule.resource_names.clone().unwrap_or_default(),
        })
    });
    rules.collect()
}

fn take<T: DeserializeOwned>(objects: &[Value], kind: &str) -> T {
    let object = objects.iter().find(|object| object["kind"] == kind).unwrap();
    serde_json::from_value(object.clone()).unwrap()
}

#[tokio::test]
async fn the_agent_reads_and_follows_its_configuration_with_the_role_of_the_manifests() {
    let mut objects = file("kubernetes/rbac.yaml");
    objects.extend(file("kubernetes/configmap.yaml"));
    follow(&objects, &["agent-deployment.yaml", "agent-daemonset.yaml"]).await;
}

#[tokio::test]
async fn and_with_the_role_of_the_chart() {
    follow(&golden("deployment"), &["agent-deployment.yaml"]).await;
    follow(&golden("daemonset-presets"), &["agent-daemonset.yaml"]).await;
}

/// Whether the rules allow all that the agent asks for at its start.
fn grants(rules: &[Rule], need: &Need) -> bool {
    need.verbs.iter().all(|verb| {
        rules.iter().any(|rule| {
            rule.api_group == need.group
                && rule.namespace.as_ref() == Some(&need.namespace)
                && rule.resources.iter().any(|resource| resource == need.resource)
                && rule.verbs.iter().any(|granted| granted == verb)
                && need.name.as_ref().is_none_or(|name| rule.resource_names.contains(name))
        })
    })
}

/// Reads each key with the Role among `objects`, and sees it edited.
async fn follow(objects: &[Value], keys: &[&str]) {
    let rules = rules(take(objects, "Role"));
    let granted = rules.clone();
    let server = Server::start_with(Options { rules, ..Options::default() }).await.unwrap();
    let config: ConfigMap = take(objects, "ConfigMap");
    let (namespace, name) = (config.metadata.namespace.unwrap(), config.metadata.name.unwrap());
    let data = config.data.unwrap();
    let put = |data: &std::collections::BTreeMap<String, String>| {
        let data: Vec<_> = data.iter().map(|(key, text)| (key.as_str(), text.as_str())).collect();
        server.put_config_map(&namespace, &name, &data)
    };
    put(&data);
    let dir = tempfile::tempdir().unwrap();
    let kubeconfig = Some(server.write_kubeconfig(dir.path()).unwrap());
    let connection = connect(&ClientOptions { kubeconfig, ..ClientOptions::default() }).await.unwrap();
    let source = ConfigMapSource::new(connection.clone(), &namespace, &name, "");
    for need in Need::of_agent(&source) {
        assert!(grants(&granted, &need), "{need:?}");
    }
    for &key in keys {
        let source = ConfigMapSource::new(connection.clone(), &namespace, &name, key);
        let mut changes = Source::ConfigMap(source).changes(Duration::from_hours(1));
        assert_eq!(&*changes.next().await.unwrap().text, data[key]);
        tokio::select! {
            news = changes.next() => panic!("unexpected news: {news:?}"),
            () = server.wait_for_watches(1) => {}
        }
        let mut edited = data.clone();
        edited.insert(key.to_owned(), "edited: true\n".to_owned());
        put(&edited);
        assert_eq!(&*changes.next().await.unwrap().text, "edited: true\n");
        drop(changes);
        server.wait_for_watches(0).await;
        put(&data);
    }
}
