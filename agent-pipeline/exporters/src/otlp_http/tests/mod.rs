//! Requests to real servers and through real proxies on loopback, and the settings.

mod answers;
mod proxies;
mod settings;

use std::time::Duration;

use agent_component::{Accepted, Code, ErrorKind, ExporterComponent};
use agent_config::{GoDuration, MapEnvironment};
use agent_otlp::{Batch, Signal};
use agent_testkit::otlp_backend::{Answer, Backend, Options, Transport};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::*;
use crate::testing::{Refused as _, block, context, context_with, good, json, problems, spans};
use crate::wrapper::Sender;

fn sender(yaml: &str) -> HttpSender {
    HttpSender::new(&good(yaml), &context("otlp_http").host, &Signal::ALL).unwrap()
}

async fn backend_with(options: Options) -> Backend {
    Backend::start_with(options).await.unwrap()
}

fn tls() -> Options {
    Options { tls: true, ..Options::default() }
}

fn fail(http: u16, grpc: i32, retry_after: Option<Duration>) -> Answer {
    Answer::Fail { http, grpc, retry_after, message: "because".to_owned() }
}

/// The document as a block of text in flow YAML.
fn quoted(pem: &str) -> String {
    format!("\"{}\"", pem.replace('\n', "\\n"))
}

#[tokio::test]
async fn a_batch_arrives_whole_with_every_header() {
    let backend = Backend::start().await.unwrap();
    let url = backend.http_url();
    let sender = sender(&format!("{{endpoint: '{url}/', headers: {{api-key: s3cret, x-tenant: a}}}}"));
    let mut batch = spans(3);
    batch.append(spans(4)).unwrap();
    assert_eq!(sender.send(&batch).await.unwrap(), Accepted::default());
    let requests = backend.requests();
    let [request] = requests.as_slice() else { panic!("one request") };
    assert_eq!((request.items, request.transport), (7, Transport::HttpProtobuf));
    assert_eq!(request.compression, "gzip");
    assert!(request.wire_bytes < request.payload_bytes);
    assert_eq!(request.message.as_ref().unwrap().to_protobuf(), batch.to_bytes());
    assert_eq!(request.headers["api-key"], "s3cret");
    assert_eq!(request.headers["x-tenant"], "a");
    assert_eq!(request.headers["user-agent"], "kubeagent/1.2.3 (linux/amd64)");
    assert_eq!(request.headers["content-type"], "application/x-protobuf");
    sender.close().await;
}

#[tokio::test]
async fn every_signal_goes_to_its_own_url() {
    let backend = Backend::start().await.unwrap();
    let url = backend.http_url();
    let sender = sender(&format!("{{endpoint: {url}, compression: none}}"));
    let log = r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"x"}}]}]}]}"#;
    let gauge = r#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"m","gauge":{"dataPoints":[{"asInt":"1"}]}}]}]}]}"#;
    sender.send(&json(Signal::Logs, log)).await.unwrap();
    sender.send(&json(Signal::Metrics, gauge)).await.unwrap();
    sender.send(&spans(1)).await.unwrap();
    let counts = backend.counts();
    assert_eq!((counts.spans, counts.data_points, counts.log_records), (1, 1, 1));
}

/// Messages that JSON writes although they are empty do not count as a difference here.
fn as_json(batch: &Batch) -> String {
    let mut text = Vec::new();
    batch.write_json(&mut text);
    String::from_utf8(text).unwrap()
}

#[tokio::test]
async fn all_codecs_and_encodings_carry_the_same_content() {
    let backend = Backend::start().await.unwrap();
    let url = backend.http_url();
    let mut batch = spans(20);
    batch.append(spans(1)).unwrap();
    for encoding in ["proto", "json"] {
        for codec in ["none", "gzip", "zstd", "zlib", "deflate"] {
            let sender = sender(&format!("{{endpoint: {url}, compression: {codec}, encoding: {encoding}}}"));
            sender.send(&batch).await.unwrap();
            let request = backend.take_requests().pop().unwrap();
            let arrived = request.message.unwrap().to_protobuf();
            let arrived = Batch::from_protobuf(Signal::Traces, arrived.into()).unwrap();
            assert_eq!(as_json(&arrived), as_json(&batch), "{codec} {encoding}");
            let kind = if encoding == "json" { Transport::HttpJson } else { Transport::HttpProtobuf };
            assert_eq!(request.transport, kind);
        }
    }
}

