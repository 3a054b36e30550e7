//! What the documentation promises about the workloads, the Secret and the configuration.
//!
//! The environment is compared as a whole, so an addition has to be made here too.

use k8s_openapi::api::apps::v1::{DaemonSet, Deployment};
use k8s_openapi::api::core::v1::{ConfigMap, Container, PodSpec, PodTemplateSpec, Probe, Secret, Service};
use serde_json::{Value, json};

use crate::documents::object;

const CONFIG: &str = "kubernetes/configmap.yaml";

fn deployment() -> Deployment {
    object("kubernetes/deployment.yaml", "Deployment")
}

fn daemonset() -> DaemonSet {
    object("kubernetes/daemonset.yaml", "DaemonSet")
}

/// Pod templates of both workloads, with the selector that must match them.
fn templates() -> [(PodTemplateSpec, Value); 2] {
    let (deployment, daemonset) = (deployment().spec, daemonset().spec);
    [
        (deployment.template, serde_json::to_value(deployment.selector).unwrap()),
        (daemonset.template, serde_json::to_value(daemonset.selector).unwrap()),
    ]
}

fn container(pod: &PodSpec) -> &Container {
    let [container] = pod.containers.as_slice() else { panic!("one container") };
    container
}

fn env(pod: &PodSpec) -> Vec<String> {
    let variables = container(pod).env.iter().flatten();
    let text = variables.map(|variable| {
        let source = variable.value_from.as_ref();
        let from_secret = source.and_then(|source| source.secret_key_ref.as_ref());
        let from_field = source.and_then(|source| source.field_ref.as_ref());
        let value = match (&variable.value, from_secret, from_field) {
            (Some(value), None, None) => value.clone(),
            (None, Some(secret), None) => format!("secret {} {}", secret.name, secret.key),
            (None, None, Some(field)) => format!("field {}", field.field_path),
            _ => panic!("{} has no one source", variable.name),
        };
        format!("{}={value}", variable.name)
    });
    text.collect()
}

fn mounts(pod: &PodSpec) -> Vec<(&str, &str, bool)> {
    let mounts = container(pod).volume_mounts.iter().flatten();
    mounts
        .map(|mount| (mount.name.as_str(), mount.mount_path.as_str(), mount.read_only == Some(true)))
        .collect()
}

fn probe(probe: Option<&Probe>) -> Value {
    serde_json::to_value(probe).unwrap()
}

#[test]
fn the_secret_has_the_documented_key() {
    let secret: Secret = object("kubernetes/secret.example.yaml", "Secret");
    let keys: Vec<String> = secret.string_data.unwrap().into_keys().collect();
    assert_eq!((secret.type_.as_deref(), keys), (Some("Opaque"), vec!["api-key".to_owned()]));
}

#[test]
fn the_deployment_has_the_documented_environment_and_mount() {
    let spec = deployment().spec;
    assert_eq!(spec.replicas, Some(1));
    let pod = spec.template.spec.unwrap();
    assert_eq!(
        env(&pod),
        [
            "KM_API_KEY=secret kloudmate-secret api-key",
            "KM_COLLECTOR_ENDPOINT=https://otel.kloudmate.com:4318",
            "DEPLOYMENT_MODE=DEPLOYMENT",
            "CONFIGMAP_NAME=kmagent-config",
            "POD_NAMESPACE=field metadata.namespace",
            "POD_NAME=field metadata.name",
            "POD_UID=field metadata.uid",
            "KM_CONFIG_CHECK_INTERVAL=60",
        ]
    );
    assert_eq!(mounts(&pod), [("config", "/etc/kmagent", true)]);
    assert!(pod.host_network.is_none() && pod.host_pid.is_none());
}

#[test]
fn the_daemonset_sees_its_node() {
    let pod = daemonset().spec.template.spec.unwrap();
    assert_eq!(
        env(&pod),
        [
            "KM_API_KEY=secret kloudmate-secret api-key",
            "KM_COLLECTOR_ENDPOINT=https://otel.kloudmate.com:4318",
            "DEPLOYMENT_MODE=DAEMONSET",
            "CONFIGMAP_NAME=kmagent-config",
            "POD_NAMESPACE=field metadata.namespace",
            "POD_NAME=field metadata.name",
            "POD_UID=field metadata.uid",
            "NODE_NAME=field spec.nodeName",
            "KM_NODE_NAME=field spec.nodeName",
            "KM_CONFIG_CHECK_INTERVAL=60",
        ]
    );
    assert_eq!(mounts(&pod), [("config", "/etc/kmagent", true), ("hostfs", "/hostfs", true)]);
    assert_eq!((pod.host_network, pod.host_pid), (Some(true), Some(true)));
    let host = pod.volumes.unwrap().into_iter().find(|volume| volume.name == "hostfs").unwrap();
    assert_eq!(host.host_path.unwrap().path, "/");
}

