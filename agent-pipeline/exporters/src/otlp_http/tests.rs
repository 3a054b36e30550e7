//! Requests to real servers and through real proxies on loopback, and the settings.

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
async fn what_each_status_means() {
    let backend = Backend::start().await.unwrap();
    let sender = sender(&format!("{{endpoint: {}}}", backend.http_url()));
    let table = [
        (400, false, Some(Code::InvalidArgument)),
        (401, false, Some(Code::Unauthenticated)),
        (403, false, Some(Code::PermissionDenied)),
        (404, false, Some(Code::Unimplemented)),
        (413, false, None),
        (429, true, Some(Code::ResourceExhausted)),
        (500, false, None),
        (501, false, None),
        (502, true, Some(Code::Unavailable)),
        (503, true, Some(Code::Unavailable)),
        (504, true, Some(Code::Unavailable)),
        (307, false, None),
    ];
    for (status, may_pass, code) in table {
        backend.answer_next(1, fail(status, 3, None));
        let error = sender.send(&spans(1)).await.refused();
        assert_eq!((!error.is_permanent(), error.code), (may_pass, code), "{status}");
        assert_eq!(
            error.message,
            format!(
                "error exporting items, request to {}/v1/traces responded with HTTP Status Code {status}, \
                 Message=because, Details=[]",
                backend.http_url()
            )
        );
    }
}

#[tokio::test]
async fn retry_after_is_the_least_wait() {
    let backend = Backend::start().await.unwrap();
    let sender = sender(&format!("{{endpoint: {}}}", backend.http_url()));
    for status in [429, 503] {
        backend.answer_next(1, fail(status, 14, Some(Duration::from_secs(17))));
        let error = sender.send(&spans(1)).await.refused();
        assert_eq!(error.kind, ErrorKind::Retryable { after: Some(Duration::from_secs(17)) });
    }
}

#[tokio::test]
async fn partial_success_is_passed_on_in_both_encodings() {
    let backend = Backend::start().await.unwrap();
    backend.answer(Answer::Partial { rejected: 2, message: "too old".to_owned() });
    for encoding in ["proto", "json"] {
        let sender = sender(&format!("{{endpoint: {}, encoding: {encoding}}}", backend.http_url()));
        let accepted = sender.send(&spans(5)).await.unwrap();
        assert_eq!(accepted, Accepted { rejected: 2, message: "too old".to_owned() });
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
async fn tls_trusts_what_it_is_told_to_trust() {
    let backend = backend_with(tls()).await;
    let (url, ca) = (backend.http_url(), quoted(&backend.authority().certificate_pem()));
    let trusting = sender(&format!("{{endpoint: {url}, tls: {{ca_pem: {ca}}}}}"));
    trusting.send(&spans(1)).await.unwrap();
    let other = quoted(&backend_with(tls()).await.authority().certificate_pem());
    let strict = sender(&format!("{{endpoint: {url}, tls: {{ca_pem: {other}}}}}"));
    let error = strict.send(&spans(1)).await.refused();
    assert!(error.message.contains("TLS: invalid peer certificate"), "{error}");
    let lax = sender(&format!("{{endpoint: {url}, tls: {{ca_pem: {other}, insecure_skip_verify: true}}}}"));
    lax.send(&spans(1)).await.unwrap();
    let http1 = sender(&format!("{{endpoint: {url}, force_attempt_http2: false, tls: {{ca_pem: {ca}}}}}"));
    http1.send(&spans(1)).await.unwrap();
    assert_eq!(backend.counts().spans, 3);
}

#[tokio::test]
async fn mtls_shows_the_clients_certificate() {
    let backend = backend_with(Options { client_certificates: true, ..tls() }).await;
    let authority = backend.authority();
    let (url, ca) = (backend.http_url(), quoted(&authority.certificate_pem()));
    let client = authority.client("agent").unwrap();
    let (cert, key) = (quoted(&client.certificate_pem), quoted(&client.key_pem));
    let known =
        sender(&format!("{{endpoint: {url}, tls: {{ca_pem: {ca}, cert_pem: {cert}, key_pem: {key}}}}}"));
    known.send(&spans(1)).await.unwrap();
    let unknown = sender(&format!("{{endpoint: {url}, tls: {{ca_pem: {ca}}}}}"));
    unknown.send(&spans(1)).await.refused();
}

/// A proxy that takes one connection after the other and notes the head of the first request on each.
async fn proxy(tasks: &mut JoinSet<()>) -> (String, tokio::sync::mpsc::Receiver<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (heads, received) = tokio::sync::mpsc::channel(8);
    tasks.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let mut near = BufReader::new(stream);
            let mut head = Vec::new();
            loop {
                let mut line = String::new();
                near.read_line(&mut line).await.unwrap();
                match line.trim_end() {
                    "" => break,
                    line => head.push(line.to_owned()),
                }
            }
            let target = head[0].split(' ').nth(1).unwrap().to_owned();
            let tunnel = head[0].starts_with("CONNECT ");
            heads.send(head).await.unwrap();
            if tunnel {
                let mut far = TcpStream::connect(target).await.unwrap();
                near.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
                let _ = copy_bidirectional(&mut near, &mut far).await;
            } else {
                near.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.unwrap();
            }
        }
    });
    (address, received)
}

