//! The chart: what it renders for each of its examples is what stands beside them, and it refuses what cannot work.
//!
//! With `BLESS=1` the golden files are written.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::documents::{check, object};
use crate::helm::{Chart, folder, parse, read};

/// The examples, each a folder.
pub(crate) const EXAMPLES: [&str; 5] =
    ["daemonset-everything", "daemonset-presets", "deployment", "deployment-everything", "existing"];

/// The values of an example.
pub(crate) fn values(example: &str) -> Value {
    parse(&read(&folder().join("examples").join(example).join("values.yaml")))
}

/// The golden texts by example; with `BLESS` set they are written before anybody reads them.
static GOLDENS: LazyLock<BTreeMap<&str, String>> = LazyLock::new(|| {
    let text = |example| {
        let path = folder().join("examples").join(example).join("rendered.yaml");
        if is_blessed() {
            std::fs::write(&path, rendered(example)).unwrap();
        }
        (example, read(&path))
    };
    EXAMPLES.into_iter().map(text).collect()
});

#[expect(clippy::disallowed_methods, reason = "BLESS=1 asks to rewrite what the test compares with")]
fn is_blessed() -> bool {
    std::env::var("BLESS").is_ok()
}

fn rendered(example: &str) -> String {
    Chart::load().manifests(&values(example)).unwrap_or_else(|error| panic!("{example}: {error}"))
}

/// The golden manifests of an example.
pub(crate) fn golden(example: &str) -> Vec<Value> {
    serde_saphyr::from_multiple(&GOLDENS[example]).unwrap()
}

/// All golden manifests, each with the example that it is of.
pub(crate) fn goldens() -> Vec<(&'static str, Value)> {
    EXAMPLES
        .into_iter()
        .flat_map(|example| golden(example).into_iter().map(move |object| (example, object)))
        .collect()
}

fn one(example: &str, kind: &str) -> Value {
    let is_wanted =
        |object: &Value| object["kind"] == kind && object["metadata"]["name"] != "kubeagent-webhook";
    let found: Vec<Value> = golden(example).into_iter().filter(is_wanted).collect();
    assert_eq!(found.len(), 1, "{kind} of {example}");
    found.into_iter().next().unwrap()
}

/// The configuration in the ConfigMap of an example.
pub(crate) fn configuration(example: &str) -> Option<Value> {
    let objects = golden(example);
    let map = objects.iter().find(|object| object["kind"] == "ConfigMap")?;
    let texts: Vec<&Value> = map["data"].as_object().unwrap().values().collect();
    let [text] = texts.as_slice() else { panic!("one key: {map}") };
    Some(parse(text.as_str().unwrap()))
}

#[test]
fn every_example_renders_as_it_stands() {
    let entries = std::fs::read_dir(folder().join("examples")).unwrap();
    let mut found: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    found.sort();
    assert_eq!(found, EXAMPLES);
    for example in EXAMPLES {
        assert_eq!(
            rendered(example),
            GOLDENS[example],
            "{example}: run `cargo xtask bless -p agent-k8s` and look at the difference"
        );
    }
}

#[test]
fn every_golden_document_decodes_into_its_type_without_loss() {
    let all = goldens();
    assert!(all.len() > 30, "{}", all.len());
    for (_, object) in &all {
        check(object);
    }
}

#[test]
fn everything_that_the_chart_has_is_in_some_example() {
    let mut kinds: Vec<String> =
        goldens().iter().map(|(_, object)| object["kind"].as_str().unwrap().to_owned()).collect();
    kinds.sort();
    kinds.dedup();
    assert_eq!(
        kinds.join(" "),
        "Certificate ClusterRole ClusterRoleBinding ConfigMap DaemonSet Deployment Issuer NetworkPolicy \
         PodDisruptionBudget PriorityClass Role RoleBinding Secret Service ServiceAccount ServiceMonitor \
         ValidatingWebhookConfiguration"
    );
}

#[test]
fn the_notes_name_what_is_to_be_done() {
    let chart = Chart::load();
    let notes = |example| chart.render(&values(example)).unwrap().remove("NOTES.txt").unwrap();
    let usual = notes("deployment");
    assert!(usual.contains(
        "kubectl create secret generic kloudmate-secret -n kloudmate --from-literal=api-key=YOUR_KEY"
    ));
    assert!(
        usual.contains("kubeagent.kloudmate.svc:\n  otlp on port 4317\n  otlp-http on port 4318"),
        "{usual}"
    );
    assert!(!notes("deployment-everything").contains("create secret"));
    assert!(notes("existing").contains("kubectl auth can-i get configmaps/kmagent-config"));
}

