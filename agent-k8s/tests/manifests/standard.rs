//! The `restricted` Pod Security Standard as a program, and that every Deployment keeps to it.
//!
//! Source: the page "Pod Security Standards" of the Kubernetes documentation (v1.34), profiles Baseline and Restricted, and
//! the fields it lists for each control. Those of Windows are left out but for `hostProcess`: the agent runs on Linux.

use serde_json::{Value, json};

use crate::documents::everything;

/// A control of the standard.
type Control = (&'static str, fn(&Value, &[&Value]) -> bool);

/// Each control, with whether a Pod's spec and its containers keep to it.
const CONTROLS: &[Control] = &[
    ("HostProcess", |pod, containers| {
        contexts(pod, containers)
            .all(|context| unset_or(&context["windowsOptions"]["hostProcess"], &["false"]))
    }),
    ("Host Namespaces", |pod, _| {
        ["hostNetwork", "hostPID", "hostIPC"].iter().all(|field| unset_or(&pod[field], &["false"]))
    }),
    ("Privileged Containers", |_, containers| {
        containers.iter().all(|container| unset_or(&container["securityContext"]["privileged"], &["false"]))
    }),
    ("Capabilities", |_, containers| {
        containers.iter().all(|container| {
            let capabilities = &container["securityContext"]["capabilities"];
            let drops_all = texts(&capabilities["drop"]).contains(&"ALL");
            drops_all && texts(&capabilities["add"]).iter().all(|added| *added == "NET_BIND_SERVICE")
        })
    }),
    ("Host Ports", |_, containers| {
        let ports = containers.iter().flat_map(|container| list(&container["ports"]));
        ports.into_iter().all(|port| unset_or(&port["hostPort"], &["0"]))
    }),
    ("Host Probes / Lifecycle Hooks", |_, containers| {
        containers.iter().all(|container| {
            let probes = ["livenessProbe", "readinessProbe", "startupProbe"].map(|probe| &container[probe]);
            let hooks = ["postStart", "preStop"].map(|hook| &container["lifecycle"][hook]);
            let actions = probes.iter().chain(&hooks);
            actions
                .flat_map(|action| [&action["httpGet"]["host"], &action["tcpSocket"]["host"]])
                .all(|host| unset_or(host, &[""]))
        })
    }),
    ("AppArmor", |pod, containers| {
        contexts(pod, containers)
            .all(|context| unset_or(&context["appArmorProfile"]["type"], &["RuntimeDefault", "Localhost"]))
    }),
    ("SELinux", |pod, containers| {
        const TYPES: [&str; 5] =
            ["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"];
        contexts(pod, containers).all(|context| {
            let options = &context["seLinuxOptions"];
            unset_or(&options["type"], &TYPES)
                && unset_or(&options["user"], &[""])
                && unset_or(&options["role"], &[""])
        })
    }),
    ("/proc Mount Type", |_, containers| {
        containers.iter().all(|container| unset_or(&container["securityContext"]["procMount"], &["Default"]))
    }),
    ("Sysctls", |pod, _| list(&pod["securityContext"]["sysctls"]).is_empty()),
    ("Volume Types", |pod, _| {
        const TYPES: [&str; 8] = [
            "configMap",
            "csi",
            "downwardAPI",
            "emptyDir",
            "ephemeral",
            "persistentVolumeClaim",
            "projected",
            "secret",
        ];
        let fields = list(&pod["volumes"]).into_iter().flat_map(|volume| volume.as_object().unwrap().keys());
        fields.into_iter().all(|field| field == "name" || TYPES.contains(&field.as_str()))
    }),
    ("Privilege Escalation", |_, containers| {
        containers
            .iter()
            .all(|container| container["securityContext"]["allowPrivilegeEscalation"] == json!(false))
    }),
    ("Running as Non-root", |pod, containers| {
        effective(pod, containers, "runAsNonRoot").all(|value| *value == json!(true))
    }),
    ("Running as Non-root user", |pod, containers| {
        contexts(pod, containers).all(|context| context["runAsUser"] != json!(0))
    }),
    ("Seccomp", |pod, containers| {
        effective(pod, containers, "seccompProfile")
            .all(|profile| profile["type"] == "RuntimeDefault" || profile["type"] == "Localhost")
    }),
];

/// The controls that a Pod with this spec does not keep to.
fn violations(pod: &Value) -> Vec<&'static str> {
    let kinds = ["containers", "initContainers", "ephemeralContainers"];
    let containers: Vec<&Value> = kinds.iter().flat_map(|kind| list(&pod[kind])).collect();
    assert!(!containers.is_empty(), "{pod}");
    CONTROLS.iter().filter(|(_, keeps)| !keeps(pod, &containers)).map(|(control, _)| *control).collect()
}

