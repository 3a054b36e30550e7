//! The end: in order, with the requests in flight answered, and never held up by a client.

use std::time::Duration;

use agent_component::Life;
use agent_otlp::Signal;
use opentelemetry_proto::tonic::collector::logs::v1::logs_service_client::LogsServiceClient;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::harness::{BOTH, LOGS_JSON, Pipeline, logs, post_logs, read_reply, run, run_into, soon};

#[tokio::test]
async fn requests_in_flight_are_answered_before_the_end() {
    let receiver = run_into(BOTH, Pipeline::closed(), &Signal::ALL).await;
    let mut http = receiver.connect().await;
    http.write_all(&post_logs()).await.unwrap();
    let mut client = LogsServiceClient::connect(format!("http://{}", receiver.grpc.unwrap())).await.unwrap();
    let pipeline = receiver.pipeline.clone();
    let stop = receiver.life.stop.clone();
    let orchestrated = async {
        pipeline.came(2).await;
        stop.cancel();
        pipeline.let_through(2);
    };
    let (grpc, ()) = soon(async { tokio::join!(client.export(logs(2)), orchestrated) }).await;
    grpc.unwrap();
    let reply = soon(read_reply(http)).await;
    assert_eq!((reply.status, reply.header("connection")), (200, Some("close")));
    soon(receiver.ended()).await;
    assert_eq!(pipeline.items().iter().map(|(_, items)| items).sum::<usize>(), 3);
}

#[tokio::test]
async fn after_the_end_the_ports_are_closed() {
    let receiver = run(BOTH).await;
    let (grpc, http) = (receiver.grpc.unwrap(), receiver.http.unwrap());
    receiver.life.stop.cancel();
    soon(receiver.ended()).await;
    for address in [grpc, http] {
        assert!(TcpStream::connect(address).await.is_err());
    }
}

#[tokio::test]
async fn idle_connections_do_not_hold_up_the_end() {
    let receiver = run(BOTH).await;
    let mut idle = receiver.connect().await;
    idle.write_all(&post_logs()).await.unwrap();
    let mut answer = [0; 12];
    idle.read_exact(&mut answer).await.unwrap();
    let silent = TcpStream::connect(receiver.grpc.unwrap()).await.unwrap();
    let _client = LogsServiceClient::connect(format!("http://{}", receiver.grpc.unwrap())).await.unwrap();
    receiver.life.stop.cancel();
    soon(receiver.ended()).await;
    drop(silent);
}

#[tokio::test]
async fn half_sent_requests_do_not_hold_up_the_end() {
    let receiver = run(BOTH).await;
    let mut half_head = receiver.connect().await;
    half_head.write_all(b"POST /v1/logs HTTP/1.1\r\nHo").await.unwrap();
    let mut half_body = receiver.connect().await;
    let request = post_logs();
    half_body.write_all(&request[..request.len() - 10]).await.unwrap();
    // A request behind them, so that both are known to have been read.
    assert_eq!(receiver.post_json("/v1/logs", LOGS_JSON).await.status, 200);
    receiver.life.stop.cancel();
    soon(receiver.ended()).await;
}

#[tokio::test]
async fn an_abort_ends_it_at_once_whatever_is_in_flight() {
    let receiver = run_into(BOTH, Pipeline::closed(), &Signal::ALL).await;
    let mut http = receiver.connect().await;
    http.write_all(&post_logs()).await.unwrap();
    receiver.pipeline.came(1).await;
    let Life { stop, abort } = receiver.life.clone();
    stop.cancel();
    abort.cancel();
    tokio::time::timeout(Duration::from_secs(2), receiver.ended()).await.unwrap();
}

#[tokio::test]
async fn a_client_that_goes_away_takes_its_call_with_it() {
    let receiver = run_into(BOTH, Pipeline::closed(), &Signal::ALL).await;
    let mut http = receiver.connect().await;
    http.write_all(&post_logs()).await.unwrap();
    receiver.pipeline.came(1).await;
    drop(http);
    // Nothing is in flight any more, so the end comes without a permit for that call.
    receiver.life.stop.cancel();
    let pipeline = receiver.pipeline.clone();
    soon(receiver.ended()).await;
    assert_eq!(pipeline.items(), []);
}