#[test]
fn an_agent_finds_the_config_map_that_it_may_read_and_that_is_mounted() {
    for example in EXAMPLES {
        let objects = golden(example);
        let workload = objects.iter().find(|object| object["spec"]["template"].is_object()).unwrap();
        let pod = &workload["spec"]["template"]["spec"];
        let container = &pod["containers"][0];
        let env = container["env"].as_array().unwrap();
        let name = &env.iter().find(|variable| variable["name"] == "CONFIGMAP_NAME").unwrap()["value"];
        assert_eq!(pod["volumes"][0], json!({"name": "config", "configMap": {"name": name}}));
        assert_eq!(
            container["volumeMounts"][0],
            json!({"name": "config", "mountPath": "/etc/kmagent", "readOnly": true}),
            "a folder, which follows the ConfigMap; a subPath would not"
        );
        if let Some(role) = objects.iter().find(|object| object["kind"] == "Role") {
            assert_eq!(role["rules"][0]["resourceNames"], json!([name]));
        }
        let key =
            if workload["kind"] == "Deployment" { "agent-deployment.yaml" } else { "agent-daemonset.yaml" };
        if let Some(map) = objects.iter().find(|object| object["kind"] == "ConfigMap") {
            assert_eq!(&map["metadata"]["name"], name);
            assert!(map["data"].get(key).is_some(), "{map}");
        }
    }
}

#[test]
fn the_defaults_are_the_documented_agent() {
    let pod = &one("deployment", "Deployment")["spec"]["template"]["spec"];
    let container = &pod["containers"][0];
    assert_eq!(
        container["resources"],
        json!({"requests": {"cpu": "25m", "memory": "32Mi"}, "limits": {"memory": "128Mi"}})
    );
    let plain: Value = object("kubernetes/deployment.yaml", "Deployment");
    let plain = &plain["spec"]["template"]["spec"];
    for field in ["livenessProbe", "readinessProbe", "securityContext"] {
        assert_eq!(container[field], plain["containers"][0][field], "{field}");
    }
    assert_eq!(pod["securityContext"], plain["securityContext"]);
    let env = container["env"].as_array().unwrap();
    for variable in plain["containers"][0]["env"].as_array().unwrap() {
        let is_renamed = variable["name"] == "CONFIGMAP_NAME";
        assert!(is_renamed || env.contains(variable), "{variable}");
    }
    let config: Value = object("kubernetes/configmap.yaml", "ConfigMap");
    let documented = parse(config["data"]["agent-deployment.yaml"].as_str().unwrap());
    assert_eq!(configuration("deployment"), Some(documented));
    assert_eq!(one("deployment", "Role")["rules"][1]["verbs"], json!(["create", "patch"]));
}

#[test]
fn prometheus_finds_the_agents_own_metrics() {
    let monitor = one("daemonset-everything", "ServiceMonitor");
    let service = one("daemonset-everything", "Service");
    let fields: Vec<&String> = monitor.as_object().unwrap().keys().collect();
    assert_eq!(fields, ["apiVersion", "kind", "metadata", "spec"]);
    let labels = monitor["spec"]["selector"]["matchLabels"].as_object().unwrap();
    for (name, value) in labels {
        assert_eq!(&service["metadata"]["labels"][name], value);
    }
    assert_eq!(monitor["spec"]["endpoints"], json!([{"port": "metrics", "interval": "30s"}]));
    assert_eq!(monitor["spec"]["namespaceSelector"], json!({"matchNames": ["kloudmate"]}));
    let ports = service["spec"]["ports"].as_array().unwrap();
    let port = ports.iter().find(|port| port["name"] == "metrics").unwrap();
    let exporter = json!({"prometheus": {"host": "0.0.0.0", "port": port["port"]}});
    let telemetry = &configuration("daemonset-everything").unwrap()["service"]["telemetry"];
    assert_eq!(telemetry["metrics"]["readers"], json!([{"pull": {"exporter": exporter}}]));
}

#[test]
fn the_webhook_is_the_documented_one() {
    let plain: Value = object("webhook/webhook.yaml", "ValidatingWebhookConfiguration");
    let mut ours = one("deployment-everything", "ValidatingWebhookConfiguration");
    let condition = &mut ours["webhooks"][0]["matchConditions"][0]["expression"];
    assert_eq!(condition.take(), "request.name == \"kubeagent-config\"");
    *condition = "request.name == \"kmagent-config\"".into();
    assert_eq!(ours["webhooks"], plain["webhooks"]);
    assert_eq!(ours["metadata"]["annotations"], plain["metadata"]["annotations"]);
    let all = golden("deployment-everything");
    for (path, kind) in [("webhook/certificate.yaml", "Issuer"), ("webhook/certificate.yaml", "Certificate")]
    {
        let plain: Value = object(path, kind);
        let ours = all.iter().find(|object| object["kind"] == kind).unwrap();
        assert_eq!(ours["spec"], plain["spec"], "{kind}");
    }
    let service = all
        .iter()
        .find(|object| object["metadata"]["name"] == "kubeagent-webhook" && object["kind"] == "Service");
    let port = &service.unwrap()["spec"]["ports"][0]["targetPort"];
    let deployment = one("deployment-everything", "Deployment");
    let container = &deployment["spec"]["template"]["spec"]["containers"][0];
    assert!(
        container["ports"]
            .as_array()
            .unwrap()
            .contains(&json!({"name": port, "containerPort": 9443, "protocol": "TCP"}))
    );
    assert!(
        container["env"]
            .as_array()
            .unwrap()
            .contains(&json!({"name": "KM_WEBHOOK_CERT_DIR", "value": "/etc/kubeagent-webhook"}))
    );
}

#[test]
fn the_chart_is_of_this_version_of_the_agent() {
    let metadata = parse(&read(&folder().join("Chart.yaml")));
    assert_eq!(metadata["appVersion"], env!("CARGO_PKG_VERSION"));
}
