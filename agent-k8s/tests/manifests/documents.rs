//! Loading the files, and the proof that no field of them is misspelt.
//!
//! Kubernetes types ignore unknown fields when they are decoded, so a document is encoded again and compared.

use std::path::PathBuf;

use k8s_openapi::api::apps::v1::{DaemonSet, Deployment};
use k8s_openapi::api::core::v1::{ConfigMap, Namespace, Secret, Service, ServiceAccount};
use k8s_openapi::api::rbac::v1::{ClusterRole, ClusterRoleBinding, Role, RoleBinding};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

pub(crate) fn deploy() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../deploy")
}

/// The documents of one file below `deploy/`.
pub(crate) fn file(path: &str) -> Vec<Value> {
    let path = deploy().join(path);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_saphyr::from_multiple(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The one document of `kind` in one file.
pub(crate) fn object<T: DeserializeOwned>(path: &str, kind: &str) -> T {
    let mut found: Vec<Value> = file(path).into_iter().filter(|object| object["kind"] == kind).collect();
    assert_eq!(found.len(), 1, "{kind} in {path}");
    serde_json::from_value(found.remove(0)).unwrap()
}

fn round_trip<T: DeserializeOwned + Serialize>(document: &Value) -> Value {
    let typed: T =
        serde_json::from_value(document.clone()).unwrap_or_else(|error| panic!("{error}: {document}"));
    serde_json::to_value(typed).unwrap()
}

/// Panics unless `document` is exactly what its type has fields for.
pub(crate) fn check(document: &Value) {
    let again = match document["kind"].as_str().unwrap() {
        "Namespace" => round_trip::<Namespace>(document),
        "Secret" => round_trip::<Secret>(document),
        "ConfigMap" => round_trip::<ConfigMap>(document),
        "ServiceAccount" => round_trip::<ServiceAccount>(document),
        "Service" => round_trip::<Service>(document),
        "Deployment" => round_trip::<Deployment>(document),
        "DaemonSet" => round_trip::<DaemonSet>(document),
        "Role" => round_trip::<Role>(document),
        "RoleBinding" => round_trip::<RoleBinding>(document),
        "ClusterRole" => round_trip::<ClusterRole>(document),
        "ClusterRoleBinding" => round_trip::<ClusterRoleBinding>(document),
        kind => panic!("no type for {kind}"),
    };
    assert_eq!(&again, document, "a field that the type does not have");
}

/// The plain manifests, all of them.
fn plain() -> Vec<String> {
    let entries = std::fs::read_dir(deploy().join("kubernetes")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter(|name| name != "kustomization.yaml").collect();
    names.sort();
    names
}

#[test]
fn every_document_decodes_into_its_type_without_loss() {
    let names = plain();
    assert!(names.len() >= 8, "{names:?}");
    for name in names {
        let documents = file(&format!("kubernetes/{name}"));
        assert!(!documents.is_empty(), "{name}");
        documents.iter().for_each(check);
    }
}

#[test]
#[should_panic(expected = "a field that the type does not have")]
fn a_misspelt_field_is_found() {
    let mut document = file("kubernetes/deployment.yaml").remove(0);
    document["spec"]["replica"] = 1.into();
    check(&document);
}

#[test]
fn every_object_is_named_placed_and_labelled_as_documented() {
    for name in plain() {
        for object in file(&format!("kubernetes/{name}")) {
            let (kind, metadata) = (object["kind"].as_str().unwrap(), &object["metadata"]);
            let expected = match kind {
                "Namespace" => "kloudmate",
                "Secret" => "kloudmate-secret",
                "ConfigMap" => "kmagent-config",
                "ClusterRole" | "ClusterRoleBinding" => "kubeagent-cluster-monitoring",
                _ => "kubeagent",
            };
            assert_eq!(metadata["name"], expected, "{name} {kind}");
            if !matches!(kind, "Namespace" | "ClusterRole" | "ClusterRoleBinding") {
                assert_eq!(metadata["namespace"], "kloudmate", "{name} {kind}");
            }
            if kind != "Namespace" {
                assert_eq!(metadata["labels"]["app"], "kubeagent", "{name} {kind}");
            }
        }
    }
}