#[tokio::test]
async fn a_backend_that_is_away_or_breaks_off_is_tried_again() {
    let backend = Backend::start().await.unwrap();
    let sender = sender(&format!("{{endpoint: {}}}", backend.http_url()));
    sender.send(&spans(1)).await.unwrap();
    backend.refuse_connections(true).await.unwrap();
    let error = sender.send(&spans(1)).await.refused();
    assert!(!error.is_permanent());
    let expected = format!("failed to make an HTTP request to {}/v1/traces: ", backend.http_url());
    assert!(error.message.starts_with(&expected) && error.message.contains("refused"), "{error}");
    backend.refuse_connections(false).await.unwrap();
    backend.answer_next(1, Answer::Drop);
    assert!(!sender.send(&spans(1)).await.refused().is_permanent());
    sender.send(&spans(1)).await.unwrap();
}

#[tokio::test]
async fn a_batch_that_is_too_large_arrives_in_halves() {
    use agent_component::{Consumer, Telemetry};
    let backend = Backend::start().await.unwrap();
    backend.answer_next(2, fail(413, 3, None));
    let yaml = format!("{{endpoint: {}, sending_queue: {{enabled: false}}}}", backend.http_url());
    let exporter = OtlpHttp::build(&good(&yaml), &context("otlphttp"), &[Signal::Traces]).unwrap();
    exporter.consume(Telemetry::new(spans(8))).await.unwrap();
    let sizes: Vec<_> = backend.requests().iter().map(|request| request.items).collect();
    assert_eq!(sizes, [8, 4, 2, 2, 4]);
}

#[tokio::test]
async fn a_wrapped_exporter_retries_until_the_backend_takes_the_data() {
    use agent_component::{Consumer, Holder, Life, Telemetry};
    let backend = Backend::start().await.unwrap();
    backend.answer_next(2, Answer::unavailable(None));
    let yaml = format!("{{endpoint: {}, retry_on_failure: {{initial_interval: 1ms}}}}", backend.http_url());
    let exporter = OtlpHttp::build(&good(&yaml), &context("otlphttp"), &[Signal::Traces]).unwrap();
    let exporter = std::sync::Arc::new(exporter);
    let (life, mut running) = (Life::default(), JoinSet::new());
    running.spawn(std::sync::Arc::clone(&exporter).run(life.clone()));
    exporter.consume(Telemetry::new(spans(9))).await.unwrap();
    assert_eq!(backend.wait_for(|counts| counts.spans == 9).await.refused, 2);
    life.stop.cancel();
    running.join_next().await.unwrap().unwrap().unwrap();
    assert_eq!(backend.requests().len(), 3);
}

#[tokio::test]
async fn credentials_of_the_url_become_a_header_and_are_not_shown() {
    let backend = Backend::start().await.unwrap();
    let sender = sender(&format!("{{endpoint: 'http://me:pw@{}'}}", backend.http_address()));
    sender.send(&spans(1)).await.unwrap();
    assert_eq!(backend.requests()[0].headers["authorization"], "Basic bWU6cHc=");
    backend.answer(Answer::refused());
    let error = sender.send(&spans(1)).await.refused();
    assert!(!error.message.contains("pw"), "{error}");
}

#[tokio::test]
async fn max_conns_per_host_bounds_the_requests_on_the_way() {
    let backend = Backend::start().await.unwrap();
    backend.answer_next(1, Answer::Silence);
    let sender = sender(&format!("{{endpoint: {}, max_conns_per_host: 1}}", backend.http_url()));
    let batch: Batch = spans(1);
    let first = sender.send(&batch);
    tokio::pin!(first);
    tokio::select! {
        biased;
        _ = &mut first => panic!("the backend is silent"),
        () = async { while backend.requests().is_empty() { tokio::task::yield_now().await } } => {}
    }
    let second = sender.send(&batch);
    tokio::pin!(second);
    let waited = tokio::time::timeout(Duration::from_millis(50), &mut second).await;
    assert!(waited.is_err(), "the only slot is taken");
}
