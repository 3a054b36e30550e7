//! What the end of a call means for the batch (OTLP 1.9, "OTLP/gRPC Response").

use agent_component::ConsumeError;
use agent_net::compression::{Codec, compress};
use agent_net::grpc::{Detail, RETRY_INFO_TYPE, Status, frame_header};
use bytes::Bytes;
use http::{HeaderMap, Response};
use http_body_util::{BodyExt, Full};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;

use super::*;
use crate::wrapper::{SendError, SendResult};

/// Codes that OTLP lets a client send again after.
const MAY_PASS: [u32; 6] = [1, 4, 10, 11, 14, 15];

/// What a refusal is, in short: `stays`, `passes`, or `passes after` so many seconds; with `too large` before the others.
fn meaning(result: SendResult) -> (String, ConsumeError) {
    let (too_large, error) = match result.unwrap_err() {
        SendError::TooLarge(error) => (true, error),
        SendError::Refused(error) => (false, error),
    };
    let text = match error.kind {
        _ if too_large => "too large".to_owned(),
        ErrorKind::Permanent => "stays".to_owned(),
        ErrorKind::Retryable { after: None } => "passes".to_owned(),
        ErrorKind::Retryable { after: Some(after) } => format!("passes after {}", after.as_secs_f64()),
    };
    (text, error)
}

#[tokio::test]
async fn every_code_with_and_without_a_delay() {
    let backend = Backend::start().await.unwrap();
    let sender = sender(&format!("{{endpoint: {}}}", backend.grpc_url()));
    for told in [None, Some(0.0), Some(1.5), Some(86_400.0), Some(86_401.0), Some(9e18)] {
        // 17 is none of gRPC's and reads as UNKNOWN.
        for number in 1..=17_u32 {
            let after = told.map(Duration::from_secs_f64);
            backend.answer_next(1, fail(number.try_into().unwrap(), after));
            let (meaning, error) = meaning(sender.send(&spans(1)).await);
            let may_pass = MAY_PASS.contains(&number) || (number == 8 && told.is_some());
            let expected = match told {
                _ if !may_pass => "stays".to_owned(),
                Some(delay) if delay <= 86_400.0 => format!("passes after {delay}"),
                _ => "passes".to_owned(),
            };
            assert_eq!(meaning, expected, "{number} {told:?}");
            let code = Code::from_number(number);
            assert_eq!(error.code, code);
            assert_eq!(error.message, format!("rpc error: code = {:?} desc = because: 100%", code.unwrap()));
        }
    }
    backend.answer_next(1, fail(0, None));
    sender.send(&spans(1)).await.unwrap();
}

#[tokio::test]
async fn odd_delays_never_hide_the_code() {
    let negative = b"\x0a\x0b\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01";
    for (number, name, value, expected) in [
        (8, RETRY_INFO_TYPE, negative.as_slice(), "passes after 0"),
        (14, RETRY_INFO_TYPE, negative, "passes after 0"),
        (8, RETRY_INFO_TYPE, b"", "passes after 0"),
        (8, RETRY_INFO_TYPE, b"\x0a\xff", "stays"),
        (14, RETRY_INFO_TYPE, b"\x0a\xff", "passes"),
        (8, "type.googleapis.com/google.rpc.QuotaFailure", b"", "stays"),
    ] {
        let mut tasks = JoinSet::new();
        let mut status = Status::new(number, "odd");
        status.details.push(Detail { type_url: name.to_owned(), value: Bytes::from_static(value) });
        let mut trailers = HeaderMap::new();
        status.write_trailers(&mut trailers);
        let url = server(&mut tasks, grpc_head(), Vec::new(), Some(trailers)).await;
        let (meaning, _) = meaning(sender(&format!("{{endpoint: '{url}'}}")).send(&spans(1)).await);
        assert_eq!(meaning, expected, "{number} {name} {value:?}");
    }
}

#[tokio::test]
async fn a_message_that_is_too_large_is_told_from_a_quota_by_its_words() {
    let backend = Backend::start().await.unwrap();
    let sender = sender(&format!("{{endpoint: {}}}", backend.grpc_url()));
    let second = Some(Duration::from_secs(1));
    for (grpc, words, retry_after, expected) in [
        (8, "grpc: received message larger than max (5000000 vs. 4194304)", None, "too large"),
        (8, "grpc: received message after decompression larger than max 4194304", None, "too large"),
        (8, "Received message larger than max (17777780 vs. 4194304)", None, "too large"),
        (8, "gRPC message exceeds maximum size 4194304: 5118829", None, "too large"),
        (8, "Received message exceeds the maximum configured message size.", None, "too large"),
        (
            11,
            "Error, decoded message length too large: found 8 bytes, the limit is: 4 bytes",
            None,
            "too large",
        ),
        (
            8,
            "Error decompressing: size limit, of 4 bytes, exceeded while decompressing message",
            None,
            "too large",
        ),
        (8, "too many requests", None, "stays"),
        (8, "received message larger than max", second, "passes after 1"),
        (3, "received message larger than max", None, "stays"),
    ] {
        let message = words.to_owned();
        backend.answer_next(1, Answer::Fail { http: 200, grpc, retry_after, message });
        let (meaning, error) = meaning(sender.send(&spans(1)).await);
        assert_eq!(meaning, expected, "{grpc} {words}");
        assert!(error.message.ends_with(words));
    }
}

