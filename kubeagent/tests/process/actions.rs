//! `KM_ACTION`: answers on standard output, with the right status.

use crate::agent::run;

const GOOD: &str = "receivers: {otlp: {protocols: {http: {endpoint: '127.0.0.1:0'}}}}
exporters: {otlphttp: {endpoint: '${env:KM_COLLECTOR_ENDPOINT}', headers: {api-key: '${env:KM_API_KEY}'}}}
service: {pipelines: {logs: {receivers: [otlp], exporters: [otlphttp]}}}
";

fn answer(action: &str) -> (Option<i32>, String) {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("agent-daemonset.yaml"), GOOD).unwrap();
    let output = run(&[
        ("KM_ACTION", action),
        ("DEPLOYMENT_MODE", "daemonset"),
        ("KM_CONFIG_SOURCE", "file"),
        ("KM_CONFIG_DIR", directory.path().to_str().unwrap()),
        ("KM_API_KEY", "the-secret"),
        ("KM_COLLECTOR_ENDPOINT", "http://backend.example:4318"),
    ]);
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

#[test]
fn validate_says_what_a_good_document_would_run() {
    let (status, text) = answer("validate");
    assert_eq!(status, Some(0), "{text}");
    assert!(text.contains("is valid; pipelines: logs\n"), "{text}");
}

#[test]
fn print_config_shows_what_references_became_but_no_secret() {
    let (status, text) = answer("print-config");
    assert_eq!(status, Some(0), "{text}");
    assert!(text.contains("http://backend.example:4318"), "{text}");
    assert!(text.contains("[REDACTED]") && !text.contains("the-secret"), "{text}");
}

#[test]
fn components_lists_what_is_there_and_needs_no_settings() {
    let output = run(&[("KM_ACTION", "components")]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("receivers:\n") && text.contains("  - name: otlp_http\n"), "{text}");
}

#[test]
fn a_missing_file_is_a_bad_configuration() {
    let output = run(&[
        ("KM_ACTION", "validate"),
        ("KM_CONFIG_SOURCE", "file"),
        ("KM_CONFIG_DIR", "/nonexistent/kubeagent"),
    ]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(78), "{text}");
    assert!(text.contains("/nonexistent/kubeagent/agent-deployment.yaml"), "{text}");
}
