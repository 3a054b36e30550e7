//! Every row of the HTTP answer table.

use std::time::Duration;

use agent_component::{Code, ConsumeError};
use agent_net::grpc::Status;
use agent_otlp::Signal;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceResponse;
use prost::Message;

use super::harness::{BOTH, LOGS_JSON, Pipeline, http_with, logs_protobuf, points, run, run_into, spans};

#[tokio::test]
async fn json_is_answered_in_json() {
    let receiver = run(BOTH).await;
    let reply = receiver.post_json("/v1/logs", LOGS_JSON).await;
    assert_eq!((reply.status, reply.text()), (200, r#"{"partialSuccess":{}}"#));
    assert_eq!(reply.header("content-type"), Some("application/json"));
    assert_eq!(receiver.pipeline.items(), [(Signal::Logs, 1)]);
}

#[tokio::test]
async fn protobuf_is_answered_in_protobuf() {
    let receiver = run(BOTH).await;
    for (path, body) in [
        ("/v1/logs", logs_protobuf(3)),
        ("/v1/traces", spans(4).encode_to_vec()),
        ("/v1/metrics", points(5).encode_to_vec()),
    ] {
        let reply = receiver.post_protobuf(path, &body).await;
        assert_eq!((reply.status, reply.body.as_slice()), (200, &b""[..]), "{path}");
        assert_eq!(reply.header("content-type"), Some("application/x-protobuf"));
    }
    assert_eq!(receiver.pipeline.items(), [(Signal::Logs, 3), (Signal::Traces, 4), (Signal::Metrics, 5)]);
}

#[tokio::test]
async fn other_methods_are_not_allowed() {
    let receiver = run(BOTH).await;
    for method in ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"] {
        let reply = receiver.send(&format!("{method} /v1/logs HTTP/1.1"), b"").await;
        assert_eq!(
            (reply.status, reply.text()),
            (405, "405 method not allowed, supported: [POST]"),
            "{method}"
        );
        assert_eq!(reply.header("content-type"), Some("text/plain"));
    }
    let reply = receiver.send("HEAD /v1/logs HTTP/1.1", b"").await;
    assert_eq!((reply.status, reply.text()), (405, ""));
}

#[tokio::test]
async fn other_content_types_are_not_supported() {
    let receiver = run(BOTH).await;
    let text = "415 unsupported media type, supported: [application/json, application/x-protobuf]";
    for header in [
        "",
        "Content-Type: text/plain",
        "Content-Type: application/protobuf",
        "Content-Type: application/json2",
    ] {
        let reply = receiver.post("/v1/logs", header, LOGS_JSON.as_bytes()).await;
        assert_eq!((reply.status, reply.text()), (415, text), "{header}");
    }
    assert_eq!(receiver.pipeline.items(), []);
}

#[tokio::test]
async fn content_types_are_read_in_any_case_and_with_parameters() {
    let receiver = run(BOTH).await;
    for value in [
        "application/json; charset=utf-8",
        "Application/JSON",
        "application/json;charset=UTF-8",
        " application/json ",
    ] {
        let reply = receiver.post("/v1/logs", &format!("content-type:{value}"), LOGS_JSON.as_bytes()).await;
        assert_eq!(reply.status, 200, "{value}");
    }
}

#[tokio::test]
async fn other_paths_and_signals_without_a_pipeline_are_not_found() {
    let receiver = run_into(BOTH, Pipeline::new(), &[Signal::Logs]).await;
    for path in ["/", "/v1/log", "/v1/logs/", "/v1/traces", "/v1/metrics", "/v1development/profiles"] {
        let reply = receiver.post_json(path, "{}").await;
        assert_eq!((reply.status, reply.text()), (404, "404 page not found\n"), "{path}");
    }
    assert_eq!(receiver.post_json("/v1/logs", "{}").await.status, 200);
}

#[tokio::test]
async fn a_query_string_is_ignored() {
    let receiver = run(BOTH).await;
    assert_eq!(receiver.post_json("/v1/logs?source=x", LOGS_JSON).await.status, 200);
}

#[tokio::test]
async fn url_paths_can_be_moved_and_get_their_slash() {
    let receiver = run(&http_with("logs_url_path: otlp/logs, traces_url_path: /t")).await;
    assert_eq!(receiver.post_json("/otlp/logs", LOGS_JSON).await.status, 200);
    assert_eq!(receiver.post_json("/t", "{}").await.status, 200);
    assert_eq!(receiver.post_json("/v1/metrics", "{}").await.status, 200);
    assert_eq!(receiver.post_json("/v1/logs", LOGS_JSON).await.status, 404);
}

#[tokio::test]
async fn a_request_without_items_succeeds_and_is_not_passed_on() {
    let receiver = run(BOTH).await;
    for (path, body) in [
        ("/v1/logs", "{}"),
        ("/v1/logs", r#"{"resourceLogs":[{"resource":{},"scopeLogs":[{}]}]}"#),
        ("/v1/traces", r#"{"resourceSpans":[]}"#),
        ("/v1/metrics", r#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"nothing"}]}]}]}"#),
        // Another signal's body: unknown fields.
        ("/v1/traces", LOGS_JSON),
    ] {
        assert_eq!(receiver.post_json(path, body).await.status, 200, "{body}");
    }
    assert_eq!(receiver.post_protobuf("/v1/logs", b"").await.status, 200);
    assert_eq!(receiver.pipeline.items(), []);
}

#[tokio::test]
async fn a_metric_without_data_is_kept_beside_one_with_data() {
    let receiver = run(BOTH).await;
    let body = r#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"nothing"},
        {"name":"g","gauge":{"dataPoints":[{"asInt":"1"}]}}]}]}]}"#;
    assert_eq!(receiver.post_json("/v1/metrics", body).await.status, 200);
    assert_eq!(receiver.pipeline.items(), [(Signal::Metrics, 1)]);
    assert_eq!(receiver.pipeline.got.lock().unwrap()[0].batch.metrics(), 2);
}

