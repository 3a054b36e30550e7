//! Pushes to an OTLP backend over real connections.

use std::io::Write as _;

use agent_testkit::otlp_backend::{Answer, Backend, Message, Options, Transport};
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as Number;
use opentelemetry_proto::tonic::metrics::v1::{Metric, NumberDataPoint};

use super::*;

const SECRET: &str = "s3cret-key";

fn periodic(interval: u64, otlp: &str) -> String {
    format!(
        "{{metrics: {{readers: [{{periodic: {{interval: {interval}, timeout: 5000, exporter: {{otlp: {{{otlp}}}}}}}}}]}}}}"
    )
}

async fn backend(options: Options) -> Backend {
    Backend::start_with(options).await.expect("a backend")
}

fn wants_header() -> Options {
    Options { required_header: Some(("api-key".to_owned(), SECRET.to_owned())), ..Options::default() }
}

/// The points of a metric in the message number `index`.
fn points(backend: &Backend, index: usize, name: &str) -> Vec<NumberDataPoint> {
    let request = backend.requests().swap_remove(index);
    let Some(Message::Metrics(message)) = request.message else { panic!("no metrics") };
    let scopes = message.resource_metrics.into_iter().flat_map(|resource| resource.scope_metrics);
    let metric: Option<Metric> = scopes.flat_map(|scope| scope.metrics).find(|metric| metric.name == name);
    match metric.and_then(|metric| metric.data) {
        Some(Data::Sum(sum)) => sum.data_points,
        Some(Data::Gauge(gauge)) => gauge.data_points,
        other => panic!("{name}: {other:?}"),
    }
}

fn int(point: &NumberDataPoint) -> i64 {
    match point.value {
        Some(Number::AsInt(value)) => value,
        ref other => panic!("{other:?}"),
    }
}

async fn wait_for(backend: &Backend, requests: usize) {
    let wait = backend.wait_for(|counts| counts.requests >= requests);
    tokio::time::timeout(Duration::from_secs(20), wait).await.expect("the pushes arrive");
}

#[tokio::test]
async fn a_push_brings_counts_resource_and_headers() {
    let backend = backend(wants_header()).await;
    let otlp = format!(
        "protocol: http/protobuf, endpoint: '{}', compression: gzip, headers: [{{name: api-key, value: {SECRET}}}],
         headers_list: 'x-tenant=a%20b, api-key=not-this-one'",
        backend.http_url()
    );
    let running = Running::with(&periodic(20, &otlp));
    running.metrics.exporter(&id("otlp"), Signal::Metrics).sent.add(12);
    wait_for(&backend, 2).await;
    let requests = backend.requests();
    let last = &requests[requests.len() - 1];
    assert_eq!((last.transport, last.compression.as_str()), (Transport::HttpProtobuf, "gzip"));
    assert_eq!(last.headers["x-tenant"], "a b");
    assert!(last.headers["user-agent"].to_str().is_ok_and(|agent| agent.starts_with("kubeagent/")));
    let sent = points(&backend, 1, "otelcol_exporter_sent_metric_points");
    assert_eq!((sent.len(), int(&sent[0])), (1, 12));
    let Some(Message::Metrics(message)) = &requests[1].message else { panic!("no metrics") };
    let resource = message.resource_metrics[0].resource.as_ref().expect("a resource");
    let name = resource.attributes.iter().find(|attribute| attribute.key == "service.name");
    let name = name.and_then(|name| name.value.as_ref()?.value.clone());
    assert_eq!(name, Some(Any::StringValue("kubeagent".to_owned())));
    running.stop().await;
    backend.shutdown().await;
}

#[tokio::test]
async fn grpc_and_tls_carry_the_same() {
    let backend = backend(Options { tls: true, client_certificates: true, ..wants_header() }).await;
    let file = |text: &str| {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(text.as_bytes()).expect("it is written");
        file
    };
    let client = backend.authority().client("agent").expect("a certificate");
    let (authority, certificate, key) =
        (file(&backend.authority().certificate_pem()), file(&client.certificate_pem), file(&client.key_pem));
    for (protocol, url, transport) in [
        ("grpc/protobuf", backend.grpc_url(), Transport::Grpc),
        ("http/protobuf", backend.http_url(), Transport::HttpProtobuf),
    ] {
        backend.take_requests();
        let before = backend.counts().requests;
        let otlp = format!(
            "protocol: {protocol}, endpoint: '{url}', compression: gzip, headers: {{api-key: {SECRET}}},
             certificate: '{}', client_certificate: '{}', client_key: '{}'",
            authority.path().display(),
            certificate.path().display(),
            key.path().display()
        );
        let running = Running::with(&periodic(20, &otlp));
        running.metrics.receiver(&id("otlp"), "grpc", Signal::Logs).refused.add(3);
        wait_for(&backend, before + 2).await;
        assert_eq!(backend.requests()[1].transport, transport);
        assert_eq!(int(&points(&backend, 1, "otelcol_receiver_refused_log_records")[0]), 3);
        running.stop().await;
    }
    backend.shutdown().await;
}

