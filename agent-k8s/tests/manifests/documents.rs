//! Loading the files, and the proof that no field of them is misspelt.
//!
//! Kubernetes types ignore unknown fields when they are decoded, so a document is encoded again and compared.

use std::path::PathBuf;

use k8s_openapi::api::admissionregistration::v1::ValidatingWebhookConfiguration;
use k8s_openapi::api::apps::v1::{DaemonSet, Deployment};
use k8s_openapi::api::core::v1::{ConfigMap, Namespace, Secret, Service, ServiceAccount};
use k8s_openapi::api::networking::v1::NetworkPolicy;
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use k8s_openapi::api::rbac::v1::{ClusterRole, ClusterRoleBinding, Role, RoleBinding};
use k8s_openapi::api::scheduling::v1::PriorityClass;
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
        "ValidatingWebhookConfiguration" => round_trip::<ValidatingWebhookConfiguration>(document),
        "NetworkPolicy" => round_trip::<NetworkPolicy>(document),
        "PodDisruptionBudget" => round_trip::<PodDisruptionBudget>(document),
        "PriorityClass" => round_trip::<PriorityClass>(document),
        // Not of Kubernetes itself; the fields of these are named in the tests of the webhook and of the chart.
        "Issuer" | "Certificate" if document["apiVersion"] == "cert-manager.io/v1" => document.clone(),
        "ServiceMonitor" if document["apiVersion"] == "monitoring.coreos.com/v1" => document.clone(),
        kind => panic!("no type for {kind}"),
    };
    assert_eq!(&again, document, "a field that the type does not have");
}

/// What tells a document from another one: kind, namespace and name.
pub(crate) fn key_of(document: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let metadata = &document["metadata"];
    format!("{} {}/{}", text(&document["kind"]), text(&metadata["namespace"]), text(&metadata["name"]))
}

/// All that anybody may apply, with where it is: plain files, kustomizations, and what the chart gives for its examples.
pub(crate) fn everything() -> Vec<(String, Value)> {
    let plain = manifests().into_iter().flat_map(|path| {
        let documents = file(&path);
        documents.into_iter().map(move |document| (path.clone(), document))
    });
    let built = kustomizations().into_iter().flat_map(|dir| {
        let documents = crate::kustomize::build(&dir);
        documents.into_iter().map(move |document| (dir.clone(), document))
    });
    let rendered =
        crate::chart::goldens().into_iter().map(|(example, document)| (format!("helm {example}"), document));
    plain.chain(built).chain(rendered).collect()
}

/// Folders below `deploy/` with a kustomization.
pub(crate) fn kustomizations() -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(deploy().join(&folder)).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            if name == "kustomization.yaml" {
                found.push(folder.clone());
            } else if entry.file_type().unwrap().is_dir() {
                folders.push(format!("{folder}/{name}").trim_start_matches('/').to_owned());
            }
        }
    }
    found.sort();
    found
}

/// All manifests, as paths below `deploy/`; kustomizations are none.
pub(crate) fn manifests() -> Vec<String> {
    let in_folder = |folder: &'static str| {
        let entries = std::fs::read_dir(deploy().join(folder)).unwrap();
        entries.map(move |entry| format!("{folder}/{}", entry.unwrap().file_name().into_string().unwrap()))
    };
    let all = ["kubernetes", "webhook"].into_iter().flat_map(in_folder);
    let mut all: Vec<_> = all.filter(|path| !path.ends_with("/kustomization.yaml")).collect();
    all.sort();
    all
}

#[test]
fn every_document_decodes_into_its_type_without_loss() {
    let paths = manifests();
    assert!(paths.len() >= 11, "{paths:?}");
    for path in paths {
        let documents = file(&path);
        assert!(!documents.is_empty(), "{path}");
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
    for path in manifests() {
        for object in file(&path) {
            let (kind, metadata) = (object["kind"].as_str().unwrap(), &object["metadata"]);
            let expected = match kind {
                _ if path.starts_with("webhook/") => "kubeagent-webhook",
                "Namespace" => "kloudmate",
                "Secret" => "kloudmate-secret",
                "ConfigMap" => "kmagent-config",
                "ClusterRole" | "ClusterRoleBinding" => "kubeagent-cluster-monitoring",
                _ => "kubeagent",
            };
            assert_eq!(metadata["name"], expected, "{path} {kind}");
            let is_of_the_cluster = kind.starts_with("Cluster") || kind.ends_with("WebhookConfiguration");
            if kind != "Namespace" && !is_of_the_cluster {
                assert_eq!(metadata["namespace"], "kloudmate", "{path} {kind}");
            }
            if kind != "Namespace" {
                assert_eq!(metadata["labels"]["app"], "kubeagent", "{path} {kind}");
            }
        }
    }
}