#[tokio::test]
async fn refusals_have_the_status_of_their_code() {
    let receiver = run(BOTH).await;
    for (code, status) in [
        (Code::Cancelled, 503),
        (Code::DeadlineExceeded, 503),
        (Code::Aborted, 503),
        (Code::OutOfRange, 503),
        (Code::Unavailable, 503),
        (Code::DataLoss, 503),
        (Code::ResourceExhausted, 429),
        (Code::InvalidArgument, 400),
        (Code::Unauthenticated, 401),
        (Code::PermissionDenied, 403),
        (Code::Unimplemented, 404),
        (Code::Unknown, 500),
        (Code::NotFound, 500),
        (Code::AlreadyExists, 500),
        (Code::FailedPrecondition, 500),
        (Code::Internal, 500),
    ] {
        receiver.pipeline.refuse(ConsumeError::retryable("no").with_code(code));
        let reply = receiver.post_json("/v1/logs", LOGS_JSON).await;
        assert_eq!(reply.status, status, "{code:?}");
        assert_eq!(Status::from_json(&reply.body), Some(Status::new(code.number(), "no")), "{code:?}");
        let reply = receiver.post_protobuf("/v1/logs", &logs_protobuf(1)).await;
        assert_eq!(reply.status, status, "{code:?}");
        assert_eq!(reply.header("content-type"), Some("application/x-protobuf"));
        assert_eq!(Status::from_protobuf(&reply.body), Some(Status::new(code.number(), "no")), "{code:?}");
    }
}

