//! HTTP bodies: encodings, sizes, and what is wrong with them.

use agent_net::compression::{Codec, compress};
use agent_net::grpc::Status;
use agent_otlp::Signal;
use tokio::io::AsyncWriteExt;

use super::harness::{BOTH, LOGS_JSON, http_with, logs_protobuf, read_reply, run};

fn packed(codec: Codec, body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    compress(codec, None, body, &mut out).unwrap();
    out
}

#[tokio::test]
async fn every_content_encoding_is_read_in_both_encodings() {
    let receiver = run(BOTH).await;
    for codec in Codec::ALL {
        let encoding = format!("Content-Encoding: {}\r\nContent-Type: application/", codec.name());
        let body = packed(codec, LOGS_JSON.as_bytes());
        assert_eq!(
            receiver.post("/v1/logs", &format!("{encoding}json"), &body).await.status,
            200,
            "{codec:?}"
        );
        let body = packed(codec, &logs_protobuf(2));
        assert_eq!(
            receiver.post("/v1/logs", &format!("{encoding}x-protobuf"), &body).await.status,
            200,
            "{codec:?}"
        );
    }
    let expected = [(Signal::Logs, 1), (Signal::Logs, 2)].repeat(Codec::ALL.len());
    assert_eq!(receiver.pipeline.items(), expected);
}

#[tokio::test]
async fn encodings_that_nobody_knows_are_a_bad_request() {
    let receiver = run(BOTH).await;
    for name in ["squeeze", "identity", "GZIP", "none", "gzip, gzip"] {
        let headers = format!("Content-Type: application/json\r\nContent-Encoding: {name}");
        let reply = receiver.post("/v1/logs", &headers, LOGS_JSON.as_bytes()).await;
        assert_eq!(reply.status, 400, "{name}");
        let expected = Status::new(3, format!("unsupported Content-Encoding: {name}"));
        assert_eq!(Status::from_json(&reply.body), Some(expected));
    }
    assert_eq!(receiver.pipeline.items(), []);
}

#[tokio::test]
async fn only_the_named_compression_algorithms_are_read() {
    let receiver = run(&http_with("compression_algorithms: [zstd]")).await;
    let zstd = packed(Codec::Zstd, LOGS_JSON.as_bytes());
    let gzip = packed(Codec::Gzip, LOGS_JSON.as_bytes());
    let json = "Content-Type: application/json";
    assert_eq!(
        receiver.post("/v1/logs", &format!("{json}\r\nContent-Encoding: zstd"), &zstd).await.status,
        200
    );
    assert_eq!(
        receiver.post("/v1/logs", &format!("{json}\r\nContent-Encoding: gzip"), &gzip).await.status,
        400
    );
    assert_eq!(receiver.post("/v1/logs", json, LOGS_JSON.as_bytes()).await.status, 400);
}

#[tokio::test]
async fn damaged_bodies_are_a_bad_request_in_the_encoding_of_the_request() {
    let receiver = run(BOTH).await;
    let mut cut = packed(Codec::Gzip, LOGS_JSON.as_bytes());
    cut.truncate(cut.len() - 9);
    for body in [b"certainly not gzip".to_vec(), cut, Vec::new()] {
        let headers = "Content-Type: application/json\r\nContent-Encoding: gzip";
        let reply = receiver.post("/v1/logs", headers, &body).await;
        assert_eq!((reply.status, Status::from_json(&reply.body).unwrap().code), (400, 3));
    }
    for body in ["{oops", "hello", "[]", r#"{"resourceLogs":["#, r#"{"resourceLogs":{}}"#, ""] {
        let reply = receiver.post_json("/v1/logs", body).await;
        assert_eq!((reply.status, reply.header("content-type")), (400, Some("application/json")), "{body}");
        assert_eq!(Status::from_json(&reply.body).unwrap().code, 3);
    }
    for body in [&b"{}"[..], &[0xff; 12], &logs_protobuf(1)[..5]] {
        let reply = receiver.post_protobuf("/v1/logs", body).await;
        assert_eq!((reply.status, reply.header("content-type")), (400, Some("application/x-protobuf")));
        assert_eq!(Status::from_protobuf(&reply.body).unwrap().code, 3);
    }
    assert_eq!(receiver.pipeline.items(), []);
}

