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

/// The configuration in the rendered manifests of the chart: the one block of text below a key `agent-MODE.yaml`.
pub(crate) fn configuration_of(manifests: &str) -> Option<String> {
    let mut lines = manifests.lines();
    lines.find(|line| line.starts_with("  agent-") && line.ends_with(".yaml: |"))?;
    let inside = lines.take_while(|line| line.starts_with("    "));
    Some(inside.map(|line| &line[4..]).collect::<Vec<_>>().join("\n"))
}

/// A preset whose component is there must ask for nothing that the component does not have.
#[test]
fn configurations_of_the_chart_have_nothing_wrong_but_components_that_are_missing_yet() {
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/helm/kubeagent/examples");
    let (mut good, mut seen) = (0, 0);
    for example in std::fs::read_dir(examples).unwrap() {
        let manifests = std::fs::read_to_string(example.unwrap().path().join("rendered.yaml")).unwrap();
        let Some(configuration) = configuration_of(&manifests) else { continue };
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().to_str().unwrap();
        // What only a node or a pod has.
        let here = configuration
            .replace("/var/lib/kubeagent", path)
            .replace("/hostfs", "/")
            .replace("auth_type: serviceAccount", "auth_type: none");
        std::fs::write(directory.path().join("agent-deployment.yaml"), &here).unwrap();
        let output = run(&[
            ("KM_ACTION", "validate"),
            ("KM_CONFIG_SOURCE", "file"),
            ("KM_CONFIG_DIR", path),
            ("KM_API_KEY", "the-secret"),
            ("KM_COLLECTOR_ENDPOINT", "http://backend.example:4318"),
            ("K8S_NODE_IP", "192.0.2.1"),
            ("K8S_NODE_NAME", "node"),
        ]);
        let text = String::from_utf8(output.stdout).unwrap();
        let wrong = text.lines().filter(|line| !line.contains(" is deprecated; ")).filter(|line| {
            !line.contains("is not part of this version of kubeagent yet")
                && !line.contains(" is valid; pipelines: ")
        });
        assert_eq!(wrong.collect::<Vec<_>>(), [""; 0], "{here}");
        good += usize::from(output.status.code() == Some(0));
        seen += 1;
    }
    assert!(good >= 1 && seen >= 4, "{good} of {seen}");
}
