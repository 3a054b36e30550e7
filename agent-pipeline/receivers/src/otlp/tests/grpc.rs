//! OTLP/gRPC with a client that follows the rules: tonic.

use std::time::Duration;

use agent_component::{Code, ConsumeError};
use agent_otlp::Signal;
use opentelemetry_proto::tonic::collector::logs::v1::logs_service_client::LogsServiceClient;
use opentelemetry_proto::tonic::collector::metrics::v1::metrics_service_client::MetricsServiceClient;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use tonic::codec::CompressionEncoding;
use tonic::transport::Channel;

use super::harness::{BOTH, Pipeline, Running, grpc_with, logs, points, run, run_into, soon, spans};

async fn channel(receiver: &Running) -> Channel {
    Channel::from_shared(format!("http://{}", receiver.grpc.unwrap())).unwrap().connect().await.unwrap()
}

#[tokio::test]
async fn all_signals_are_taken_and_answered() {
    let receiver = run(BOTH).await;
    let channel = channel(&receiver).await;
    let answer = TraceServiceClient::new(channel.clone()).export(spans(100)).await.unwrap();
    assert!(answer.into_inner().partial_success.is_none());
    MetricsServiceClient::new(channel.clone()).export(points(20)).await.unwrap();
    LogsServiceClient::new(channel).export(logs(7)).await.unwrap();
    assert_eq!(receiver.pipeline.items(), [(Signal::Traces, 100), (Signal::Metrics, 20), (Signal::Logs, 7)]);
}

#[tokio::test]
async fn what_arrives_is_what_was_sent() {
    let receiver = run(BOTH).await;
    let sent = spans(300);
    TraceServiceClient::new(channel(&receiver).await).export(sent.clone()).await.unwrap();
    let got = receiver.pipeline.got.lock().unwrap()[0].batch.to_bytes();
    assert_eq!(prost::Message::decode(got), Ok(sent));
}

#[tokio::test]
async fn compressed_messages_are_taken() {
    let receiver = run(BOTH).await;
    let channel = channel(&receiver).await;
    for encoding in [CompressionEncoding::Gzip, CompressionEncoding::Zstd] {
        let mut client = LogsServiceClient::new(channel.clone()).send_compressed(encoding);
        client.export(logs(50)).await.unwrap();
    }
    assert_eq!(receiver.pipeline.items(), [(Signal::Logs, 50), (Signal::Logs, 50)]);
}

#[tokio::test]
async fn messages_of_many_frames_are_taken_up_to_the_limit() {
    let receiver = run(&grpc_with("max_recv_msg_size_mib: 2")).await;
    let mut client = LogsServiceClient::new(channel(&receiver).await);
    client.export(logs(150_000)).await.unwrap();
    assert_eq!(receiver.pipeline.items(), [(Signal::Logs, 150_000)]);
    let refused = client.export(logs(200_000)).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::ResourceExhausted, "{refused:?}");
}

#[tokio::test]
async fn empty_requests_succeed_and_are_not_passed_on() {
    let receiver = run(BOTH).await;
    LogsServiceClient::new(channel(&receiver).await).export(logs(0)).await.unwrap();
    assert_eq!(receiver.pipeline.items(), []);
}

#[tokio::test]
async fn refusals_keep_their_code_and_their_wait() {
    let receiver = run(BOTH).await;
    let mut client = LogsServiceClient::new(channel(&receiver).await);
    for (error, code) in [
        (ConsumeError::retryable("later"), tonic::Code::Unavailable),
        (ConsumeError::permanent("never"), tonic::Code::Internal),
        (ConsumeError::permanent("bad").with_code(Code::InvalidArgument), tonic::Code::InvalidArgument),
        (ConsumeError::retryable("bad").with_code(Code::ResourceExhausted), tonic::Code::ResourceExhausted),
    ] {
        let text = error.message.clone();
        receiver.pipeline.refuse(error);
        let status = client.export(logs(1)).await.unwrap_err();
        assert_eq!((status.code(), status.message(), status.details()), (code, text.as_str(), &b""[..]));
    }
    receiver.pipeline.refuse(ConsumeError::retryable("wait — 5 s").retry_after(Duration::from_secs(5)));
    let status = client.export(logs(1)).await.unwrap_err();
    assert_eq!((status.code(), status.message()), (tonic::Code::Unavailable, "wait — 5 s"));
    let details = agent_net::grpc::Status::from_protobuf(status.details()).unwrap();
    assert_eq!((details.code, details.retry_after()), (14, Some(Duration::from_secs(5))));
}

#[tokio::test]
async fn partial_success_is_passed_on() {
    let receiver = run(BOTH).await;
    receiver.pipeline.accept(300, "too old");
    let answer = TraceServiceClient::new(channel(&receiver).await).export(spans(1)).await.unwrap();
    let partial = answer.into_inner().partial_success.unwrap();
    assert_eq!((partial.rejected_spans, partial.error_message.as_str()), (300, "too old"));
}

#[tokio::test]
async fn a_signal_without_a_pipeline_is_unimplemented() {
    let receiver = run_into(BOTH, Pipeline::new(), &[Signal::Logs]).await;
    let status = TraceServiceClient::new(channel(&receiver).await).export(spans(1)).await.unwrap_err();
    assert_eq!(status.code(), tonic::Code::Unimplemented);
    assert_eq!(status.message(), "unknown service opentelemetry.proto.collector.trace.v1.TraceService");
}

#[tokio::test]
async fn four_calls_run_side_by_side_on_one_connection() {
    let receiver = run_into(BOTH, Pipeline::closed(), &Signal::ALL).await;
    let channel = channel(&receiver).await;
    let call = || {
        let mut client = TraceServiceClient::new(channel.clone());
        async move { client.export(spans(100)).await }
    };
    let all_came = async {
        receiver.pipeline.came(4).await;
        receiver.pipeline.let_through(4);
    };
    let (a, b, c, d, ()) = soon(async { tokio::join!(call(), call(), call(), call(), all_came) }).await;
    for answer in [a, b, c, d] {
        answer.unwrap();
    }
    assert_eq!(receiver.pipeline.items(), [(Signal::Traces, 100); 4]);
}

#[tokio::test]
async fn metadata_is_kept_only_when_asked_for() {
    for (settings, expected) in
        [("include_metadata: true", vec!["acme"]), ("include_metadata: false", vec![])]
    {
        let receiver = run(&grpc_with(settings)).await;
        let mut request = tonic::Request::new(logs(1));
        request.metadata_mut().insert("x-tenant", "acme".parse().unwrap());
        LogsServiceClient::new(channel(&receiver).await).export(request).await.unwrap();
        let got = receiver.pipeline.got.lock().unwrap();
        let client = got[0].client.as_ref().unwrap();
        assert_eq!(client.metadata("X-Tenant").collect::<Vec<_>>(), expected);
        assert_eq!(client.metadata(":authority").count(), expected.len());
        assert!(client.address.unwrap().ip().is_loopback());
    }
}
