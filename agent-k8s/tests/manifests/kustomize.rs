//! The overlays: each gives the one workload it is named for, and the privileged one is what is documented.
//!
//! Kustomize itself is not needed: what the overlays use of it (resources, deleting patches, JSON patches) is done here, and
//! anything else in them is refused.

use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::documents::{check, deploy, file, key_of, kustomizations};
use crate::helm_installed::run;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Kustomization {
    api_version: String,
    kind: String,
    resources: Vec<String>,
    #[serde(default)]
    patches: Vec<Patch>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Patch {
    target: Target,
    patch: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Target {
    kind: String,
    name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Operation {
    op: String,
    path: String,
    value: Option<Value>,
}

/// What the overlay or base in `dir` (below `deploy/`) gives.
pub(crate) fn build(dir: &str) -> Vec<Value> {
    let path = deploy().join(dir).join("kustomization.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    let kustomization: Kustomization =
        serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert_eq!(kustomization.api_version, "kustomize.config.k8s.io/v1beta1");
    assert_eq!(kustomization.kind, "Kustomization");
    let mut objects = Vec::new();
    for resource in kustomization.resources {
        let outside = resource.contains("..");
        let resource = format!("{dir}/{resource}");
        if Path::new(&resource).extension().is_some_and(|extension| extension == "yaml") {
            assert!(!outside, "kustomize reads no files outside its folder: {resource}");
            objects.extend(file(&resource));
        } else {
            objects.extend(build(&resource));
        }
    }
    for patch in kustomization.patches {
        apply(&mut objects, &patch);
    }
    objects
}

fn apply(objects: &mut Vec<Value>, patch: &Patch) {
    let targeted = |object: &Value| {
        object["kind"] == patch.target.kind.as_str()
            && object["metadata"]["name"] == patch.target.name.as_str()
    };
    let at = objects.iter().position(targeted).expect("a patch has a target");
    let content: Value = serde_saphyr::from_str(&patch.patch).unwrap();
    if content["$patch"] == "delete" {
        assert!(targeted(&content), "a deleting patch names its target");
        objects.remove(at);
        return;
    }
    let operations: Vec<Operation> = serde_json::from_value(content).unwrap();
    for operation in operations {
        operate(&mut objects[at], operation);
    }
}

/// One operation of a JSON patch, as far as the overlays need it.
fn operate(object: &mut Value, Operation { op, path, value }: Operation) {
    let (parent, key) = path.rsplit_once('/').unwrap();
    let parent = object.pointer_mut(parent).unwrap_or_else(|| panic!("{path} has no parent"));
    if let (Value::Array(items), "add", "-") = (&mut *parent, op.as_str(), key) {
        return items.push(value.unwrap());
    }
    let fields = parent.as_object_mut().unwrap();
    assert_eq!(fields.contains_key(key), op != "add", "{op} {path}");
    match (op.as_str(), value) {
        ("remove", None) => fields.remove(key),
        ("add" | "replace", Some(value)) => fields.insert(key.to_owned(), value),
        (op, value) => panic!("{op} {value:?}"),
    };
}

pub(crate) fn kinds(objects: &[Value]) -> Vec<&str> {
    let mut kinds: Vec<_> = objects.iter().map(|object| object["kind"].as_str().unwrap()).collect();
    kinds.sort_unstable();
    kinds
}

#[test]
fn each_overlay_gives_its_workload_and_what_it_needs() {
    for (overlay, workload) in
        [("deployment", "Deployment"), ("daemonset", "DaemonSet"), ("daemonset-privileged", "DaemonSet")]
    {
        let objects = build(&format!("kustomize/overlays/{overlay}"));
        objects.iter().for_each(check);
        let mut expected =
            vec!["ConfigMap", "Namespace", "Role", "RoleBinding", "Service", "ServiceAccount", workload];
        expected.sort_unstable();
        assert_eq!(kinds(&objects), expected, "{overlay}");
    }
}

#[test]
fn the_base_holds_no_secret() {
    assert!(!kinds(&build("kustomize/base")).contains(&"Secret"));
}

#[test]
fn the_privileged_overlay_differs_in_privilege_only() {
    let take = |overlay: &str| {
        let objects = build(&format!("kustomize/overlays/{overlay}"));
        objects.into_iter().find(|object| object["kind"] == "DaemonSet").unwrap()
    };
    let (mut usual, mut privileged) = (take("daemonset"), take("daemonset-privileged"));
    let pod = "/spec/template/spec";
    assert!(privileged.pointer(pod).unwrap().get("securityContext").is_none());
    let context = privileged.pointer_mut("/spec/template/spec/containers/0/securityContext").unwrap();
    assert_eq!(context.take(), json!({"privileged": true, "runAsUser": 0}));
    usual.pointer_mut(pod).unwrap().as_object_mut().unwrap().remove("securityContext");
    usual.pointer_mut("/spec/template/spec/containers/0/securityContext").unwrap().take();
    assert_eq!(usual, privileged);
}

/// Where kubectl is installed, it builds what is built here. It needs no cluster for that.
#[test]
fn kubectl_builds_the_same() {
    let folders = kustomizations();
    assert!(folders.len() >= 6, "{folders:?}");
    for dir in folders {
        let path = deploy().join(&dir);
        let Some(output) = run("kubectl", &["kustomize", path.to_str().unwrap()]) else { return };
        assert!(output.status.success(), "{dir}: {}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        let mut theirs: Vec<Value> = serde_saphyr::from_multiple(&text).unwrap();
        let mut ours = build(&dir);
        for objects in [&mut theirs, &mut ours] {
            objects.sort_by_key(key_of);
        }
        assert_eq!(theirs, ours, "{dir}");
    }
}
