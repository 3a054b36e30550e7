//! A defect behind the receiver ends the request that met it, and nothing beside it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use agent_component::{Accepted, BoxFuture, ConsumeResult, Consumer, Next, Outputs, Telemetry};
use agent_net::grpc::Status;
use agent_otlp::Signal;
use opentelemetry_proto::tonic::collector::logs::v1::logs_service_client::LogsServiceClient;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::harness::{
    BOTH, LOGS_JSON, Pipeline, Running, context, logs, logs_protobuf, post_logs, run_in, soon,
};

/// Panics on batches of two, before or after a wait; takes all others.
#[derive(Default)]
struct Fragile {
    taken: AtomicUsize,
}

impl Consumer for Fragile {
    fn consume(&self, data: Telemetry) -> BoxFuture<'_, ConsumeResult> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            assert_ne!(data.batch.items(), 2, "the test's defect");
            self.taken.fetch_add(1, Ordering::Relaxed);
            Ok(Accepted::default())
        })
    }
}

async fn fragile() -> (Running, Arc<Fragile>) {
    let consumer = Arc::new(Fragile::default());
    let mut outputs = Outputs::default();
    outputs.set(Signal::Logs, Next::new(consumer.clone()));
    (run_in(&context(), BOTH, Pipeline::new(), outputs).await, consumer)
}

#[tokio::test]
async fn over_http_it_is_a_503_in_the_encoding_of_the_request_and_the_connection_goes_on() {
    let (receiver, consumer) = fragile().await;
    let two = LOGS_JSON.replace(r#"[{"timeUnix"#, r#"[{},{"timeUnix"#);
    let expected = Some(Status::new(14, "internal error"));
    let reply = receiver.post_json("/v1/logs", &two).await;
    assert_eq!((reply.status, Status::from_json(&reply.body)), (503, expected.clone()));
    let reply = receiver.post_protobuf("/v1/logs", &logs_protobuf(2)).await;
    assert_eq!((reply.status, Status::from_protobuf(&reply.body)), (503, expected));
    let mut stream = receiver.connect().await;
    let head = "POST /v1/logs HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length:";
    let bad = format!("{head} {}\r\n\r\n{two}", two.len()).into_bytes();
    stream.write_all(&[bad, post_logs()].concat()).await.unwrap();
    let mut answers = Vec::new();
    while !answers.ends_with(br#"{"partialSuccess":{}}"#) {
        assert_ne!(soon(stream.read_buf(&mut answers)).await.unwrap(), 0);
    }
    assert!(answers.starts_with(b"HTTP/1.1 503"));
    assert_eq!(consumer.taken.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn over_grpc_it_is_unavailable_and_other_calls_of_the_connection_go_on() {
    let (receiver, consumer) = fragile().await;
    let client = LogsServiceClient::connect(format!("http://{}", receiver.grpc.unwrap())).await.unwrap();
    let call = |records| {
        let mut client = client.clone();
        async move { client.export(logs(records)).await }
    };
    let (bad, good, worse, fine) = soon(async { tokio::join!(call(2), call(1), call(2), call(3)) }).await;
    for status in [bad, worse].map(Result::unwrap_err) {
        assert_eq!((status.code(), status.message()), (tonic::Code::Unavailable, "internal error"));
    }
    good.unwrap();
    fine.unwrap();
    assert_eq!(consumer.taken.load(Ordering::Relaxed), 2);
    receiver.life.stop.cancel();
    drop(client);
    soon(receiver.ended()).await;
}
