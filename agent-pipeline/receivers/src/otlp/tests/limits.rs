//! Time limits, and connections that carry several requests.

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::harness::{BOTH, LOGS_JSON, Pipeline, grpc_with, http_with, read_reply, run, run_into, soon};
use super::http2;
use agent_otlp::Signal;

fn post(close: bool) -> String {
    let connection = if close { "close" } else { "keep-alive" };
    format!(
        "POST /v1/logs HTTP/1.1\r\nHost: h\r\nConnection: {connection}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{LOGS_JSON}",
        LOGS_JSON.len()
    )
}

/// Waits for the end of a connection and gives what came before it.
async fn to_the_end(stream: &mut tokio::net::TcpStream) -> Vec<u8> {
    let mut rest = Vec::new();
    let _ = soon(stream.read_to_end(&mut rest)).await;
    rest
}

#[tokio::test]
async fn a_connection_carries_several_requests_also_pipelined() {
    let receiver = run(BOTH).await;
    let mut stream = receiver.connect().await;
    stream.write_all(format!("{}{}{}", post(false), post(false), post(true)).as_bytes()).await.unwrap();
    let answers = to_the_end(&mut stream).await;
    assert_eq!(String::from_utf8(answers).unwrap().matches("HTTP/1.1 200 OK").count(), 3);
    assert_eq!(receiver.pipeline.items(), [(Signal::Logs, 1); 3]);
}

#[tokio::test]
async fn without_keep_alives_a_connection_carries_one_request() {
    let receiver = run(&http_with("keep_alives_enabled: false")).await;
    let mut stream = receiver.connect().await;
    stream.write_all(post(false).as_bytes()).await.unwrap();
    let reply = soon(read_reply(stream)).await;
    assert_eq!((reply.status, reply.header("connection")), (200, Some("close")));
}

#[tokio::test]
async fn half_a_head_is_cut_off_by_read_header_timeout_and_a_whole_request_is_not() {
    let receiver = run(&http_with("read_header_timeout: 50ms")).await;
    let mut idle = receiver.connect().await;
    let mut slow = receiver.connect().await;
    slow.write_all(b"POST /v1/logs HTTP/1.1\r\nHo").await.unwrap();
    assert_eq!(to_the_end(&mut slow).await, b"");
    // An idle connection is none of this limit's business.
    idle.write_all(post(true).as_bytes()).await.unwrap();
    assert_eq!(soon(read_reply(idle)).await.status, 200);
}

#[tokio::test]
async fn an_idle_connection_is_closed_after_idle_timeout() {
    let receiver = run(&http_with("idle_timeout: 50ms")).await;
    let mut stream = receiver.connect().await;
    stream.write_all(post(false).as_bytes()).await.unwrap();
    assert!(to_the_end(&mut stream).await.starts_with(b"HTTP/1.1 200 OK"));
    let mut silent = receiver.connect().await;
    assert_eq!(to_the_end(&mut silent).await, b"");
}

#[tokio::test]
async fn a_slow_body_is_refused_after_read_timeout() {
    let receiver = run(&http_with("read_timeout: 50ms")).await;
    let mut stream = receiver.connect().await;
    let request = post(true);
    stream.write_all(&request.as_bytes()[..request.len() - 5]).await.unwrap();
    assert_eq!(soon(read_reply(stream)).await.status, 400);
}

#[tokio::test]
async fn a_slow_pipeline_is_not_waited_for_beyond_write_timeout() {
    let receiver = run_into(&http_with("write_timeout: 50ms"), Pipeline::closed(), &Signal::ALL).await;
    let reply = soon(receiver.post_json("/v1/logs", LOGS_JSON)).await;
    assert_eq!(reply.status, 503);
}

#[tokio::test]
async fn a_half_closed_client_still_gets_its_answer() {
    let receiver = run(BOTH).await;
    let mut stream = receiver.connect().await;
    stream.write_all(post(true).as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    assert_eq!(soon(read_reply(stream)).await.status, 200);
}

#[tokio::test]
async fn grpc_connections_are_closed_when_idle_or_old() {
    for parameter in ["max_connection_idle: 50ms", "max_connection_age: 50ms, max_connection_age_grace: 50ms"]
    {
        let section = grpc_with(&format!("keepalive: {{server_parameters: {{{parameter}}}}}"));
        let receiver = run(&section).await;
        let mut stream = tokio::net::TcpStream::connect(receiver.grpc.unwrap()).await.unwrap();
        stream.write_all(http2::START).await.unwrap();
        let rest = to_the_end(&mut stream).await;
        assert!(http2::frames(&rest).iter().any(|frame| frame.kind == http2::GOAWAY), "{rest:?}");
    }
}

#[tokio::test]
async fn a_grpc_client_that_does_not_answer_pings_is_gone() {
    let section = grpc_with("keepalive: {server_parameters: {time: 50ms, timeout: 50ms}}");
    let receiver = run(&section).await;
    let mut stream = tokio::net::TcpStream::connect(receiver.grpc.unwrap()).await.unwrap();
    stream.write_all(http2::START).await.unwrap();
    let rest = to_the_end(&mut stream).await;
    assert!(http2::frames(&rest).iter().any(|frame| frame.kind == http2::PING), "{rest:?}");
}

#[tokio::test]
async fn a_grpc_client_is_told_how_many_streams_it_may_open() {
    for (more, streams) in [("max_concurrent_streams: 7", 7), ("max_concurrent_streams: 0", 200)] {
        let receiver = run(&grpc_with(more)).await;
        let mut stream = tokio::net::TcpStream::connect(receiver.grpc.unwrap()).await.unwrap();
        stream.write_all(http2::START).await.unwrap();
        let mut start = [0; 33];
        soon(stream.read_exact(&mut start)).await.unwrap();
        let settings = http2::frames(&start)[0].payload.clone();
        // Identifier 3 is MAX_CONCURRENT_STREAMS.
        let told = settings.chunks(6).find(|setting| setting[1] == 3).unwrap();
        assert_eq!(told[2..], u32::to_be_bytes(streams));
    }
}
