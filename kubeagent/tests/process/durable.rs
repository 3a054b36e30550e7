//! Queues on disk, from outside: what was answered is there after a kill, whatever stood in front of the queue, and what a
//! removed exporter holds goes where it was meant to go.

use std::path::Path;
use std::time::{Duration, Instant};

use agent_testkit::otlp_backend::{Answer, Backend};

use crate::agent::{Agent, post_log};

fn start(directory: &Path) -> Agent {
    Agent::start(&variables(directory))
}

fn variables(directory: &Path) -> [(&str, &str); 7] {
    [
        ("KM_CONFIG_SOURCE", "file"),
        ("KM_CONFIG_DIR", directory.to_str().unwrap()),
        ("KM_CONFIG_CHECK_INTERVAL", "100ms"),
        ("KM_API_KEY", "the-key"),
        ("KM_COLLECTOR_ENDPOINT", "http://127.0.0.1:9"),
        ("KM_HEALTH_ENDPOINT", "127.0.0.1:0"),
        ("KM_STATUS_ENDPOINT", "off"),
    ]
}

/// A pipeline of logs with a queue on disk below `directory`.
fn write(directory: &Path, exporter: &str, backend: &Backend, batch_timeout: &str) {
    let queues = directory.join("queues");
    let text = format!(
        "receivers: {{otlp: {{protocols: {{http: {{endpoint: '127.0.0.1:0'}}}}}}}}
processors: {{batch: {{timeout: {batch_timeout}}}}}
exporters: {{{exporter}: {{endpoint: '{}', sending_queue: {{storage: file_storage}},
  retry_on_failure: {{initial_interval: 50ms, max_interval: 50ms}}}}}}
extensions: {{file_storage: {{directory: '{}', create_directory: true}}}}
service: {{extensions: [file_storage], telemetry: {{metrics: {{level: none}}}},
  pipelines: {{logs: {{receivers: [otlp], processors: [batch], exporters: [{exporter}]}}}}}}
",
        backend.http_url(),
        queues.display()
    );
    let new = directory.join("new");
    std::fs::write(&new, text).unwrap();
    std::fs::rename(new, directory.join("agent-deployment.yaml")).unwrap();
}

async fn until_logs(backend: &Backend, logs: usize) {
    let end = Instant::now() + Duration::from_secs(30);
    while backend.counts().log_records < logs {
        assert!(Instant::now() < end, "{:?} of {logs}", backend.counts());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(backend.counts().log_records, logs);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_batch_gathers_survives_a_kill() {
    let backend = Backend::start().await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    write(directory.path(), "otlphttp", &backend, "1h");
    let mut agent = start(directory.path());
    let address = agent.address();
    agent.line("Everything is ready");
    for text in ["one", "two", "three"] {
        assert_eq!(post_log(address, text).0, 200);
    }
    agent.signal("KILL");
    assert_eq!(agent.status(), None);
    assert_eq!(backend.counts().log_records, 0, "they were waiting for company");
    write(directory.path(), "otlphttp", &backend, "200ms");
    let mut agent = start(directory.path());
    until_logs(&backend, 3).await;
    assert_eq!(backend.requests().len(), 1, "they come as the batch that they would have been");
    agent.signal("TERM");
    assert_eq!(agent.status(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_may_not_grow_refuses_data_and_does_not_end_the_process() {
    let backend = Backend::start().await.unwrap();
    backend.answer(Answer::unavailable(None));
    let directory = tempfile::tempdir().unwrap();
    write(directory.path(), "otlphttp", &backend, "1ms");
    let mut agent = Agent::start_with_files_of(128, &variables(directory.path()));
    let address = agent.address();
    agent.line("Everything is ready");
    let text = "x".repeat(16 << 10);
    let taken = (0..16).take_while(|_| post_log(address, &text).0 == 200).count();
    assert!((1..16).contains(&taken), "{taken} of 16 KiB in files of 64 to 128 KiB");
    assert_eq!(post_log(address, &text).0, 503);
    backend.answer(Answer::Accept);
    until_logs(&backend, taken).await;
    agent.signal("TERM");
    assert_eq!(agent.status(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_exporter_sends_its_backlog_to_its_own_backend() {
    let (old, new) = (Backend::start().await.unwrap(), Backend::start().await.unwrap());
    old.answer(Answer::unavailable(None));
    let directory = tempfile::tempdir().unwrap();
    write(directory.path(), "otlphttp/old", &old, "1ms");
    let mut agent = start(directory.path());
    let address = agent.address();
    agent.next_line("Everything is ready");
    for text in ["one", "two", "three"] {
        assert_eq!(post_log(address, text).0, 200);
    }
    write(directory.path(), "otlphttp/new", &new, "1ms");
    agent.next_line("configuration reloaded");
    assert_eq!(post_log(address, "four").0, 200);
    until_logs(&new, 1).await;
    old.answer(Answer::Accept);
    until_logs(&old, 3).await;
    assert_eq!(new.counts().log_records, 1);
    agent.signal("TERM");
    assert_eq!(agent.status(), Some(0));
}
