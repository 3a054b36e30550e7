//! Calls to real HTTP/2 servers on loopback, good ones and odd ones, and the settings.

mod answers;

use std::time::Duration;

use agent_component::{Accepted, Code, ErrorKind, ExporterComponent};
use agent_config::{GoDuration, MapEnvironment};
use agent_otlp::Signal;
use agent_testkit::otlp_backend::{Answer, Backend, Options, Transport};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::*;
use crate::testing::{Refused as _, block, context, context_with, good, json, problems, spans};
use crate::wrapper::Sender;

fn sender(yaml: &str) -> GrpcSender {
    GrpcSender::new(&good(yaml), &context("otlp").host).unwrap()
}

#[tokio::test]
async fn a_destination_is_where_data_goes_and_as_whose() {
    let of = |yaml: &str| sender(yaml).destination(Signal::Logs).unwrap();
    let plain = of("{endpoint: 'http://x:1', headers: {a: '1'}}");
    assert_eq!(of("{endpoint: 'http://x:1/', headers: {A: '1'}, timeout: 1s, compression: none}"), plain);
    for other in [
        "{endpoint: 'http://x:2', headers: {a: '1'}}",
        "{endpoint: 'https://x:1', headers: {a: '1'}}",
        "{endpoint: 'http://x:1', headers: {a: '2'}}",
        "{endpoint: 'http://x:1', headers: {a: '1'}, authority: y}",
    ] {
        assert_ne!(of(other), plain, "{other}");
    }
}

fn fail(grpc: i32, retry_after: Option<Duration>) -> Answer {
    Answer::Fail { http: 200, grpc, retry_after, message: "because: 100%".to_owned() }
}

fn quoted(pem: &str) -> String {
    format!("\"{}\"", pem.replace('\n', "\\n"))
}

#[tokio::test]
async fn a_batch_arrives_whole_with_every_header() {
    let backend = Backend::start().await.unwrap();
    for codec in ["gzip", "zstd", "none"] {
        let sender = sender(&format!(
            "{{endpoint: {}, compression: {codec}, timeout: 7s, headers: {{api-key: s3cret, id-bin: ab, grpc-x: no}}}}",
            backend.grpc_url()
        ));
        let mut batch = spans(30);
        batch.append(spans(4)).unwrap();
        assert_eq!(sender.send(&batch).await.unwrap(), Accepted::default());
        let request = backend.take_requests().pop().unwrap();
        assert_eq!((request.items, request.transport), (34, Transport::Grpc));
        assert_eq!(request.message.unwrap().to_protobuf(), batch.to_bytes());
        assert_eq!(request.wire_bytes < request.payload_bytes, codec != "none", "{codec}");
        assert_eq!(request.headers["api-key"], "s3cret");
        assert_eq!(request.headers["id-bin"], "YWI");
        assert!(!request.headers.contains_key("grpc-x"));
        assert_eq!(request.headers["grpc-timeout"], "7000000u");
        assert_eq!(request.headers["user-agent"], "kubeagent/1.2.3 (linux/amd64)");
        sender.close().await;
    }
}

#[tokio::test]
async fn every_signal_goes_to_its_own_service() {
    let backend = Backend::start().await.unwrap();
    let sender = sender(&format!("{{endpoint: '{}', tls: {{insecure: true}}}}", backend.grpc_address()));
    let log = r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"x"}}]}]}]}"#;
    let gauge = r#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"m","gauge":{"dataPoints":[{"asInt":"1"}]}}]}]}]}"#;
    sender.send(&json(Signal::Logs, log)).await.unwrap();
    sender.send(&json(Signal::Metrics, gauge)).await.unwrap();
    sender.send(&spans(1)).await.unwrap();
    let counts = backend.counts();
    assert_eq!((counts.spans, counts.data_points, counts.log_records), (1, 1, 1));
}

#[tokio::test]
async fn a_batch_that_is_too_large_arrives_in_halves() {
    use agent_component::{Consumer, Telemetry};
    let backend = Backend::start().await.unwrap();
    let message = "grpc: received message larger than max (9 vs. 8)".to_owned();
    backend.answer_next(2, Answer::Fail { http: 200, grpc: 8, retry_after: None, message });
    let yaml = format!("{{endpoint: {}, sending_queue: {{enabled: false}}}}", backend.grpc_url());
    let exporter = OtlpGrpc::build(&good(&yaml), &context("otlp"), &[Signal::Traces]).unwrap();
    exporter.consume(Telemetry::new(spans(8))).await.unwrap();
    let sizes: Vec<_> = backend.requests().iter().map(|request| request.items).collect();
    assert_eq!(sizes, [8, 4, 2, 2, 4]);
}

