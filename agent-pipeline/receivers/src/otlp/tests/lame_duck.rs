//! Between the stop and the end: who comes late is served and told to go, and nobody is waited for who is not there.

use std::sync::Arc;
use std::time::Duration;

use agent_component::{BuildContext, Host};
use agent_otlp::Signal;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::harness::{
    BOTH, LOGS_JSON, Pipeline, Running, context, outputs, post_logs, read_reply, run_in, soon,
};
use super::http2;

/// Longer than a test may take.
const LONG: Duration = Duration::from_hours(1);

async fn run_with(lame_duck: Duration) -> (Running, BuildContext) {
    let mut context = context();
    context.host = Arc::new(Host { lame_duck, ..Host::clone(&context.host) });
    let pipeline = Pipeline::new();
    let outputs = outputs(&pipeline, &Signal::ALL);
    (run_in(&context, BOTH, pipeline, outputs).await, context)
}

#[tokio::test]
async fn who_comes_after_the_stop_is_served_and_told_to_go() {
    let (receiver, _context) = run_with(Duration::from_secs(2)).await;
    receiver.post_json("/v1/logs", LOGS_JSON).await;
    let _connected = TcpStream::connect(receiver.grpc.unwrap()).await.unwrap();
    receiver.life.stop.cancel();
    // The runtime has this one thread: the receiver has seen the stop when this has come back.
    let mut late = receiver.connect().await;
    late.write_all(&post_logs()).await.unwrap();
    let reply = soon(read_reply(late)).await;
    assert_eq!((reply.status, reply.header("connection")), (200, Some("close")));
    let mut late = TcpStream::connect(receiver.grpc.unwrap()).await.unwrap();
    late.write_all(http2::START).await.unwrap();
    soon(http2::read_until(&mut late, |frame| frame.kind == http2::GOAWAY)).await;
    let address = receiver.http.unwrap();
    let pipeline = Arc::clone(&receiver.pipeline);
    drop(late);
    soon(receiver.ended()).await;
    assert!(TcpStream::connect(address).await.is_err());
    assert_eq!(pipeline.items().len(), 2);
}

#[tokio::test]
async fn without_clients_the_end_is_at_once() {
    let (receiver, _context) = run_with(LONG).await;
    receiver.life.stop.cancel();
    soon(receiver.ended()).await;
}

#[tokio::test]
async fn an_abort_ends_it() {
    let (receiver, _context) = run_with(LONG).await;
    receiver.post_json("/v1/logs", LOGS_JSON).await;
    receiver.life.stop.cancel();
    receiver.life.abort.cancel();
    soon(receiver.ended()).await;
}

#[tokio::test]
async fn who_is_replaced_leaves_new_clients_to_the_other_at_once() {
    let (old, context) = run_with(LONG).await;
    old.post_json("/v1/logs", LOGS_JSON).await;
    let (grpc, http) = (old.grpc.unwrap(), old.http.unwrap());
    let section = format!("{{protocols: {{grpc: {{endpoint: '{grpc}'}}, http: {{endpoint: '{http}'}}}}}}");
    let pipeline = Pipeline::new();
    let new = run_in(&context, &section, Arc::clone(&pipeline), outputs(&pipeline, &Signal::ALL)).await;
    old.life.stop.cancel();
    soon(old.ended()).await;
    assert_eq!(new.post_json("/v1/logs", LOGS_JSON).await.status, 200);
    assert_eq!(pipeline.items().len(), 1);
    new.life.stop.cancel();
    new.life.abort.cancel();
    soon(new.ended()).await;
}