#[tokio::test]
async fn refusals_without_a_code_say_whether_to_try_again() {
    let receiver = run(BOTH).await;
    receiver.pipeline.refuse(ConsumeError::retryable("queue is full").by(&"otlphttp".parse().unwrap()));
    let reply = receiver.post_json("/v1/logs", LOGS_JSON).await;
    assert_eq!((reply.status, reply.text()), (503, r#"{"code":14,"message":"otlphttp: queue is full"}"#));
    assert_eq!(reply.header("retry-after"), None);
    receiver.pipeline.refuse(ConsumeError::permanent("too old"));
    let reply = receiver.post_json("/v1/logs", LOGS_JSON).await;
    assert_eq!((reply.status, reply.text()), (500, r#"{"code":13,"message":"too old"}"#));
}

#[tokio::test]
async fn a_wait_is_passed_on_in_whole_seconds_and_exactly() {
    let receiver = run(BOTH).await;
    let wait = Duration::from_millis(1500);
    for (error, status) in [
        (ConsumeError::retryable("wait"), 503),
        (ConsumeError::retryable("wait").with_code(Code::ResourceExhausted), 429),
    ] {
        receiver.pipeline.refuse(error.retry_after(wait));
        let reply = receiver.post_json("/v1/logs", LOGS_JSON).await;
        assert_eq!((reply.status, reply.header("retry-after")), (status, Some("2")));
        assert_eq!(Status::from_json(&reply.body).unwrap().retry_after(), Some(wait));
        let reply = receiver.post_protobuf("/v1/logs", &logs_protobuf(1)).await;
        assert_eq!(Status::from_protobuf(&reply.body).unwrap().retry_after(), Some(wait));
    }
}

#[tokio::test]
async fn partial_success_is_passed_on() {
    let receiver = run(BOTH).await;
    receiver.pipeline.accept(2, "too old");
    let reply = receiver.post_json("/v1/logs", LOGS_JSON).await;
    let expected = r#"{"partialSuccess":{"rejectedLogRecords":"2","errorMessage":"too old"}}"#;
    assert_eq!((reply.status, reply.text()), (200, expected));
    let reply = receiver.post_protobuf("/v1/metrics", &points(1).encode_to_vec()).await;
    let partial =
        ExportMetricsServiceResponse::decode(reply.body.as_slice()).unwrap().partial_success.unwrap();
    assert_eq!((partial.rejected_data_points, partial.error_message.as_str()), (2, "too old"));
    receiver.pipeline.accept(0, "a warning");
    let reply = receiver.post_json("/v1/traces", &String::from_utf8(spans_json()).unwrap()).await;
    assert_eq!(reply.text(), r#"{"partialSuccess":{"errorMessage":"a warning"}}"#);
}

fn spans_json() -> Vec<u8> {
    br#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"a"}]}]}]}"#.to_vec()
}

#[tokio::test]
async fn response_headers_are_in_every_answer() {
    let receiver = run(&http_with("response_headers: {X-Agent: kube, Content-Type: nonsense}")).await;
    for reply in [
        receiver.post_json("/v1/logs", LOGS_JSON).await,
        receiver.post_json("/v1/logs", "oops").await,
        receiver.post_json("/nowhere", "{}").await,
    ] {
        assert_eq!(reply.header("x-agent"), Some("kube"));
        assert_ne!(reply.header("content-type"), Some("nonsense"));
    }
}

#[tokio::test]
async fn metadata_is_kept_only_when_asked_for() {
    for (settings, expected) in
        [("include_metadata: true", vec!["acme", "b"]), ("include_metadata: false", vec![])]
    {
        let receiver = run(&http_with(settings)).await;
        let headers = "Content-Type: application/json\r\nX-Tenant: acme\r\nX-Tenant: b";
        assert_eq!(receiver.post("/v1/logs", headers, LOGS_JSON.as_bytes()).await.status, 200);
        let got = receiver.pipeline.got.lock().unwrap();
        let client = got[0].client.as_ref().unwrap();
        assert_eq!(client.metadata("x-tenant").collect::<Vec<_>>(), expected);
        assert_eq!(client.metadata("Host").count(), usize::from(!expected.is_empty()));
        assert!(client.address.unwrap().ip().is_loopback());
    }
}
