//! Without a cluster: a configuration from a file, a relay, and its end.

use std::path::Path;
use std::time::Duration;

use agent_testkit::otlp_backend::Backend;

use crate::agent::{Agent, post_log, request};

const RELAY: &str = "receivers: {otlp: {protocols: {http: {endpoint: '127.0.0.1:0'}}}}
processors: {batch: {timeout: 1h}}
exporters: {otlphttp: {endpoint: '${env:KM_COLLECTOR_ENDPOINT}', headers: {api-key: '${env:KM_API_KEY}', version: '${env:KM_AGENT_VERSION}'}}}
service: {pipelines: {logs: {receivers: [otlp], processors: [batch], exporters: [otlphttp]}}}
";

fn start(directory: &Path, backend: &str) -> Agent {
    Agent::start(&[
        ("KM_CONFIG_SOURCE", "file"),
        ("KM_CONFIG_DIR", directory.to_str().unwrap()),
        ("KM_CONFIG_CHECK_INTERVAL", "100ms"),
        ("KM_API_KEY", "the-key"),
        ("KM_COLLECTOR_ENDPOINT", backend),
        ("KM_HEALTH_ENDPOINT", "127.0.0.1:0"),
        ("KM_STATUS_ENDPOINT", "off"),
        ("KM_SHUTDOWN_TIMEOUT", "20s"),
    ])
}

fn write(directory: &Path, text: &str) {
    // As an editor or the kubelet does: a new file takes the place of the old one.
    let new = directory.join("new");
    std::fs::write(&new, text).unwrap();
    std::fs::rename(new, directory.join("agent-deployment.yaml")).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_batch_holds_reaches_the_backend_before_the_end() {
    let backend = Backend::start().await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    write(directory.path(), RELAY);
    let mut agent = start(directory.path(), &backend.http_url());
    let address = agent.address();
    agent.line("Everything is ready. Begin running and processing data.");
    for text in ["one", "two", "three"] {
        assert_eq!(post_log(address, text), (200, r#"{"partialSuccess":{}}"#.to_owned()));
    }
    assert_eq!(backend.counts().log_records, 0, "the batch holds them for an hour");
    agent.signal("TERM");
    assert_eq!(agent.status(), Some(0));
    assert_eq!(backend.counts().log_records, 3);
    let requests = backend.requests();
    assert_eq!(requests[0].headers["api-key"], "the-key");
    assert_eq!(requests[0].headers["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(requests[0].compression, "gzip");
    let messages = agent.messages();
    let last = &messages[messages.len() - 3..];
    let end = [
        "Received signal terminated, initiating shutdown...",
        "stopping collector agent",
        "collector agent stopped",
    ];
    assert_eq!(last, end);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_waits_for_a_good_configuration_and_refuses_later_bad_ones() {
    let backend = Backend::start().await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    write(
        directory.path(),
        "receivers: {otlpx: }\nexporters: {nop: }\nservice: {pipelines: {logs: {receivers: [otlpx], exporters: [nop]}}}",
    );
    let mut agent = start(directory.path(), &backend.http_url());
    let line = agent.line("agent could not be started with current config: ");
    assert!(line["msg"].as_str().unwrap().contains("receivers::otlpx: unknown type"), "{line}");
    assert_eq!(line["level"], "error");
    write(directory.path(), RELAY);
    let address = agent.address();
    agent.line("Everything is ready");
    assert_eq!(post_log(address, "kept").0, 200);
    write(directory.path(), "receivers: {otlpy: }");
    agent.line("the new configuration is refused and the last one keeps running");
    assert_eq!(post_log(address, "kept too").0, 200);
    agent.signal("INT");
    assert_eq!(agent.status(), Some(0));
    assert!(agent.messages().contains(&"Received signal interrupt, initiating shutdown..."));
    assert_eq!(backend.counts().log_records, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_ends_it_at_once_with_one() {
    let backend = Backend::start().await.unwrap();
    backend.delay(Duration::from_mins(10));
    let directory = tempfile::tempdir().unwrap();
    write(directory.path(), RELAY);
    let mut agent = start(directory.path(), &backend.http_url());
    let address = agent.address();
    agent.line("Everything is ready");
    assert_eq!(post_log(address, "stuck").0, 200);
    agent.signal("TERM");
    agent.line("stopping collector agent");
    agent.signal("TERM");
    assert_eq!(agent.status(), Some(1));
}

#[test]
fn a_port_that_is_taken_is_named_with_the_key_that_asks_for_it_and_tried_again() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let directory = tempfile::tempdir().unwrap();
    write(directory.path(), &RELAY.replace("127.0.0.1:0", &taken.local_addr().unwrap().to_string()));
    let mut agent = start(directory.path(), "http://127.0.0.1:9");
    let line = agent.line("agent could not be started with current config: ");
    let message = line["msg"].as_str().unwrap();
    assert!(message.contains("receivers::otlp::protocols::http::endpoint: "), "{message}");
    assert!(message.contains("line 1, column"), "{message}");
    drop(taken);
    agent.line("Everything is ready");
}

#[test]
fn health_answers_before_there_is_a_configuration() {
    let directory = tempfile::tempdir().unwrap();
    let health = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut agent = Agent::start(&[
        ("KM_CONFIG_SOURCE", "file"),
        ("KM_CONFIG_DIR", directory.path().to_str().unwrap()),
        ("KM_API_KEY", "k"),
        ("KM_COLLECTOR_ENDPOINT", "http://127.0.0.1:9"),
        ("KM_HEALTH_ENDPOINT", &health.to_string()),
        ("KM_STATUS_ENDPOINT", "off"),
    ]);
    agent.line("agent could not be started with current config: ");
    assert_eq!(request(health, "GET /health HTTP/1.1", b"").0, 200);
    let (status, body) = request(health, "GET /ready HTTP/1.1", b"");
    assert_eq!(status, 503);
    assert!(body.contains("agent-deployment.yaml"), "{body}");
    let (status, body) = request(health, "GET / HTTP/1.1", b"");
    assert_eq!((status, body.contains("Server not available")), (503, true));
}