#[tokio::test]
async fn a_proxy_tunnels_https_and_forwards_http() {
    let mut tasks = JoinSet::new();
    let (proxy, mut heads) = proxy(&mut tasks).await;
    let backend = backend_with(tls()).await;
    let (url, ca) = (backend.http_url(), quoted(&backend.authority().certificate_pem()));
    let tunnelled = sender(&format!(
        "{{endpoint: {url}, proxy_url: 'http://user:pass@{proxy}', tls: {{ca_pem: {ca}}}, disable_keep_alives: true}}"
    ));
    tunnelled.send(&spans(2)).await.unwrap();
    assert_eq!(backend.counts().spans, 2);
    let head = heads.recv().await.unwrap();
    assert_eq!(head[0], format!("CONNECT {} HTTP/1.1", backend.http_address()));
    assert!(head.contains(&"Proxy-Authorization: Basic dXNlcjpwYXNz".to_owned()), "{head:?}");
    tunnelled.close().await;

    let forwarded =
        sender(&format!("{{endpoint: 'http://backend.example', proxy_url: 'http://user:pass@{proxy}'}}"));
    forwarded.send(&spans(1)).await.unwrap();
    let head = heads.recv().await.unwrap();
    assert_eq!(head[0], "POST http://backend.example/v1/traces HTTP/1.1");
    assert!(head.contains(&"proxy-authorization: Basic dXNlcjpwYXNz".to_owned()), "{head:?}");
}