#[tokio::test]
async fn a_delta_reader_never_tells_twice_whatever_changes() {
    let backend = backend(Options::default()).await;
    let otlp =
        format!("protocol: http/protobuf, temporality_preference: delta, endpoint: '{}'", backend.http_url());
    let running = Running::with(&periodic(20, &otlp));
    let sent = running.metrics.exporter(&id("otlp"), Signal::Logs).sent;
    sent.add(100);
    wait_for(&backend, 3).await;
    running.configure(&periodic(25, &format!("{otlp}, headers: {{a: b}}"))).expect("it can be made");
    sent.add(7);
    let further = async || wait_for(&backend, backend.counts().requests + 3).await;
    further().await;
    let other_level = periodic(20, &otlp).replace("{metrics: {", "{metrics: {level: basic, ");
    running.configure(&other_level).expect("it can be made");
    further().await;
    sent.add(1);
    running.stop().await; // the last push brings what came since
    let told: i64 = (0..backend.requests().len())
        .flat_map(|index| points(&backend, index, "otelcol_exporter_sent_log_records"))
        .map(|point| int(&point))
        .sum();
    assert_eq!(told, 108);
    backend.shutdown().await;
}

#[tokio::test]
async fn a_refused_push_is_tried_again_and_the_end_brings_the_last_numbers() {
    let backend = backend(Options::default()).await;
    backend.answer_next(1, Answer::unavailable(None));
    let otlp = format!("protocol: http/protobuf, endpoint: '{}'", backend.http_url());
    let running = Running::with(&periodic(3_600_000, &otlp));
    running.metrics.exporter(&id("otlp"), Signal::Traces).send_failed.add(4);
    running.stop().await;
    let accepted: Vec<bool> = backend.requests().iter().map(|request| request.accepted).collect();
    assert_eq!(accepted, [false, true]);
    assert_eq!(int(&points(&backend, 1, "otelcol_exporter_send_failed_spans")[0]), 4);
    backend.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn a_backend_that_says_nothing_does_not_keep_the_process_from_ending() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let endpoint = format!("http://{}", silent.local_addr().expect("an address"));
    let running =
        Running::with(&periodic(3_600_000, &format!("protocol: http/protobuf, endpoint: '{endpoint}'")));
    let before = tokio::time::Instant::now();
    running.stop().await;
    assert!(before.elapsed() <= Duration::from_secs(4));
}

#[tokio::test]
async fn what_cannot_be_used_is_told_with_its_place_and_without_its_secret() {
    let running = Running::new();
    let base = "protocol: http/protobuf, endpoint: 'https://localhost:4318'";
    let at = "service::telemetry::metrics::readers[0]::periodic::exporter::otlp";
    for (otlp, place) in [
        (format!("{base}, headers: {{'bad name': {SECRET}}}"), "headers"),
        (format!("{base}, headers: {{a: \"{SECRET}\\n\"}}"), "headers"),
        (format!("{base}, headers_list: '{SECRET}'"), "headers_list"),
        (format!("{base}, certificate: /does/not/exist"), "certificate"),
        (format!("{base}, certificate: /dev/null"), "certificate"),
        (format!("{base}, client_certificate: /dev/null, client_key: /dev/null"), "client_certificate"),
        ("protocol: http/protobuf, endpoint: 'http://[::1'".to_owned(), "endpoint"),
    ] {
        let error = running.configure(&periodic(1000, &otlp)).expect_err("it cannot be used");
        let text = format!("{error} {error:?}");
        assert!(error.to_string().starts_with(&format!("{at}::{place}: ")), "{text}");
        assert!(!text.contains(SECRET), "{text}");
    }
    let otlp = format!(
        "protocol: grpc, endpoint: 'http://user:{SECRET}@localhost:1', headers: {{api-key: {SECRET}}}"
    );
    running.configure(&periodic(3_600_000, &otlp)).expect("it can be made");
    let shown = format!("{:?}", running.metrics);
    assert!(!shown.contains(SECRET) && shown.contains("http://localhost:1/"), "{shown}");
    running.stop().await;
}
