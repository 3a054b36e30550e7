//! That the backend takes what OTLP allows, refuses the rest, and answers what it was told to.

use std::io::Write as _;

use bytes::Bytes;
use http::Request as HttpRequest;
use http_body_util::Full;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{
    Gauge, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics,
};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message as _;

use super::*;
use crate::ask::{Answered, Ask, trusting};

const TRACE_SERVICE: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

fn spans(count: usize) -> ExportTraceServiceRequest {
    let spans = vec![Span { name: "s".to_owned(), ..Span::default() }; count];
    let scope_spans = vec![ScopeSpans { spans, ..ScopeSpans::default() }];
    ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }],
    }
}

fn points(count: usize) -> ExportMetricsServiceRequest {
    let gauge = Gauge { data_points: vec![NumberDataPoint::default(); count] };
    let metrics = vec![Metric { data: Some(Data::Gauge(gauge)), ..Metric::default() }];
    let scope_metrics = vec![ScopeMetrics { metrics, ..ScopeMetrics::default() }];
    let resource_metrics = vec![ResourceMetrics { scope_metrics, ..ResourceMetrics::default() }];
    ExportMetricsServiceRequest { resource_metrics }
}

fn records(count: usize) -> ExportLogsServiceRequest {
    let scope_logs =
        vec![ScopeLogs { log_records: vec![LogRecord::default(); count], ..ScopeLogs::default() }];
    ExportLogsServiceRequest { resource_logs: vec![ResourceLogs { scope_logs, ..ResourceLogs::default() }] }
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn post(path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> HttpRequest<Full<Bytes>> {
    let mut request = HttpRequest::post(format!("http://localhost{path}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Full::new(body.into())).unwrap()
}

async fn http(backend: &Backend, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Answered {
    let ask = Ask { address: backend.http_address(), tls: None, http2: false };
    ask.send(post(path, headers, body)).await.unwrap()
}

const PROTOBUF: (&str, &str) = ("content-type", "application/x-protobuf");
const JSON: (&str, &str) = ("content-type", "application/json");
const GRPC: (&str, &str) = ("content-type", "application/grpc");

fn frame(flag: u8, message: &[u8]) -> Vec<u8> {
    let mut frame = vec![flag];
    frame.extend(u32::try_from(message.len()).unwrap().to_be_bytes());
    frame.extend(message);
    frame
}

async fn grpc(backend: &Backend, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Answered {
    let ask = Ask { address: backend.grpc_address(), tls: None, http2: true };
    let headers: Vec<_> = std::iter::once(GRPC).chain(headers.iter().copied()).collect();
    ask.send(post(path, &headers, body)).await.unwrap()
}

#[tokio::test]
async fn http_takes_each_signal_encoding_and_compression() {
    let backend = Backend::start().await.unwrap();
    let plain = spans(3).encode_to_vec();
    assert_eq!(http(&backend, "/v1/traces", &[PROTOBUF], plain).await.status, 200);
    let zipped = gzip(&points(4).encode_to_vec());
    let zipped = http(&backend, "/v1/metrics", &[PROTOBUF, ("content-encoding", "gzip")], zipped).await;
    assert_eq!((zipped.status.as_u16(), zipped.header("content-type")), (200, "application/x-protobuf"));
    let zstd = zstd::stream::encode_all(records(5).encode_to_vec().as_slice(), 1).unwrap();
    assert_eq!(http(&backend, "/v1/logs", &[PROTOBUF, ("content-encoding", "zstd")], zstd).await.status, 200);
    let json =
        br#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"hi"}}]}]}]}"#.to_vec();
    let json = http(&backend, "/v1/logs", &[JSON], json).await;
    assert_eq!((json.status.as_u16(), json.body.as_ref()), (200, b"{}".as_slice()));
    let counts = backend.wait_for(|counts| counts.requests == 4).await;
    assert_eq!((counts.spans, counts.data_points, counts.log_records), (3, 4, 6));
    let requests = backend.take_requests();
    assert_eq!(requests[0].message, Some(Message::Traces(spans(3))));
    assert_eq!(requests[1].compression, "gzip");
    assert_eq!(requests[3].transport, Transport::HttpJson);
    assert!(backend.requests().is_empty());
}

#[tokio::test]
async fn grpc_takes_plain_and_compressed_messages() {
    let backend = Backend::start().await.unwrap();
    let plain = grpc(&backend, TRACE_SERVICE, &[("api-key", "k")], frame(0, &spans(2).encode_to_vec())).await;
    assert_eq!((plain.status.as_u16(), plain.trailer("grpc-status")), (200, "0"));
    assert_eq!(&plain.body[..], &[0, 0, 0, 0, 0]);
    let zipped = frame(1, &gzip(&spans(1).encode_to_vec()));
    let zipped = grpc(&backend, TRACE_SERVICE, &[("grpc-encoding", "gzip")], zipped).await;
    assert_eq!(zipped.trailer("grpc-status"), "0");
    assert_eq!(backend.counts().spans, 3);
    assert_eq!(backend.requests()[0].headers["api-key"], "k");
}

#[tokio::test]
async fn http_answers_what_it_was_told_to() {
    let backend = Backend::start().await.unwrap();
    let body = || spans(2).encode_to_vec();
    backend.answer_next(1, Answer::unavailable(Some(Duration::from_secs(4))));
    let busy = http(&backend, "/v1/traces", &[PROTOBUF], body()).await;
    assert_eq!((busy.status.as_u16(), busy.header("retry-after")), (503, "4"));
    backend.answer_next(1, Answer::Partial { rejected: 1, message: "old".to_owned() });
    let partial = http(&backend, "/v1/traces", &[PROTOBUF], body()).await;
    let partial = ExportTraceServiceResponse::decode(partial.body).unwrap().partial_success.unwrap();
    assert_eq!((partial.rejected_spans, partial.error_message.as_str()), (1, "old"));
    backend.answer_next(1, Answer::Partial { rejected: 1, message: "old".to_owned() });
    let json = br#"{"resourceSpans":[]}"#.to_vec();
    let json = http(&backend, "/v1/traces", &[JSON], json).await.json();
    assert_eq!(json["partialSuccess"]["rejectedSpans"], "1");
    assert_eq!(
        http(&backend, "/v1/traces", &[PROTOBUF], body()).await.status,
        200,
        "back to the usual answer"
    );
    let counts = backend.counts();
    assert_eq!((counts.requests, counts.refused, counts.spans), (3, 1, 4));
}

#[tokio::test]
async fn a_moment_to_try_again_is_named_in_both_transports() {
    let backend = Backend::start().await.unwrap();
    let until = std::time::UNIX_EPOCH + Duration::from_hours(525_960);
    let busy = Answer::FailUntil { http: 429, grpc: 8, until, message: String::new() };
    backend.answer_next(2, busy);
    let told = http(&backend, "/v1/traces", &[PROTOBUF], spans(1).encode_to_vec()).await;
    assert_eq!((told.status.as_u16(), told.header("retry-after")), (429, "Tue, 01 Jan 2030 00:00:00 GMT"));
    let told = grpc(&backend, TRACE_SERVICE, &[], frame(0, &spans(1).encode_to_vec())).await;
    assert_eq!(told.header("grpc-status"), "8");
    assert!(!told.header("grpc-status-details-bin").is_empty());
    let requests = backend.requests();
    assert!(requests[0].at <= requests[1].at, "in the order in which they came");
}

#[tokio::test]
async fn grpc_answers_what_it_was_told_to() {
    let backend = Backend::start().await.unwrap();
    let body = || frame(0, &spans(2).encode_to_vec());
    backend.answer_next(1, Answer::unavailable(Some(Duration::from_millis(1500))));
    let busy = grpc(&backend, TRACE_SERVICE, &[], body()).await;
    assert_eq!((busy.status.as_u16(), busy.header("grpc-status")), (200, "14"));
    assert!(!busy.header("grpc-status-details-bin").is_empty());
    backend.answer_next(1, Answer::Partial { rejected: 2, message: String::new() });
    let partial = grpc(&backend, TRACE_SERVICE, &[], body()).await;
    let partial = ExportTraceServiceResponse::decode(&partial.body[5..]).unwrap().partial_success.unwrap();
    assert_eq!(partial.rejected_spans, 2);
    backend.answer_next(1, Answer::Drop);
    let ask = Ask { address: backend.grpc_address(), tls: None, http2: true };
    assert!(ask.send(post(TRACE_SERVICE, &[GRPC], body())).await.is_err());
}

#[tokio::test]
async fn http_refuses_what_otlp_does_not_allow() {
    let backend = Backend::start().await.unwrap();
    let gzip = ("content-encoding", "gzip");
    let brotli = ("content-encoding", "br");
    let cases = [
        ("/v1/traces", vec![PROTOBUF], "\u{ff}", 400),
        ("/v1/traces", vec![JSON], "{", 400),
        ("/v1/traces", vec![PROTOBUF, gzip], "not gzip", 400),
        ("/v1/traces", vec![PROTOBUF, brotli], "", 400),
        ("/v1/traces", vec![("content-type", "text/plain")], "", 415),
        ("/v1/spans", vec![PROTOBUF], "", 404),
    ];
    for (path, headers, body, status) in cases {
        let answer = http(&backend, path, &headers, body.as_bytes().to_vec()).await;
        assert_eq!(answer.status, status, "{path} {headers:?}");
    }
    assert_eq!(backend.counts(), Counts { refused: 6, ..Counts::default() });
}

#[tokio::test]
async fn grpc_refuses_broken_frames_and_unknown_methods() {
    let backend = Backend::start().await.unwrap();
    let message = spans(1).encode_to_vec();
    let mut short = frame(0, &message);
    short.pop();
    for (path, body, status) in [
        (TRACE_SERVICE, Vec::new(), "3"),
        (TRACE_SERVICE, short, "3"),
        (TRACE_SERVICE, frame(2, &message), "3"),
        (TRACE_SERVICE, frame(1, &message), "3"),
        ("/some.Service/Method", frame(0, &message), "12"),
    ] {
        let answer = grpc(&backend, path, &[], body).await;
        assert_eq!((answer.status.as_u16(), answer.header("grpc-status")), (200, status));
    }
}

#[tokio::test]
async fn a_bomb_is_refused_before_it_fills_memory() {
    let backend = Backend::start().await.unwrap();
    let bomb = gzip(&vec![0; super::decode::LIMIT + 1]);
    let answer = http(&backend, "/v1/traces", &[PROTOBUF, ("content-encoding", "gzip")], bomb).await;
    assert_eq!(answer.status, 400);
}

#[tokio::test]
async fn a_required_header_is_required() {
    let required_header = Some(("api-key".to_owned(), "secret".to_owned()));
    let backend = Backend::start_with(Options { required_header, ..Options::default() }).await.unwrap();
    let body = || spans(1).encode_to_vec();
    assert_eq!(http(&backend, "/v1/traces", &[PROTOBUF], body()).await.status, 401);
    assert_eq!(http(&backend, "/v1/traces", &[PROTOBUF, ("api-key", "wrong")], body()).await.status, 401);
    assert_eq!(http(&backend, "/v1/traces", &[PROTOBUF, ("api-key", "secret")], body()).await.status, 200);
    let refused = grpc(&backend, TRACE_SERVICE, &[], frame(0, &body())).await;
    assert_eq!(refused.header("grpc-status"), "16");
}

#[tokio::test]
async fn tls_asks_for_a_client_certificate_when_told_to() {
    let options = Options { tls: true, client_certificates: true, ..Options::default() };
    let backend = Backend::start_with(options).await.unwrap();
    assert!(backend.http_url().starts_with("https://"));
    let ca = backend.authority().certificate_pem();
    let identity = backend.authority().client("agent").unwrap();
    let request = || post("/v1/traces", &[PROTOBUF], spans(1).encode_to_vec());
    let with =
        |identity| Ask { address: backend.http_address(), tls: Some(trusting(&ca, identity)), http2: false };
    assert!(with(None).send(request()).await.is_err());
    assert_eq!(with(Some(&identity)).send(request()).await.unwrap().status, 200);
}

#[tokio::test]
async fn what_is_kept_is_bounded_and_totals_are_not() {
    let options = Options { keep_requests: 2, keep_messages: false, ..Options::default() };
    let backend = Backend::start_with(options).await.unwrap();
    for count in 1..=3 {
        http(&backend, "/v1/traces", &[PROTOBUF], spans(count).encode_to_vec()).await;
    }
    assert_eq!(backend.counts().spans, 6);
    let kept: Vec<_> = backend.requests().iter().map(|request| request.items).collect();
    assert_eq!(kept, [2, 3]);
    assert!(backend.requests().iter().all(|request| request.message.is_none()));
}

#[tokio::test]
async fn a_silent_backend_ends_with_its_handle() {
    let backend = Backend::start().await.unwrap();
    backend.answer(Answer::Silence);
    let ask = Ask { address: backend.http_address(), tls: None, http2: false };
    let answer = ask.send(post("/v1/traces", &[PROTOBUF], spans(1).encode_to_vec()));
    let shutdown = async {
        backend.wait_for(|counts| counts.refused == 1).await;
        backend.shutdown().await;
    };
    let (answer, ()) = tokio::join!(answer, shutdown);
    assert!(answer.is_err());
}
