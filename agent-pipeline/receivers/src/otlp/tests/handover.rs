//! After `stop`: nobody who is connected, or just about to be, meets a closed door.

use std::io::Write;
use std::time::Duration;

use agent_otlp::Signal;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::harness::{BOTH, LOGS_JSON, Running, logs_protobuf, post_logs, read_reply, run, soon};
use super::http2;

const EXPORT_LOGS: &str = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";

/// An HTTP/1.1 connection that has carried a request and is idle now.
async fn idle(receiver: &Running) -> TcpStream {
    let mut stream = receiver.connect().await;
    stream.write_all(&post_logs()).await.unwrap();
    let (mut answer, mut byte) = (Vec::new(), [0]);
    while !answer.ends_with(br#"{"partialSuccess":{}}"#) {
        stream.read_exact(&mut byte).await.unwrap();
        answer.extend_from_slice(&byte);
    }
    assert!(!String::from_utf8(answer).unwrap().to_lowercase().contains("connection: close"));
    stream
}

#[tokio::test]
async fn an_idle_connection_is_told_with_its_next_answer() {
    let receiver = run(BOTH).await;
    let (mut at_once, mut late) = (idle(&receiver).await, idle(&receiver).await);
    receiver.life.stop.cancel();
    at_once.write_all(&post_logs()).await.unwrap();
    let reply = soon(read_reply(at_once)).await;
    assert_eq!((reply.status, reply.header("connection")), (200, Some("close")));
    // Well within the time that an idle client is given.
    tokio::time::sleep(Duration::from_secs(1)).await;
    late.write_all(&post_logs()).await.unwrap();
    let reply = soon(read_reply(late)).await;
    assert_eq!((reply.status, reply.header("connection")), (200, Some("close")));
    assert_eq!(receiver.pipeline.items().len(), 4);
    soon(receiver.ended()).await;
}

#[tokio::test]
async fn a_request_that_is_half_here_is_answered_when_the_rest_comes() {
    let request = post_logs();
    for split in [10, request.len() - 10] {
        let receiver = run(BOTH).await;
        let mut stream = idle(&receiver).await;
        stream.write_all(&request[..split]).await.unwrap();
        // A request behind it, so that the half is known to have been read.
        receiver.post_json("/v1/logs", LOGS_JSON).await;
        receiver.life.stop.cancel();
        tokio::time::sleep(Duration::from_millis(600)).await;
        stream.write_all(&request[split..]).await.unwrap();
        let reply = soon(read_reply(stream)).await;
        assert_eq!((reply.status, reply.header("connection")), (200, Some("close")));
    }
}

#[tokio::test]
async fn who_stays_silent_is_closed_in_order() {
    let receiver = run(BOTH).await;
    let mut stream = idle(&receiver).await;
    let mut new = receiver.connect().await;
    receiver.life.stop.cancel();
    let begun = std::time::Instant::now();
    for stream in [&mut stream, &mut new] {
        // The end of the stream, not a reset.
        assert_eq!(soon(stream.read(&mut [0; 10])).await.unwrap(), 0);
    }
    drop((stream, new));
    soon(receiver.ended()).await;
    assert!(begun.elapsed() < Duration::from_secs(9), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn what_the_kernel_has_accepted_by_then_is_served() {
    let receiver = run(BOTH).await;
    // The runtime has this one thread, so the receiver learns of the connections and of the stop together.
    let mut clients: Vec<_> =
        (0..20).map(|_| std::net::TcpStream::connect(receiver.http.unwrap()).unwrap()).collect();
    receiver.life.stop.cancel();
    for client in &mut clients {
        client.write_all(&post_logs()).unwrap();
    }
    let pipeline = receiver.pipeline.clone();
    soon(pipeline.came(20)).await;
    for client in clients {
        client.set_nonblocking(true).unwrap();
        let reply = soon(read_reply(TcpStream::from_std(client).unwrap())).await;
        assert_eq!((reply.status, reply.header("connection")), (200, Some("close")));
    }
    soon(receiver.ended()).await;
}

#[tokio::test]
async fn http2_streams_opened_before_the_client_can_know_are_served() {
    let message = logs_protobuf(1);
    let framed = [&[0, 0, 0, 0, u8::try_from(message.len()).unwrap()], &message[..]].concat();
    for (path, content_type, body) in
        [(EXPORT_LOGS, "application/grpc", framed), ("/v1/logs", "application/x-protobuf", message)]
    {
        let receiver = run(BOTH).await;
        let address = if path == EXPORT_LOGS { receiver.grpc } else { receiver.http };
        let mut stream = TcpStream::connect(address.unwrap()).await.unwrap();
        stream.write_all(http2::START).await.unwrap();
        soon(http2::read_until(&mut stream, |frame| frame.kind == http2::SETTINGS)).await;
        receiver.life.stop.cancel();
        let told = soon(http2::read_until(&mut stream, |frame| frame.kind == http2::GOAWAY)).await;
        assert_eq!((told.last_stream(), told.code()), (u32::MAX >> 1, 0));
        let ping = soon(http2::read_until(&mut stream, |frame| frame.kind == http2::PING)).await;
        // As if sent before the GOAWAY came: the PING's answer follows it.
        let request = [http2::head(1, path, content_type), http2::body(1, &body)].concat();
        stream.write_all(&request).await.unwrap();
        soon(http2::read_until(&mut stream, |frame| frame.ends_stream(1))).await;
        stream.write_all(&http2::frame(http2::PING, http2::ACK, 0, &ping.payload)).await.unwrap();
        let last = soon(http2::read_until(&mut stream, |frame| frame.kind == http2::GOAWAY)).await;
        assert_eq!((last.last_stream(), last.code()), (1, 0));
        assert!(soon(http2::read(&mut stream)).await.is_none());
        assert_eq!(receiver.pipeline.items(), [(Signal::Logs, 1)]);
        drop(stream);
        soon(receiver.ended()).await;
    }
}

#[tokio::test]
async fn a_client_that_never_acknowledges_does_not_hold_up_the_end() {
    let receiver = run(BOTH).await;
    let mut stream = TcpStream::connect(receiver.grpc.unwrap()).await.unwrap();
    stream.write_all(http2::START).await.unwrap();
    soon(http2::read_until(&mut stream, |frame| frame.kind == http2::SETTINGS)).await;
    receiver.life.stop.cancel();
    tokio::time::timeout(Duration::from_secs(9), receiver.ended()).await.unwrap();
}