#[tokio::test]
async fn the_environment_names_the_proxy_unless_no_proxy_does() {
    let mut tasks = JoinSet::new();
    let (proxy, mut heads) = proxy(&mut tasks).await;
    let environment = MapEnvironment::new()
        .with("HTTP_PROXY", format!("http://{proxy}"))
        .with("NO_PROXY", "direct.invalid");
    let host = context_with("otlp_http", environment).host;
    let through = |url: &str| {
        HttpSender::new(&good(&format!("{{endpoint: '{url}', timeout: 1s}}")), &host, &[Signal::Traces])
            .unwrap()
    };
    through("http://backend.invalid").send(&spans(1)).await.unwrap();
    assert_eq!(heads.recv().await.unwrap()[0], "POST http://backend.invalid/v1/traces HTTP/1.1");
    through("http://direct.invalid").send(&spans(1)).await.refused();
    let backend = Backend::start().await.unwrap();
    through(&backend.http_url()).send(&spans(1)).await.unwrap();
    assert_eq!(backend.counts().spans, 1, "this machine is never behind a proxy of the environment");
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

#[test]
fn the_defaults_are_the_collectors() {
    let config: Config = good("{endpoint: 'http://x'}");
    assert_eq!(config.timeout, GoDuration::from_secs(30));
    assert_eq!((config.compression.as_str(), config.encoding), ("gzip", Encoding::Proto));
    assert_eq!((config.max_idle_conns, config.write_buffer_size), (100, 524_288));
    assert!(config.sending_queue.enabled && config.retry_on_failure.enabled);
    assert_eq!(OtlpHttp::INFO.type_name, "otlp_http");
    assert!(OtlpHttp::INFO.is_named("otlphttp"));
}

#[test]
fn settings_that_cannot_work_are_refused_with_their_place() {
    let alone = |yaml: &str| {
        let found = problems::<Config>(yaml);
        assert_eq!(found.len(), 1, "{found:?}");
        found[0].clone()
    };
    assert_eq!(alone("{}"), "exporters::x: at least one endpoint must be specified");
    assert_eq!(
        alone("{endpoint: 'backend:4318'}"),
        "endpoint: has no scheme; give a URL such as https://backend:4318"
    );
    assert_eq!(
        alone("{logs_endpoint: 'ftp://x'}"),
        "logs_endpoint: has the scheme \"ftp\"; give a URL such as https://backend:4318"
    );
    assert_eq!(
        alone("{endpoint: 'http://x', compression: brotli}"),
        "compression: unsupported compression type \"brotli\""
    );
    assert_eq!(
        alone("{endpoint: 'http://x', compression: zstd, compression_params: {level: 99}}"),
        "compression_params::level: unsupported parameters {Level:99} for compression type \"zstd\""
    );
    assert_eq!(alone("{endpoint: 'http://x', heders: {}}"), "heders: unknown key, did you mean headers?");
    assert_eq!(
        alone("{endpoint: 'http://x', headers: {'a b': c}}"),
        "headers: \"a b\" is not the name of a header"
    );
    assert_eq!(
        alone("{endpoint: 'http://x', tls: {cert_file: c}}"),
        "tls::key_file: a certificate needs its key"
    );
}

#[test]
fn headers_may_be_a_list() {
    let config: Config =
        good("{endpoint: 'http://x', headers: [{name: a, value: '1'}, {name: b, value: '2'}]}");
    assert_eq!(config.headers.len(), 2);
}

#[test]
fn a_signal_without_a_url_is_told_when_a_pipeline_needs_it() {
    let config: Config = good("{traces_endpoint: 'http://x/t'}");
    let host = context("otlp_http").host;
    HttpSender::new(&config, &host, &[Signal::Traces]).map(drop).unwrap();
    let error = HttpSender::new(&config, &host, &[Signal::Logs]).map(drop).unwrap_err();
    assert_eq!(error.at, "logs_endpoint");
}

#[test]
fn a_certificate_file_that_is_not_there_is_named() {
    let config: Config = good("{endpoint: 'https://x', tls: {ca_file: /nonexistent}}");
    let error = HttpSender::new(&config, &context("otlp_http").host, &[Signal::Logs]).map(drop).unwrap_err();
    assert_eq!(error.at, "tls::ca_file");
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

/// A backend that reads a request's head and answers with these bytes, then with `x` for as long as it is read.
async fn rude(tasks: &mut JoinSet<()>, answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tasks.spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = [0; 8192];
            let _ = stream.read(&mut head).await.unwrap();
            stream.write_all(answer.as_bytes()).await.unwrap();
            while stream.write_all(&[b'x'; 8192]).await.is_ok() {}
        }
    });
    url
}

#[tokio::test]
async fn an_answer_without_end_is_read_up_to_a_bound() {
    let mut tasks = JoinSet::new();
    let url = rude(&mut tasks, "HTTP/1.1 400 Bad Request\r\ncontent-length: 99999999999\r\n\r\n").await;
    let error = sender(&format!("{{endpoint: '{url}'}}")).send(&spans(1)).await.refused();
    assert!(error.is_permanent());
    assert!(error.message.ends_with("responded with HTTP Status Code 400"), "{error}");
}

#[tokio::test]
async fn an_answer_that_is_no_http_may_pass() {
    let mut tasks = JoinSet::new();
    let url = rude(&mut tasks, "SSH-2.0-OpenSSH\r\n").await;
    let error = sender(&format!("{{endpoint: '{url}'}}")).send(&spans(1)).await.refused();
    assert!(!error.is_permanent(), "{error}");
}

#[test]
fn every_key_of_the_collector_is_read() {
    let config: Config = block(include_str!("testdata/good.yaml"));
    assert_eq!(config.headers.get("x-number").map(agent_config::Secret::expose), Some("0123"));
    assert_eq!(config.compression_params.level, 3);
    assert_eq!(config.http2_read_idle_timeout, GoDuration::from_secs(10));
    assert_eq!(config.sending_queue.batch.as_ref().map(|batch| batch.max_size), Some(100_000));
    let (key, url) = config.url(Signal::Logs).unwrap();
    assert_eq!(
        (key, url.unwrap().to_string()),
        ("logs_endpoint", "https://logs/ingest?token=abc".to_owned())
    );
    let base: Config = good("{endpoint: 'https://backend:4318/base/'}");
    assert_eq!(base.url(Signal::Traces).unwrap().1.unwrap(), "https://backend:4318/base/v1/traces");
    assert!(!format!("{config:?}").contains("0123"), "secrets are not shown");
}
