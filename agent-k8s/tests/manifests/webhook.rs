//! The webhook's objects fit together, and its Deployment is the plain one with what the webhook needs.

use serde_json::{Value, json};

use crate::documents::check;
use crate::kustomize::{build, kinds};

/// What `kubectl apply -k deploy/webhook` applies.
fn applied() -> Vec<Value> {
    build("webhook")
}

fn take(objects: Vec<Value>, kind: &str, name: &str) -> Value {
    let mut objects = objects.into_iter();
    let found = objects.find(|object| object["kind"] == kind && object["metadata"]["name"] == name);
    found.unwrap_or_else(|| panic!("no {kind} {name}"))
}

fn webhooks_own(kind: &str) -> Value {
    take(applied(), kind, "kubeagent-webhook")
}

const POD: &str = "/spec/template/spec";
const CONTAINER: &str = "/spec/template/spec/containers/0";

#[test]
fn it_is_the_deployment_and_the_webhook() {
    let objects = applied();
    objects.iter().for_each(check);
    let mut expected = kinds(&build("kustomize/overlays/deployment")).join(" ");
    expected.push_str(" Issuer Certificate Service ValidatingWebhookConfiguration");
    let mut expected: Vec<&str> = expected.split(' ').collect();
    expected.sort_unstable();
    assert_eq!(kinds(&objects), expected);
}

#[test]
fn the_deployment_is_the_plain_one_with_a_certificate_and_a_port() {
    let mut patched = take(applied(), "Deployment", "kubeagent");
    let plain = take(build("kustomize/overlays/deployment"), "Deployment", "kubeagent");
    let mut pop = |path: String| patched.pointer_mut(&path).unwrap().as_array_mut().unwrap().pop().unwrap();
    let secret = json!({"secretName": "kubeagent-webhook", "optional": true});
    assert_eq!(pop(format!("{POD}/volumes")), json!({"name": "webhook-certificate", "secret": secret}));
    let mount =
        json!({"name": "webhook-certificate", "mountPath": "/etc/kubeagent-webhook", "readOnly": true});
    assert_eq!(pop(format!("{CONTAINER}/volumeMounts")), mount);
    let variable = json!({"name": "KM_WEBHOOK_CERT_DIR", "value": mount["mountPath"]});
    assert_eq!(pop(format!("{CONTAINER}/env")), variable);
    assert_eq!(pop(format!("{CONTAINER}/ports")), json!({"name": "webhook", "containerPort": 9443}));
    let labels = patched.pointer_mut("/spec/template/metadata/labels").unwrap().as_object_mut().unwrap();
    assert_eq!(labels.remove("webhook"), Some("kubeagent".into()));
    assert_eq!(patched, plain);
}

#[test]
fn the_service_reaches_the_pods_that_answer_and_no_others() {
    let service = webhooks_own("Service");
    let deployment = take(applied(), "Deployment", "kubeagent");
    let selector = service["spec"]["selector"].as_object().unwrap();
    assert_eq!(deployment.pointer("/spec/template/metadata/labels").unwrap().as_object().unwrap(), selector);
    let daemonset = take(build("kustomize/overlays/daemonset"), "DaemonSet", "kubeagent");
    let labels = daemonset.pointer("/spec/template/metadata/labels").unwrap();
    assert!(selector.iter().any(|(name, value)| labels[name] != *value), "{labels}");
    let ports = json!([{"name": "webhook", "port": 443, "targetPort": "webhook", "appProtocol": "https"}]);
    assert_eq!(service["spec"]["ports"], ports);
}

#[test]
fn the_certificate_is_for_the_service_and_where_it_is_looked_for() {
    let (certificate, issuer) = (webhooks_own("Certificate"), webhooks_own("Issuer"));
    assert_eq!(issuer["spec"], json!({"selfSigned": {}}));
    let spec = json!({
        "secretName": "kubeagent-webhook",
        "dnsNames": ["kubeagent-webhook.kloudmate.svc", "kubeagent-webhook.kloudmate.svc.cluster.local"],
        "privateKey": {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Always"},
        "issuerRef": {"kind": "Issuer", "name": "kubeagent-webhook"},
    });
    assert_eq!(certificate["spec"], spec);
    for object in [certificate, issuer] {
        let fields: Vec<&String> = object.as_object().unwrap().keys().collect();
        assert_eq!(fields, ["apiVersion", "kind", "metadata", "spec"]);
    }
}

#[test]
fn api_servers_ask_about_the_one_config_map_and_go_on_without_an_answer() {
    let configuration = webhooks_own("ValidatingWebhookConfiguration");
    let annotations = json!({"cert-manager.io/inject-ca-from": "kloudmate/kubeagent-webhook"});
    assert_eq!(configuration["metadata"]["annotations"], annotations);
    let service = json!({"name": "kubeagent-webhook", "namespace": "kloudmate", "path": "/validate-config",
                         "port": 443});
    let rule = json!({"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"],
                      "resources": ["configmaps"], "scope": "Namespaced"});
    let condition =
        json!({"name": "the-configuration-of-the-agent", "expression": "request.name == \"kmagent-config\""});
    let webhook = json!({
        "name": "configuration.kubeagent.kloudmate.com",
        "clientConfig": {"service": service},
        "rules": [rule],
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kloudmate"}},
        "matchConditions": [condition],
        "matchPolicy": "Equivalent",
        "failurePolicy": "Ignore",
        "sideEffects": "None",
        "timeoutSeconds": 5,
        "admissionReviewVersions": ["v1"],
    });
    assert_eq!(configuration["webhooks"], json!([webhook]));
}