#[tokio::test]
async fn a_lost_connection_is_opened_again() {
    let backend = Backend::start().await.unwrap();
    let sender = sender(&format!("{{endpoint: {}}}", backend.grpc_url()));
    sender.send(&spans(1)).await.unwrap();
    backend.refuse_connections(true).await.unwrap();
    let error = sender.send(&spans(1)).await.refused();
    assert_eq!((error.is_permanent(), error.code), (false, Some(Code::Unavailable)));
    assert!(error.message.starts_with(&format!("rpc to {} failed: ", backend.grpc_address())), "{error}");
    backend.refuse_connections(false).await.unwrap();
    sender.send(&spans(2)).await.unwrap();
    backend.answer_next(1, Answer::Drop);
    assert!(!sender.send(&spans(1)).await.refused().is_permanent());
    sender.send(&spans(3)).await.unwrap();
    assert_eq!(backend.counts().spans, 6);
}

#[tokio::test]
async fn wait_for_ready_waits_until_the_backend_is_up() {
    let backend = Backend::start().await.unwrap();
    backend.refuse_connections(true).await.unwrap();
    let sender = sender(&format!("{{endpoint: {}, wait_for_ready: true}}", backend.grpc_url()));
    let batch = spans(1);
    let send = sender.send(&batch);
    tokio::pin!(send);
    let early = tokio::time::timeout(Duration::from_millis(50), &mut send).await;
    assert!(early.is_err(), "the backend is not up");
    backend.refuse_connections(false).await.unwrap();
    send.await.unwrap();
}

#[tokio::test]
async fn calls_share_one_connection() {
    let mut tasks = JoinSet::new();
    let backend = Backend::start().await.unwrap();
    let (proxy, mut heads) = proxy(&mut tasks).await;
    let environment = MapEnvironment::new().with("https_proxy", format!("http://{proxy}"));
    let config = good(&format!("{{endpoint: 'http://backend.invalid:{}'}}", backend.grpc_address().port()));
    let sender = GrpcSender::new(&config, &context_with("otlp", environment).host).unwrap();
    let batch = spans(1);
    let (a, b, c) = tokio::join!(sender.send(&batch), sender.send(&batch), sender.send(&batch));
    a.and(b).and(c).unwrap();
    assert_eq!(backend.counts().spans, 3);
    let head = heads.recv().await.unwrap();
    assert_eq!(head, format!("CONNECT backend.invalid:{} HTTP/1.1", backend.grpc_address().port()));
    sender.close().await;
    assert!(heads.try_recv().is_err(), "a second connection was opened");
}

/// A proxy that connects every tunnel to this machine, whatever its host, and notes what was asked for.
async fn proxy(tasks: &mut JoinSet<()>) -> (String, tokio::sync::mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (heads, received) = tokio::sync::mpsc::channel(8);
    tasks.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let mut near = BufReader::new(stream);
            let mut first = String::new();
            near.read_line(&mut first).await.unwrap();
            let mut line = String::from("x");
            while !line.trim_end().is_empty() {
                line.clear();
                near.read_line(&mut line).await.unwrap();
            }
            let port = first.split([':', ' ']).nth(2).unwrap().to_owned();
            heads.send(first.trim_end().to_owned()).await.unwrap();
            let mut far = TcpStream::connect(format!("127.0.0.1:{port}")).await.unwrap();
            near.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
            let _ = copy_bidirectional(&mut near, &mut far).await;
        }
    });
    (address, received)
}

#[test]
fn a_file_that_is_not_there_is_named_with_tls_or_without() {
    let host = context("otlp_grpc").host;
    let build = |endpoint: &str, tls: &str| {
        let config: Config = good(&format!("{{endpoint: '{endpoint}', tls: {{{tls}}}}}"));
        GrpcSender::new(&config, &host).map(drop).map_err(|error| error.at)
    };
    let (authority, identity) = ("ca_file: /nonexistent", "cert_file: /nonexistent, key_file: /nonexistent");
    for endpoint in ["x:1", "https://x:1", "http://x:1"] {
        assert_eq!(build(endpoint, authority).unwrap_err(), "tls::ca_file");
        assert_eq!(build(endpoint, identity).unwrap_err(), "tls::cert_file");
    }
    assert_eq!(build("x:1", &format!("insecure: true, {authority}")).unwrap_err(), "tls::ca_file");
    build("x:1", &format!("insecure: true, {identity}")).unwrap();
}

