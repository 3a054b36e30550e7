//! What the configuration says of memory and of where the agent runs.

use std::path::Path;

use agent_testkit::otlp_backend::Backend;

use crate::agent::{Agent, post_log};

fn configuration(limit_mib: u32) -> String {
    format!(
        "receivers: {{otlp: {{protocols: {{http: {{endpoint: '127.0.0.1:0', middlewares: [{{id: memory_limiter}}]}}}}}}}}
processors:
  memory_limiter: {{check_interval: 10ms, limit_mib: {limit_mib}}}
  resourcedetection: {{detectors: [env, system], system: {{hostname_sources: [os]}}}}
exporters: {{otlphttp: {{endpoint: '${{env:KM_COLLECTOR_ENDPOINT}}'}}}}
extensions: {{memory_limiter: {{check_interval: 1s, limit_mib: 100000}}}}
service:
  extensions: [memory_limiter]
  pipelines: {{logs: {{receivers: [otlp], processors: [memory_limiter, resourcedetection], exporters: [otlphttp]}}}}
"
    )
}

fn write(directory: &Path, text: &str) {
    let new = directory.join("new");
    std::fs::write(&new, text).unwrap();
    std::fs::rename(new, directory.join("agent-deployment.yaml")).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_holds_from_the_moment_it_is_configured_and_a_higher_one_lets_data_in_again() {
    let backend = Backend::start().await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    // No process is as small as that.
    write(directory.path(), &configuration(1));
    let mut agent = Agent::start(&[
        ("KM_CONFIG_SOURCE", "file"),
        ("KM_CONFIG_DIR", directory.path().to_str().unwrap()),
        ("KM_API_KEY", "the-key"),
        ("KM_COLLECTOR_ENDPOINT", &backend.http_url()),
        ("KM_HEALTH_ENDPOINT", "127.0.0.1:0"),
        ("KM_STATUS_ENDPOINT", "off"),
        ("OTEL_RESOURCE_ATTRIBUTES", "team=blue%20team"),
    ]);
    let address = agent.address();
    agent.line("Everything is ready");
    let (status, body) = post_log(address, "refused");
    assert_eq!((status, body.contains("data refused due to high memory usage")), (429, true), "{body}");
    agent.line("memory use is high, new data is refused with a delay");
    write(directory.path(), &configuration(2000));
    agent.line("configuration reloaded");
    assert_eq!(post_log(address, "taken").0, 200);
    agent.line("memory use is back to normal, new data is taken");
    agent.signal("TERM");
    assert_eq!(agent.status(), Some(0));
    assert_eq!(backend.counts().log_records, 1);
    let sent = backend.requests()[0].message.as_ref().unwrap().to_protobuf();
    for text in ["team", "blue team", "host.name", "os.type"] {
        assert!(sent.windows(text.len()).any(|part| part == text.as_bytes()), "{text}");
    }
}