#[tokio::test]
async fn answers_never_repeat_the_data() {
    let receiver = run(BOTH).await;
    let reply = receiver.post_json("/v1/logs", r#"{"resourceLogs": "secret-token-123"}"#).await;
    assert_eq!(reply.status, 400);
    assert!(!reply.text().contains("secret-token"), "{}", reply.text());
}

#[tokio::test]
async fn a_body_that_is_too_large_is_a_bad_request_and_the_next_one_is_fine() {
    let receiver = run(&http_with("max_request_body_size: 1000")).await;
    let large = LOGS_JSON.replace("hello", &"x".repeat(2000));
    let reply = receiver.post_json("/v1/logs", &large).await;
    let expected = Status::new(3, "http: request body too large");
    assert_eq!((reply.status, Status::from_json(&reply.body)), (400, Some(expected)));
    assert_eq!(receiver.post_json("/v1/logs", LOGS_JSON).await.status, 200);
    assert_eq!(receiver.pipeline.items(), [(Signal::Logs, 1)]);
}

#[tokio::test]
async fn a_body_that_is_too_large_only_when_decompressed_is_refused() {
    let receiver = run(&http_with("max_request_body_size: 1000")).await;
    let bomb = LOGS_JSON.replace("hello", &"x".repeat(2 << 20));
    for codec in [Codec::Zstd, Codec::Gzip, Codec::Zlib, Codec::Deflate] {
        let body = packed(codec, bomb.as_bytes());
        let headers = format!("Content-Type: application/json\r\nContent-Encoding: {}", codec.name());
        assert_eq!(receiver.post("/v1/logs", &headers, &body).await.status, 400, "{codec:?}");
    }
    assert_eq!(receiver.pipeline.items(), []);
}

#[tokio::test]
async fn a_chunked_body_is_read_and_its_size_is_limited() {
    let receiver = run(&http_with("max_request_body_size: 1000")).await;
    for (times, status) in [(1, 200), (9, 400)] {
        let mut stream = receiver.connect().await;
        let head = "POST /v1/logs HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\
                    Content-Type: application/json\r\n\r\n";
        stream.write_all(head.as_bytes()).await.unwrap();
        let body = LOGS_JSON.replace("hello", &"hello".repeat(times * 30));
        for piece in body.as_bytes().chunks(37) {
            let chunk = [format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat();
            stream.write_all(&chunk).await.unwrap();
        }
        stream.write_all(b"0\r\n\r\n").await.unwrap();
        assert_eq!(read_reply(stream).await.status, status);
    }
    assert_eq!(receiver.pipeline.items(), [(Signal::Logs, 1)]);
}

#[tokio::test]
async fn a_large_refused_body_still_lets_the_client_see_the_answer() {
    let receiver = run(BOTH).await;
    let reply = receiver.post("/v1/logs", "Content-Type: text/plain", &vec![b'x'; 200 << 10]).await;
    assert_eq!(reply.status, 415);
}

#[tokio::test]
async fn who_sends_all_before_it_reads_sees_that_the_beginning_was_too_large_already() {
    let receiver = run(&http_with("max_request_body_size: 1048576")).await;
    let mut numbers = fastrand::Rng::with_seed(7);
    let text = (0..600_000).flat_map(|_| format!("service.name=checkout-{};", numbers.u8(..)).into_bytes());
    let text: Vec<u8> = text.collect();
    for codec in [Codec::Gzip, Codec::Zstd] {
        let body = packed(codec, &text);
        // More than is looked at, and less than the limit.
        let body = body.get(..900_000).unwrap();
        let headers = format!("Content-Type: application/json\r\nContent-Encoding: {}", codec.name());
        let reply = receiver.post("/v1/logs", &headers, body).await;
        let expected = Status::new(3, "http: request body larger than 1048576 bytes when decompressed");
        assert_eq!((reply.status, Status::from_json(&reply.body)), (400, Some(expected)), "{codec:?}");
    }
    assert_eq!(receiver.pipeline.items(), []);
}

#[tokio::test]
async fn who_waits_for_continue_is_told_to_or_refused_at_once() {
    let receiver = run(BOTH).await;
    let head = |kind: &str| {
        format!(
            "POST /v1/logs HTTP/1.1\r\nHost: h\r\nConnection: close\r\nExpect: 100-continue\r\n\
             Content-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
            LOGS_JSON.len()
        )
    };
    let mut stream = receiver.connect().await;
    stream.write_all(head("text/plain").as_bytes()).await.unwrap();
    assert_eq!(read_reply(stream).await.status, 415);
    let mut stream = receiver.connect().await;
    stream.write_all(head("application/json").as_bytes()).await.unwrap();
    let mut go_on = [0; 25];
    tokio::io::AsyncReadExt::read_exact(&mut stream, &mut go_on).await.unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(LOGS_JSON.as_bytes()).await.unwrap();
    assert_eq!(read_reply(stream).await.status, 200);
}