#[test]
fn both_modes_select_account_image_ports_and_probes_as_documented() {
    for (template, selector) in templates() {
        let labels = serde_json::to_value(template.metadata.unwrap().labels).unwrap();
        assert_eq!(labels, json!({"app": "kubeagent"}));
        assert_eq!(selector, json!({"matchLabels": labels}));
        let pod = template.spec.unwrap();
        assert_eq!(pod.service_account_name.as_deref(), Some("kubeagent"));
        let config = pod.volumes.iter().flatten().find(|volume| volume.name == "config").unwrap();
        assert_eq!(config.config_map.as_ref().unwrap().name, "kmagent-config");
        let container = container(&pod);
        assert_eq!(container.name, "kubeagent");
        assert_eq!(container.image.as_deref(), Some("kloudmate/kubeagent:latest"));
        assert!(container.command.is_none() && container.args.is_none(), "the agent has no command line");
        let ports: Vec<i32> = container.ports.iter().flatten().map(|port| port.container_port).collect();
        assert_eq!(ports, [4317, 4318, 13133]);
        let health = json!({"path": "/health", "port": 13133});
        let ready = json!({"path": "/ready", "port": 13133});
        assert_eq!(
            probe(container.liveness_probe.as_ref()),
            json!({"httpGet": health, "initialDelaySeconds": 30, "periodSeconds": 10})
        );
        assert_eq!(
            probe(container.readiness_probe.as_ref()),
            json!({"httpGet": ready, "initialDelaySeconds": 5, "periodSeconds": 5})
        );
    }
}

#[test]
fn both_modes_run_with_the_least_privilege() {
    for (template, _) in templates() {
        let pod = template.spec.unwrap();
        assert_eq!(
            serde_json::to_value(pod.security_context.as_ref()).unwrap(),
            json!({"runAsNonRoot": true, "runAsUser": 65532, "runAsGroup": 65532,
                   "seccompProfile": {"type": "RuntimeDefault"}})
        );
        assert_eq!(
            serde_json::to_value(container(&pod).security_context.as_ref()).unwrap(),
            json!({"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true,
                   "capabilities": {"drop": ["ALL"]}})
        );
    }
}

#[test]
fn the_service_reaches_both_otlp_ports() {
    let service: Service = object("kubernetes/service.yaml", "Service");
    let spec = serde_json::to_value(service.spec.unwrap()).unwrap();
    assert_eq!(spec["selector"], json!({"app": "kubeagent"}));
    let pod = deployment().spec.template.spec.unwrap();
    let ports = serde_json::to_value(&container(&pod).ports).unwrap();
    for (at, number) in [(0, 4317), (1, 4318)] {
        assert_eq!(spec["ports"][at]["port"], number);
        assert_eq!(spec["ports"][at]["targetPort"], ports[at]["name"]);
        assert_eq!(ports[at]["containerPort"], number);
    }
}

#[test]
fn both_keys_hold_the_documented_configuration() {
    let config: ConfigMap = object(CONFIG, "ConfigMap");
    let data = config.data.unwrap();
    assert_eq!(data.keys().collect::<Vec<_>>(), ["agent-daemonset.yaml", "agent-deployment.yaml"]);
    let pipeline = json!({"receivers": ["otlp"], "processors": ["batch"], "exporters": ["otlphttp"]});
    let expected = json!({
        "receivers": {"otlp": {"protocols": {
            "grpc": {"endpoint": "0.0.0.0:4317"},
            "http": {"endpoint": "0.0.0.0:4318"},
        }}},
        "processors": {"batch": {"timeout": "10s", "send_batch_size": 1024}},
        "exporters": {"otlphttp": {
            "endpoint": "${env:KM_COLLECTOR_ENDPOINT}",
            "headers": {"api-key": "${env:KM_API_KEY}"},
        }},
        "service": {"pipelines": {"traces": pipeline, "metrics": pipeline, "logs": pipeline}},
    });
    for (key, text) in data {
        let document: Value = serde_saphyr::from_str(&text).unwrap();
        assert_eq!(document, expected, "{key}");
    }
}
