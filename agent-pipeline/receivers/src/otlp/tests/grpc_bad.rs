//! OTLP/gRPC with clients that do not follow the rules, on plain HTTP/2.

use agent_net::compression::{Codec, compress};
use agent_net::grpc::Status;
use agent_otlp::Signal;
use bytes::Bytes;
use http::{HeaderMap, Request};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::harness::{BOTH, Pipeline, Running, grpc_with, logs_protobuf, run, run_into, soon};

const EXPORT_LOGS: &str = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";

/// What came back of a call.
struct Answer {
    http: u16,
    headers: HeaderMap,
    status: Status,
    data: Bytes,
}

#[expect(clippy::disallowed_methods, reason = "ends with the connection")]
async fn client(receiver: &Running) -> SendRequest<Full<Bytes>> {
    let stream = TcpStream::connect(receiver.grpc.unwrap()).await.unwrap();
    let (client, connection) = handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    client
}

async fn send(receiver: &Running, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
    let mut request = Request::post(format!("http://h{path}"));
    if !headers.iter().any(|(name, _)| *name == "content-type") {
        request = request.header("content-type", "application/grpc");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Full::new(Bytes::from(body))).unwrap();
    let response = soon(client(receiver).await.send_request(request)).await.unwrap();
    let (head, body) = response.into_parts();
    let body = soon(body.collect()).await.unwrap();
    let trailers = body.trailers().cloned().unwrap_or_else(|| head.headers.clone());
    let status = Status::from_trailers(&trailers).unwrap();
    Answer { http: head.status.as_u16(), headers: head.headers, status, data: body.to_bytes() }
}

fn framed(flag: u8, message: &[u8]) -> Vec<u8> {
    [&[flag][..], &u32::try_from(message.len()).unwrap().to_be_bytes(), message].concat()
}

#[tokio::test]
async fn a_plain_call_is_answered_with_an_empty_message() {
    let receiver = run(BOTH).await;
    for content_type in ["application/grpc", "application/grpc+proto", "Application/gRPC;x=y"] {
        let answer =
            send(&receiver, EXPORT_LOGS, &[("content-type", content_type)], framed(0, &logs_protobuf(1)))
                .await;
        assert_eq!((answer.http, answer.status, &answer.data[..]), (200, Status::default(), &[0; 5][..]));
        assert_eq!(answer.headers["content-type"], "application/grpc");
    }
}

#[tokio::test]
async fn other_content_types_and_methods_are_no_calls() {
    let receiver = run(BOTH).await;
    for content_type in ["application/json", "application/grpcx", "text/plain", "application"] {
        let answer = send(&receiver, EXPORT_LOGS, &[("content-type", content_type)], framed(0, b"")).await;
        assert_eq!((answer.http, answer.status.code), (415, 3), "{content_type}");
    }
    let request = Request::get(format!("http://h{EXPORT_LOGS}")).body(Full::default()).unwrap();
    let response = client(&receiver).await.send_request(request).await.unwrap();
    assert_eq!(response.status(), 405);
}

#[tokio::test]
async fn unknown_methods_are_unimplemented() {
    let receiver = run(BOTH).await;
    for (path, text) in [
        (
            "/opentelemetry.proto.collector.logs.v1.LogsService/Import",
            "unknown method Import for service opentelemetry.proto.collector.logs.v1.LogsService",
        ),
        ("/a.B/Export", "unknown service a.B"),
        ("/Export", "malformed method name: \"/Export\""),
    ] {
        let answer = send(&receiver, path, &[], framed(0, b"")).await;
        assert_eq!((answer.http, answer.status), (200, Status::new(12, text)), "{path}");
    }
}

#[tokio::test]
async fn unknown_encodings_are_unimplemented_and_the_known_ones_named() {
    let receiver = run(BOTH).await;
    let answer = send(&receiver, EXPORT_LOGS, &[("grpc-encoding", "br")], framed(1, b"x")).await;
    let text = "grpc: Decompressor is not installed for grpc-encoding \"br\"";
    assert_eq!(answer.status, Status::new(12, text));
    assert_eq!(answer.headers["grpc-accept-encoding"], "gzip,snappy,zstd");
}

