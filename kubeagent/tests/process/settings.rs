//! What is said about settings before anything else starts.

use crate::agent::run;

fn messages(variables: &[(&str, &str)]) -> (Option<i32>, Vec<String>) {
    let output = run(variables);
    let lines = String::from_utf8(output.stdout).unwrap();
    let message = |line: &str| {
        serde_json::from_str::<serde_json::Value>(line).unwrap()["msg"].as_str().unwrap().to_owned()
    };
    (output.status.code(), lines.lines().map(message).collect())
}

#[test]
fn all_missing_ones_are_named_at_once() {
    let (status, messages) = messages(&[]);
    assert_eq!(status, Some(78));
    let required = ["KM_API_KEY", "KM_COLLECTOR_ENDPOINT", "CONFIGMAP_NAME", "POD_NAMESPACE"];
    assert_eq!(messages, required.map(|name| format!("{name} is required")));
}

#[test]
fn a_backend_url_without_scheme_is_refused_with_the_reason() {
    let (status, messages) = messages(&[
        ("KM_API_KEY", "k"),
        ("KM_COLLECTOR_ENDPOINT", "otel.example:4318"),
        ("KM_CONFIG_SOURCE", "file"),
    ]);
    assert_eq!(status, Some(78));
    assert!(messages.len() == 1 && messages[0].starts_with("KM_COLLECTOR_ENDPOINT "), "{messages:?}");
    assert!(messages[0].contains("http"), "{messages:?}");
}

const OUTSIDE_A_CLUSTER: [(&str, &str); 6] = [
    ("KM_API_KEY", "k"),
    ("KM_COLLECTOR_ENDPOINT", "http://127.0.0.1:9"),
    ("CONFIGMAP_NAME", "c"),
    ("POD_NAMESPACE", "n"),
    ("KM_HEALTH_ENDPOINT", "127.0.0.1:0"),
    ("KM_STATUS_ENDPOINT", "off"),
];

#[test]
fn outside_a_cluster_it_ends_with_one_and_says_what_it_looked_for() {
    let (status, messages) = messages(&OUTSIDE_A_CLUSTER);
    assert_eq!(status, Some(1));
    assert!(
        messages.iter().any(|message| message.starts_with("failed to load in-cluster config: ")),
        "{messages:?}"
    );
}

#[test]
fn the_last_line_is_out_before_the_end_on_a_busy_machine_too() {
    let silent = || (0..10).filter(|_| messages(&OUTSIDE_A_CLUSTER).1.is_empty()).count();
    let silent: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(silent)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(silent, 0, "of 80");
}

#[test]
fn the_key_is_never_printed() {
    let key = "a-very-secret-key";
    let output = run(&[("KM_API_KEY", key), ("KM_COLLECTOR_ENDPOINT", key), ("KM_LOG_LEVEL", "debug")]);
    assert!(!String::from_utf8(output.stdout).unwrap().contains(key));
}