#[tokio::test]
async fn partial_success_is_passed_on_and_an_answer_is_read_up_to_4_mib() {
    let backend = Backend::start().await.unwrap();
    let sender = sender(&format!("{{endpoint: {}}}", backend.grpc_url()));
    for (message, kept) in [
        ("too old".to_owned(), "too old".to_owned()),
        ("x".repeat(4_190_000), format!("{}...", "x".repeat(2048))),
    ] {
        backend.answer_next(1, Answer::Partial { rejected: 2, message });
        let accepted = sender.send(&spans(5)).await.unwrap();
        assert_eq!(accepted, Accepted { rejected: 2, message: kept });
    }
}

/// An HTTP/2 server that gives every request this answer.
async fn server(
    tasks: &mut JoinSet<()>,
    head: Response<()>,
    body: Vec<u8>,
    trailers: Option<HeaderMap>,
) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tasks.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let service = service_fn(|_| {
                let trailers = trailers.clone().map(Ok);
                let body = Full::new(Bytes::from(body.clone())).with_trailers(std::future::ready(trailers));
                std::future::ready(Ok::<_, std::convert::Infallible>(head.clone().map(|()| body)))
            });
            let tasks = crate::client::Tasks::default();
            let builder = hyper::server::conn::http2::Builder::new(tasks.clone());
            let _ = builder.serve_connection(TokioIo::new(stream), service).await;
            tasks.finish().await;
        }
    });
    url
}

fn grpc_head() -> Response<()> {
    Response::builder()
        .header("content-type", "application/grpc")
        .header("grpc-encoding", "gzip")
        .body(())
        .unwrap()
}

fn ok_trailers() -> HeaderMap {
    HeaderMap::from_iter([(http::HeaderName::from_static("grpc-status"), "0".parse().unwrap())])
}

#[tokio::test]
async fn a_compressed_answer_is_read() {
    let mut tasks = JoinSet::new();
    let mut message = Vec::new();
    compress(Codec::Gzip, None, b"\x0a\x07\x08\x03\x12\x03odd", &mut message).unwrap();
    let mut body = frame_header(true, message.len()).unwrap().to_vec();
    body.extend(message);
    let url = server(&mut tasks, grpc_head(), body, Some(ok_trailers())).await;
    let accepted = sender(&format!("{{endpoint: '{url}'}}")).send(&spans(5)).await.unwrap();
    assert_eq!(accepted, Accepted { rejected: 3, message: "odd".to_owned() });
}

#[tokio::test]
async fn a_success_whose_message_cannot_be_read_stays_one() {
    let mut tasks = JoinSet::new();
    let url = server(&mut tasks, grpc_head(), b"\x01garbage".to_vec(), Some(ok_trailers())).await;
    let accepted = sender(&format!("{{endpoint: '{url}'}}")).send(&spans(5)).await.unwrap();
    assert_eq!(accepted, Accepted::default());
}

#[tokio::test]
async fn answers_that_are_no_grpc_are_judged_by_their_http_status() {
    let html = |status: u16| {
        Response::builder().status(status).header("content-type", "text/html").body(()).unwrap()
    };
    for (status, expected, code) in [
        (200, "stays", Code::Unknown),
        (400, "stays", Code::Internal),
        (401, "stays", Code::Unauthenticated),
        (403, "stays", Code::PermissionDenied),
        (404, "stays", Code::Unimplemented),
        (413, "too large", Code::Unknown),
        (429, "passes", Code::Unavailable),
        (500, "stays", Code::Unknown),
        (502, "passes", Code::Unavailable),
        (503, "passes", Code::Unavailable),
        (504, "passes", Code::Unavailable),
    ] {
        let mut tasks = JoinSet::new();
        let url = server(&mut tasks, html(status), b"<html>".to_vec(), None).await;
        let (meaning, error) = meaning(sender(&format!("{{endpoint: '{url}'}}")).send(&spans(1)).await);
        assert_eq!((meaning.as_str(), error.code), (expected, Some(code)), "{status}");
        assert!(error.message.ends_with(&format!("answered with HTTP status {status} and no gRPC status")));
    }
    let mut tasks = JoinSet::new();
    let url = server(&mut tasks, grpc_head(), Vec::new(), None).await;
    let error = sender(&format!("{{endpoint: '{url}'}}")).send(&spans(1)).await.refused();
    assert!(error.message.ends_with("ended without a status"), "{error}");
}