/// The Pod's security context and those of its containers.
fn contexts<'a>(pod: &'a Value, containers: &[&'a Value]) -> impl Iterator<Item = &'a Value> {
    let of_containers: Vec<&Value> =
        containers.iter().map(|container| &container["securityContext"]).collect();
    std::iter::once(&pod["securityContext"]).chain(of_containers)
}

/// What holds for each container: its own field, else the Pod's.
fn effective<'a>(pod: &'a Value, containers: &[&'a Value], field: &str) -> impl Iterator<Item = &'a Value> {
    let of_containers = containers.iter().map(|container| {
        let own = &container["securityContext"][field];
        if own.is_null() { &pod["securityContext"][field] } else { own }
    });
    of_containers.collect::<Vec<_>>().into_iter()
}

fn unset_or(value: &Value, allowed: &[&str]) -> bool {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    value.is_null() || allowed.contains(&text.as_str())
}

fn list(value: &Value) -> Vec<&Value> {
    value.as_array().into_iter().flatten().collect()
}

fn texts(value: &Value) -> Vec<&str> {
    list(value).into_iter().filter_map(Value::as_str).collect()
}

#[test]
fn every_deployment_passes_the_restricted_standard() {
    let mut seen = 0;
    for (place, object) in everything() {
        if object["kind"] == "Deployment" {
            assert_eq!(violations(&object["spec"]["template"]["spec"]), [""; 0], "{place}");
            seen += 1;
        }
    }
    assert!(seen >= 6, "{seen}");
}

#[test]
fn each_control_finds_what_is_against_it() {
    let good = json!({
        "securityContext": {"runAsNonRoot": true, "runAsUser": 1, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [{
            "securityContext": {"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}},
            "ports": [{"containerPort": 1}], "livenessProbe": {"httpGet": {"port": 1}},
        }],
        "volumes": [{"name": "x", "emptyDir": {}}],
    });
    assert_eq!(violations(&good), [""; 0]);
    let mut found = Vec::new();
    for (path, value) in [
        ("/securityContext/windowsOptions", json!({"hostProcess": true})),
        ("/hostPID", json!(true)),
        ("/containers/0/securityContext/privileged", json!(true)),
        ("/containers/0/securityContext/capabilities/add", json!(["NET_ADMIN"])),
        ("/containers/0/ports", json!([{"hostPort": 4317}])),
        ("/containers/0/livenessProbe/httpGet/host", json!("127.0.0.1")),
        ("/securityContext/appArmorProfile", json!({"type": "Unconfined"})),
        ("/containers/0/securityContext/seLinuxOptions", json!({"user": "system_u"})),
        ("/containers/0/securityContext/procMount", json!("Unmasked")),
        ("/securityContext/sysctls", json!([{"name": "kernel.msgmax", "value": "1"}])),
        ("/volumes", json!([{"name": "x", "hostPath": {"path": "/"}}])),
        ("/containers/0/securityContext/allowPrivilegeEscalation", json!(true)),
        ("/containers/0/securityContext/runAsNonRoot", json!(false)),
        ("/containers/0/securityContext/runAsUser", json!(0)),
        ("/securityContext/seccompProfile", json!({"type": "Unconfined"})),
    ] {
        let mut pod = good.clone();
        let (parent, field) = path.rsplit_once('/').unwrap();
        pod.pointer_mut(parent).unwrap()[field] = value;
        let [one] = violations(&pod)[..] else { panic!("{path}: {:?}", violations(&pod)) };
        found.push(one);
    }
    assert_eq!(found, CONTROLS.iter().map(|(control, _)| *control).collect::<Vec<_>>());
}

#[test]
fn what_must_be_said_is_missed_when_it_is_not() {
    let silent = json!({"containers": [{}]});
    assert_eq!(
        violations(&silent),
        ["Capabilities", "Privilege Escalation", "Running as Non-root", "Seccomp"]
    );
}
