//! Roles give what the agent needs and nothing else.

use serde_json::{Value, json};

use crate::documents::{everything, file};

#[test]
fn the_role_reads_the_one_config_map_and_writes_events() {
    let role = file("kubernetes/rbac.yaml").into_iter().find(|object| object["kind"] == "Role").unwrap();
    assert_eq!(
        role["rules"],
        json!([{"apiGroups": [""], "resources": ["configmaps"], "resourceNames": ["kmagent-config"],
                "verbs": ["get", "watch", "list"]},
               {"apiGroups": ["", "events.k8s.io"], "resources": ["events"], "verbs": ["create", "patch"]}])
    );
}

#[test]
fn bindings_bind_the_agents_account_to_the_role_beside_them() {
    for (path, kind) in
        [("kubernetes/rbac.yaml", "Role"), ("kubernetes/cluster-monitoring.yaml", "ClusterRole")]
    {
        let documents = file(path);
        let role = documents.iter().find(|object| object["kind"] == kind).unwrap();
        let binding = documents.iter().find(|object| object["kind"] == format!("{kind}Binding")).unwrap();
        let name = &role["metadata"]["name"];
        assert_eq!(
            binding["roleRef"],
            json!({"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": name})
        );
        assert_eq!(
            binding["subjects"],
            json!([{"kind": "ServiceAccount", "name": "kubeagent", "namespace": "kloudmate"}])
        );
    }
}

#[test]
fn cluster_monitoring_only_reads() {
    let documents = file("kubernetes/cluster-monitoring.yaml");
    for rule in rules(&documents.iter().collect::<Vec<_>>()) {
        for verb in texts(&rule["verbs"]) {
            assert!(["get", "list", "watch"].contains(&verb), "{rule}");
        }
    }
}

/// What is wrong with a rule, as far as its words tell.
fn excess(rule: &Value) -> Option<&str> {
    const RESOURCES: [&str; 3] = ["*", "secrets", "serviceaccounts/token"];
    const SUBRESOURCES: [&str; 5] = ["*", "attach", "exec", "portforward", "proxy"];
    const VERBS: [&str; 4] = ["*", "bind", "escalate", "impersonate"];
    let resource = texts(&rule["resources"]).find(|resource| {
        let (kind, subresource) = resource.split_once('/').unwrap_or((resource, ""));
        RESOURCES.contains(resource) || RESOURCES.contains(&kind) || SUBRESOURCES.contains(&subresource)
    });
    let verb = texts(&rule["verbs"]).find(|verb| VERBS.contains(verb));
    let group = texts(&rule["apiGroups"]).find(|group| *group == "*");
    resource.or(verb).or(group).or(texts(&rule["nonResourceURLs"]).next())
}

#[test]
fn no_role_of_any_kind_of_deployment_holds_a_wildcard_or_reaches_secrets_or_into_containers() {
    let (mut seen, mut places) = (0, std::collections::BTreeSet::new());
    for (place, document) in everything() {
        for rule in rules(&[&document]) {
            assert_eq!(excess(rule), None, "{place}: {rule}");
            seen += 1;
            places.insert(place.clone());
        }
    }
    assert!(seen >= 30, "{seen}");
    for place in
        ["kubernetes/rbac.yaml", "kubernetes/cluster-monitoring.yaml", "webhook", "helm daemonset-presets"]
    {
        assert!(places.contains(place), "{places:?}");
    }
}

#[test]
fn a_rule_that_allows_too_much_is_found() {
    let good = json!({"apiGroups": [""], "resources": ["nodes/stats"], "verbs": ["get"]});
    assert_eq!(excess(&good), None);
    for (field, word) in [
        ("resources", "secrets"),
        ("resources", "*"),
        ("resources", "pods/exec"),
        ("resources", "nodes/proxy"),
        ("resources", "pods/*"),
        ("verbs", "*"),
        ("verbs", "impersonate"),
        ("apiGroups", "*"),
        ("nonResourceURLs", "/metrics"),
    ] {
        let mut rule = good.clone();
        rule[field] = json!(["get", word]);
        assert!(excess(&rule).is_some(), "{rule}");
    }
}

/// Rules of roles; webhooks have rules too, which allow nothing.
fn rules<'a>(documents: &[&'a Value]) -> Vec<&'a Value> {
    let roles = documents.iter().filter(|object| object["kind"].as_str().unwrap().ends_with("Role"));
    roles.flat_map(|object| object["rules"].as_array().into_iter().flatten()).collect()
}

fn texts(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().map(|text| text.as_str().unwrap())
}
