//! Presets of the chart: what they add, and that what cannot work is refused before anything is applied.

use serde_json::json;

use crate::chart::configuration;
use crate::helm::{Chart, folder, read};

#[test]
fn presets_add_to_the_configuration_what_they_are_named_for() {
    let config = configuration("daemonset-presets").unwrap();
    let pipelines = &config["service"]["pipelines"];
    assert_eq!(pipelines["logs"]["receivers"], json!(["otlp", "filelog"]));
    assert_eq!(pipelines["metrics"]["receivers"], json!(["otlp", "hostmetrics", "kubeletstats"]));
    assert_eq!(pipelines["traces"]["processors"], json!(["k8sattributes", "batch"]));
    assert_eq!(config["receivers"]["kubeletstats"]["collection_interval"], "30s", "the user's value wins");
    assert_eq!(config["receivers"]["filelog"]["include_file_path"], false, "an empty one too");
    assert_eq!(config["receivers"]["kubeletstats"]["auth_type"], "serviceAccount");
    assert_eq!(config["service"]["extensions"], json!(["file_storage"]));
    assert_eq!(config["receivers"]["filelog"]["storage"], "file_storage");
    assert_eq!(
        config["receivers"]["filelog"]["exclude"],
        json!(["/var/log/pods/kloudmate_kubeagent-*_*/kubeagent/*.log"])
    );
    let config = configuration("deployment-everything").unwrap();
    let pipelines = &config["service"]["pipelines"];
    assert_eq!(pipelines["metrics"]["receivers"], json!(["otlp", "k8s_cluster"]), "not twice");
    assert_eq!(pipelines["logs"]["receivers"], json!(["otlp", "k8sobjects"]));
    assert_eq!(pipelines["logs"]["processors"], json!(["k8sattributes"]));
    assert_eq!(config["receivers"]["k8s_cluster"]["collection_interval"], "1m");
    assert!(config["processors"].get("batch").is_none(), "alternateConfig has none of the defaults");
}

#[test]
fn what_cannot_work_does_not_render_and_says_why() {
    let chart = Chart::load();
    let every =
        json!(["filelog", "hostmetrics", "kubeletstats", "k8sattributes", "k8sobjects", "k8s_cluster"]);
    for (mut values, message) in [
        (
            json!({"mode": "deployment", "presets": {"logsCollection": {"enabled": true}}}),
            "presets.logsCollection needs mode: daemonset",
        ),
        (
            json!({"mode": "deployment", "presets": {"hostMetrics": {"enabled": true}}}),
            "presets.hostMetrics needs mode: daemonset",
        ),
        (
            json!({"mode": "daemonset", "presets": {"clusterMetrics": {"enabled": true}}}),
            "presets.clusterMetrics needs mode: deployment",
        ),
        (
            json!({"replicaCount": 2, "presets": {"kubernetesEvents": {"enabled": true}}}),
            "needs replicaCount: 1",
        ),
        (
            json!({"presets": {"clusterMetrics": {"enabled": true}}, "config": {"service": {"pipelines": {"metrics": null}}}}),
            "adds k8s_cluster to the pipeline metrics, which the configuration does not have",
        ),
        (json!({"secret": {"create": true}}), "secret.apiKey is the key"),
        (json!({"secret": {"existingName": ""}}), "secret.existingName names"),
        (json!({"configMap": {"create": false}}), "configMap.existingName names"),
        (json!({"agent": {"collectorEndpoint": ""}}), "agent.collectorEndpoint is the URL"),
        (json!({"serviceMonitor": {"enabled": true}}), "serviceMonitor.enabled needs ports.metrics.enabled"),
        (
            json!({"mode": "daemonset", "podDisruptionBudget": {"enabled": true}}),
            "podDisruptionBudget is for mode: deployment",
        ),
        (
            json!({"mode": "daemonset", "webhook": {"enabled": true}}),
            "webhook.enabled needs mode: deployment",
        ),
        (json!({"webhook": {"enabled": true, "certManager": false}}), "webhook.caBundle is the authority"),
    ] {
        values["image"] = json!({"extraComponents": every});
        let error = chart.manifests(&values).unwrap_err();
        assert!(error.contains(message), "{values}: {error}");
    }
}

/// The README's table is written from the agent's own list of components.
#[test]
fn a_preset_renders_if_the_agent_has_its_component() {
    let (chart, readme) = (Chart::load(), read(&folder().join("../../../README.md")));
    let rows =
        readme.lines().filter(|line| line.starts_with("| receiver |") || line.starts_with("| processor |"));
    let names: Vec<&str> = rows.flat_map(|row| row.split('`').skip(1).step_by(2)).collect();
    assert!(names.contains(&"otlp") && names.contains(&"batch"), "{names:?}");
    for (preset, component, mode) in [
        ("logsCollection", "filelog", "daemonset"),
        ("hostMetrics", "hostmetrics", "daemonset"),
        ("kubeletMetrics", "kubeletstats", "daemonset"),
        ("kubernetesAttributes", "k8sattributes", "daemonset"),
        ("kubernetesEvents", "k8sobjects", "deployment"),
        ("clusterMetrics", "k8s_cluster", "deployment"),
    ] {
        let rendered = chart.manifests(&json!({"mode": mode, "presets": {preset: {"enabled": true}}}));
        if names.contains(&component) {
            rendered
                .unwrap_or_else(|error| panic!("{error}\nadd it to the list in templates/_components.tpl"));
        } else {
            let message = format!(
                "presets.{preset} needs the component {component}, which kubeagent 0.1.0 does not have yet"
            );
            assert!(rendered.unwrap_err().contains(&message), "{preset}");
        }
    }
}