#[tokio::test]
async fn tls_is_on_unless_switched_off() {
    let options = Options { tls: true, client_certificates: true, ..Options::default() };
    let backend = Backend::start_with(options).await.unwrap();
    let authority = backend.authority();
    let client = authority.client("agent").unwrap();
    let tls = format!(
        "{{ca_pem: {}, cert_pem: {}, key_pem: {}}}",
        quoted(&authority.certificate_pem()),
        quoted(&client.certificate_pem),
        quoted(&client.key_pem)
    );
    let address = backend.grpc_address();
    sender(&format!("{{endpoint: '{address}', tls: {tls}}}")).send(&spans(1)).await.unwrap();
    sender(&format!("{{endpoint: 'https://{address}', tls: {tls}}}")).send(&spans(1)).await.unwrap();
    let anonymous = format!("{{ca_pem: {}}}", quoted(&authority.certificate_pem()));
    let error = sender(&format!("{{endpoint: '{address}', tls: {anonymous}}}")).send(&spans(1)).await;
    assert!(!error.refused().is_permanent());
    let plain = sender(&format!("{{endpoint: '{address}', tls: {{insecure: true}}}}"));
    plain.send(&spans(1)).await.refused();
    assert_eq!(backend.counts().spans, 2);
}

#[tokio::test]
async fn authority_replaces_the_address_in_calls_only() {
    let backend = Backend::start().await.unwrap();
    let sender = sender(&format!("{{endpoint: {}, authority: tenant.example}}", backend.grpc_url()));
    sender.send(&spans(1)).await.unwrap();
    assert_eq!(backend.counts().spans, 1);
}

#[test]
fn endpoints_have_several_forms() {
    let of = |yaml: &str| {
        let endpoint = endpoint::Endpoint::of(&good(yaml)).unwrap();
        (endpoint.address.to_string(), endpoint.secure)
    };
    assert_eq!(of("{endpoint: 'a:1'}"), ("a:1".to_owned(), true));
    assert_eq!(of("{endpoint: 'a:1', tls: {insecure: true}}"), ("a:1".to_owned(), false));
    assert_eq!(of("{endpoint: 'http://a:1'}"), ("a:1".to_owned(), false));
    assert_eq!(of("{endpoint: 'https://a:1/', tls: {insecure: true}}"), ("a:1".to_owned(), true));
    assert_eq!(of("{endpoint: 'dns:///a:1'}"), ("a:1".to_owned(), true));
    assert_eq!(of("{endpoint: 'dns://8.8.8.8/a:1'}"), ("a:1".to_owned(), true));
    assert_eq!(of("{endpoint: '[::1]:1'}"), ("[::1]:1".to_owned(), true));
}

#[test]
fn settings_that_cannot_work_are_refused_with_their_place() {
    let alone = |yaml: &str| {
        let found = problems::<Config>(yaml);
        assert_eq!(found.len(), 1, "{found:?}");
        found[0].clone()
    };
    assert_eq!(alone("{}"), "endpoint: requires a non-empty \"endpoint\"");
    assert_eq!(alone("{endpoint: 'http://'}"), "endpoint: requires a non-empty \"endpoint\"");
    assert_eq!(alone("{endpoint: a}"), "endpoint: must name the port, as in backend:4317");
    assert_eq!(
        alone("{endpoint: 'a:1', compression: zlib}"),
        "compression: unsupported compression type \"zlib\""
    );
    assert_eq!(alone("{endpoint: 'a:1', balancer_name: x}"), "balancer_name: invalid balancer_name: x");
    assert_eq!(alone("{endpoint: 'a:1', keepalive: {time: -1s}}"), "keepalive::time: must not be negative");
    assert_eq!(alone("{endpoint: 'a:1', keepalife: {}}"), "keepalife: unknown key, did you mean keepalive?");
}

#[test]
fn the_defaults_are_the_collectors() {
    let config: Config = good("{endpoint: 'a:1', keepalive: }");
    assert_eq!(config.timeout, GoDuration::from_secs(5));
    assert_eq!(config.compression, "gzip");
    assert!(config.keepalive.is_some_and(|keepalive| keepalive.time.is_zero()));
    assert!(OtlpGrpc::INFO.is_named("otlp"));
}

#[test]
fn every_key_of_the_collector_is_read() {
    let config: Config = block(include_str!("../testdata/good.yaml"));
    assert!(config.wait_for_ready && !config.sending_queue.enabled && !config.retry_on_failure.enabled);
    assert_eq!(config.keepalive.map(|keepalive| keepalive.time), Some(GoDuration::from_secs(20)));
    assert_eq!(config.headers.len(), 1);
}
