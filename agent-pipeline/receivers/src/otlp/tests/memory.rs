//! While memory is short requests are refused with a delay, and taken again when it is not.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use agent_component::{BuildContext, Host, Memory};
use agent_otlp::Signal;
use opentelemetry_proto::tonic::collector::logs::v1::logs_service_client::LogsServiceClient;
use tonic::Code;
use tonic::transport::Channel;

use super::harness::{BOTH, LOGS_JSON, Pipeline, Running, context, logs, outputs, run_in, soon};

const LINE: u64 = 100 << 20;

/// A receiver in a process whose use of memory the test sets.
async fn run() -> (Running, Memory, Arc<AtomicU64>) {
    let used = Arc::new(AtomicU64::new(0));
    let of = Arc::clone(&used);
    let memory = Memory::measured_by(move || Some(of.load(Ordering::Relaxed)));
    memory.set_lines(LINE, LINE);
    let context = context();
    let host = Arc::new(Host { memory: memory.clone(), ..Host::clone(&context.host) });
    let pipeline = Pipeline::new();
    let outputs = outputs(&pipeline, &Signal::ALL);
    (run_in(&BuildContext { host, ..context }, BOTH, pipeline, outputs).await, memory, used)
}

/// Sets the use and lets everybody see it.
fn set(memory: &Memory, used: &AtomicU64, bytes: u64) {
    used.store(bytes, Ordering::Relaxed);
    memory.pressure();
}

#[tokio::test]
async fn http_answers_429_with_a_delay_in_the_header_and_the_body() {
    let (receiver, memory, used) = run().await;
    set(&memory, &used, LINE);
    let reply = receiver.post_json("/v1/logs", LOGS_JSON).await;
    assert_eq!((reply.status, reply.header("retry-after")), (429, Some("1")));
    assert!(reply.text().contains("data refused due to high memory usage"), "{}", reply.text());
    set(&memory, &used, 0);
    assert_eq!(receiver.post_json("/v1/logs", LOGS_JSON).await.status, 200);
    assert_eq!(receiver.pipeline.items(), [(Signal::Logs, 1)]);
}

#[tokio::test]
async fn grpc_answers_unavailable_with_retry_info() {
    let (receiver, memory, used) = run().await;
    let url = format!("http://{}", receiver.grpc.unwrap());
    let channel = Channel::from_shared(url).unwrap().connect().await.unwrap();
    let mut client = LogsServiceClient::new(channel);
    set(&memory, &used, LINE);
    let refused = client.export(logs(3)).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
    assert_eq!(refused.message(), "data refused due to high memory usage");
    let details = String::from_utf8_lossy(refused.details()).into_owned();
    assert!(details.contains("google.rpc.RetryInfo"), "{details}");
    set(&memory, &used, 0);
    client.export(logs(3)).await.unwrap();
    assert_eq!(receiver.pipeline.items(), [(Signal::Logs, 3)]);
}

#[tokio::test]
async fn what_a_body_will_have_counts_before_it_is_read() {
    let (receiver, memory, used) = run().await;
    set(&memory, &used, LINE - (1 << 20));
    // Says that it will have 10 MiB and sends nothing of it: the answer comes all the same.
    let head =
        format!("POST /v1/logs HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: {}", 10 << 20);
    let reply = soon(receiver.send(&head, b"{")).await;
    assert_eq!(reply.status, 429);
}

#[tokio::test]
async fn what_a_body_becomes_counts_too() {
    let (receiver, memory, used) = run().await;
    let text = format!(r#"{{"resourceLogs":[],"x":"{}"}}"#, "x".repeat(8 << 20));
    let mut body = Vec::new();
    agent_net::compression::compress(agent_net::compression::Codec::Gzip, None, text.as_bytes(), &mut body)
        .unwrap();
    let headers = "Content-Type: application/json\r\nContent-Encoding: gzip";
    assert_eq!(receiver.post("/v1/logs", headers, &body).await.status, 200);
    set(&memory, &used, LINE - (1 << 20));
    assert_eq!(receiver.post("/v1/logs", headers, &body).await.status, 429);
}