#[tokio::test]
async fn every_known_encoding_is_read_compressed_or_not() {
    let receiver = run(BOTH).await;
    for codec in [Codec::Gzip, Codec::SnappyFramed, Codec::Zstd] {
        let mut message = Vec::new();
        compress(codec, None, &logs_protobuf(9), &mut message).unwrap();
        for body in [framed(1, &message), framed(0, &logs_protobuf(9))] {
            let headers = [("grpc-encoding", codec.grpc_name().unwrap())];
            assert_eq!(
                send(&receiver, EXPORT_LOGS, &headers, body).await.status,
                Status::default(),
                "{codec:?}"
            );
        }
    }
    assert_eq!(receiver.pipeline.items(), [(Signal::Logs, 9); 6]);
}

#[tokio::test]
async fn broken_frames_and_data_are_errors() {
    let receiver = run(BOTH).await;
    let good = logs_protobuf(3);
    let gzip = ("grpc-encoding", "gzip");
    for (headers, body, code) in [
        (vec![], Vec::new(), 13),
        (vec![], vec![0, 0, 0], 13),
        (vec![], framed(0, &good)[..good.len()].to_vec(), 13),
        (vec![], [framed(0, &good), framed(0, &good)].concat(), 13),
        (vec![], framed(7, &good), 13),
        (vec![], framed(1, &good), 13),
        (vec![("grpc-encoding", "identity")], framed(1, &good), 13),
        (vec![gzip], framed(1, &good), 13),
        (vec![], framed(0, &good[..good.len() - 1]), 3),
        (vec![], framed(0, b"\xff\xff"), 3),
    ] {
        let answer = send(&receiver, EXPORT_LOGS, &headers, body.clone()).await;
        assert_eq!(answer.status.code, code, "{headers:?} {body:?} {:?}", answer.status);
        assert!(!answer.status.message.is_empty());
    }
    assert_eq!(receiver.pipeline.items(), []);
}

#[tokio::test]
async fn messages_above_the_limit_are_refused_compressed_or_not() {
    let receiver = run(&grpc_with("max_recv_msg_size_mib: 1")).await;
    let large = logs_protobuf(200_000);
    assert!(large.len() > 1 << 20);
    assert_eq!(send(&receiver, EXPORT_LOGS, &[], framed(0, &large)).await.status.code, 8);
    // Only the header says so; the rest is not waited for.
    assert_eq!(send(&receiver, EXPORT_LOGS, &[], vec![0, 255, 255, 255, 255]).await.status.code, 8);
    for (codec, name) in [(Codec::Gzip, "gzip"), (Codec::Zstd, "zstd"), (Codec::SnappyFramed, "snappy")] {
        let mut message = Vec::new();
        compress(codec, None, &vec![0; 8 << 20], &mut message).unwrap();
        let answer = send(&receiver, EXPORT_LOGS, &[("grpc-encoding", name)], framed(1, &message)).await;
        assert_eq!(answer.status.code, 8, "{name}");
    }
    assert_eq!(receiver.pipeline.items(), []);
}

#[tokio::test]
async fn the_clients_time_limit_is_kept_and_the_call_given_up() {
    let receiver = run_into(BOTH, Pipeline::closed(), &Signal::ALL).await;
    let answer =
        send(&receiver, EXPORT_LOGS, &[("grpc-timeout", "700m")], framed(0, &logs_protobuf(1))).await;
    assert_eq!(answer.status, Status::new(4, "context deadline exceeded"));
    // The call had reached the pipeline, and was dropped there.
    soon(receiver.pipeline.came(1)).await;
    receiver.pipeline.let_through(1);
    receiver.life.stop.cancel();
    let pipeline = receiver.pipeline.clone();
    soon(receiver.ended()).await;
    assert_eq!(pipeline.items(), []);
}

#[tokio::test]
async fn who_speaks_http1_to_the_grpc_port_is_turned_away() {
    let receiver = run(BOTH).await;
    let mut stream = TcpStream::connect(receiver.grpc.unwrap()).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").await.unwrap();
    let mut rest = Vec::new();
    // The end of the connection, in whatever way; not a hang.
    let _ = soon(stream.read_to_end(&mut rest)).await;
    assert_eq!(send(&receiver, EXPORT_LOGS, &[], framed(0, &logs_protobuf(1))).await.status.code, 0);
}
