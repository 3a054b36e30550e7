//! What every agent on a node gives up, whatever it collects: privileges, capabilities, writing, and other processes.
//!
//! A DaemonSet that reads the node's files cannot keep to a Pod Security Standard (`hostPath`); this is what is left of it.

use serde_json::{Value, json};

use crate::chart::configuration;
use crate::documents::everything;

/// The one folder of a node that may be written: positions and queues.
const STATE: &str = "/var/lib/kubeagent";

/// What a Pod with this spec could do that it does not need.
fn excess(pod: &Value, scrapes_processes: bool) -> Vec<&'static str> {
    let [container] = pod["containers"].as_array().unwrap().as_slice() else { panic!("one container") };
    let context = &container["securityContext"];
    let capabilities = &context["capabilities"];
    let writes = |volume: &Value| {
        let mounts = container["volumeMounts"].as_array().unwrap().iter();
        let writes = mounts
            .filter(|mount| mount["name"] == volume["name"])
            .any(|mount| mount["readOnly"] != json!(true));
        volume["hostPath"].is_object() && volume["hostPath"]["path"] != STATE && writes
    };
    let mut excess = Vec::new();
    let mut unless = |holds: bool, what: &'static str| excess.extend((!holds).then_some(what));
    unless(capabilities["drop"] == json!(["ALL"]), "keeps capabilities");
    unless(capabilities["add"].is_null(), "adds capabilities");
    unless(context["privileged"] != json!(true), "is privileged");
    unless(context["allowPrivilegeEscalation"] == json!(false), "may gain privileges");
    unless(context["readOnlyRootFilesystem"] == json!(true), "writes its root");
    unless(pod["securityContext"]["seccompProfile"]["type"] == "RuntimeDefault", "has no seccomp profile");
    unless(pod["hostIPC"].is_null(), "has the node's IPC");
    unless(scrapes_processes || pod["hostPID"].is_null(), "has the node's processes");
    unless(!pod["volumes"].as_array().unwrap().iter().any(writes), "writes the node's files");
    excess
}

/// Whether the configuration of an example has the process scraper.
fn scrapes_processes(place: &str) -> bool {
    let example = place.strip_prefix("helm ").unwrap_or_default();
    let config = (!example.is_empty()).then(|| configuration(example)).flatten();
    config.is_some_and(|config| config["receivers"]["hostmetrics"]["scrapers"].get("process").is_some())
}

#[test]
fn every_daemonset_gives_up_what_it_does_not_need() {
    let (mut seen, mut with_processes) = (0, 0);
    for (place, object) in everything() {
        // The documented profile, for receivers that need all of the node.
        if object["kind"] != "DaemonSet" || place.ends_with("daemonset-privileged") {
            continue;
        }
        // Documented with hostPID, for a configuration of the user's; the chart knows what is configured.
        let is_plain = !place.starts_with("helm ");
        let processes = scrapes_processes(&place);
        assert_eq!(excess(&object["spec"]["template"]["spec"], is_plain || processes), [""; 0], "{place}");
        seen += 1;
        with_processes += usize::from(processes);
    }
    assert!(seen >= 6 && with_processes == 1, "{seen} {with_processes}");
}

#[test]
fn each_excess_is_found() {
    let good = json!({
        "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [{
            "securityContext": {"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true,
                                "capabilities": {"drop": ["ALL"]}},
            "volumeMounts": [{"name": "host", "readOnly": true}, {"name": "state"}],
        }],
        "volumes": [{"name": "host", "hostPath": {"path": "/"}}, {"name": "state", "hostPath": {"path": STATE}}],
    });
    assert_eq!(excess(&good, false), [""; 0]);
    for (path, value, what) in [
        ("/containers/0/securityContext/capabilities/drop", json!(["NET_RAW"]), "keeps capabilities"),
        ("/containers/0/securityContext/capabilities/add", json!(["SYS_PTRACE"]), "adds capabilities"),
        ("/containers/0/securityContext/privileged", json!(true), "is privileged"),
        ("/containers/0/securityContext/allowPrivilegeEscalation", Value::Null, "may gain privileges"),
        ("/containers/0/securityContext/readOnlyRootFilesystem", Value::Null, "writes its root"),
        ("/securityContext/seccompProfile", Value::Null, "has no seccomp profile"),
        ("/hostIPC", json!(true), "has the node's IPC"),
        ("/hostPID", json!(true), "has the node's processes"),
        ("/containers/0/volumeMounts/0/readOnly", json!(false), "writes the node's files"),
    ] {
        let mut pod = good.clone();
        let (parent, field) = path.rsplit_once('/').unwrap();
        pod.pointer_mut(parent).unwrap()[field] = value;
        assert_eq!(excess(&pod, false), [what]);
    }
}
