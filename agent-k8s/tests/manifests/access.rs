//! The Role of the manifests is enough for the agent, and the `ConfigMap` of the manifests is what it reads.
//!
//! Against a real API server with exactly these rules: a verb or a name forgotten in the Role fails here.

use std::time::Duration;

use agent_k8s::{ClientOptions, ConfigMapSource, Source, connect};
use agent_testkit::kube_api::{Options, Rule, Server};
use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::api::rbac::v1::Role;

use crate::documents::object;

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

#[tokio::test]
async fn the_agent_reads_and_follows_its_configuration_with_the_role_of_the_manifests() {
    let rules = rules(object("kubernetes/rbac.yaml", "Role"));
    let server = Server::start_with(Options { rules, ..Options::default() }).await.unwrap();
    let config: ConfigMap = object("kubernetes/configmap.yaml", "ConfigMap");
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
    for key in ["agent-deployment.yaml", "agent-daemonset.yaml"] {
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
