//! What each answer of a backend means for the batch (OTLP 1.9, "OTLP/HTTP Response").

use std::time::SystemTime;

use agent_component::ConsumeError;
use bytes::Bytes;
use http::{HeaderValue, Response};
use http_body_util::Full;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;

use super::*;
use crate::wrapper::SendError;

fn hint(error: &ConsumeError) -> Option<u64> {
    match error.kind {
        ErrorKind::Retryable { after } => after.map(|after| after.as_secs()),
        ErrorKind::Permanent => None,
    }
}

#[tokio::test]
async fn every_status_is_a_success_may_pass_is_too_large_or_stays() {
    let backend = Backend::start().await.unwrap();
    let sender = sender(&format!("{{endpoint: {}}}", backend.http_url()));
    for told in [None, Some(17)] {
        for status in 300..600 {
            backend.answer_next(1, fail(status, 3, told.map(Duration::from_secs)));
            let error = sender.send(&spans(1)).await.unwrap_err();
            let too_large = matches!(error, SendError::TooLarge(_));
            assert_eq!(too_large, status == 413, "{status}");
            let (SendError::TooLarge(error) | SendError::Refused(error)) = error;
            let may_pass = matches!(status, 429 | 502 | 503 | 504);
            assert_eq!(!error.is_permanent(), may_pass, "{status}");
            let names_a_delay = matches!(status, 429 | 503);
            assert_eq!(hint(&error), told.filter(|_| names_a_delay), "{status}");
        }
    }
    for status in [200, 201, 202, 204, 299] {
        backend.answer_next(1, fail(status, 0, None));
        sender.send(&spans(1)).await.unwrap();
    }
    assert_eq!(backend.requests().len(), 605, "one try, one request");
}

#[tokio::test]
async fn an_error_names_the_status_the_code_it_stands_for_and_the_backends_words() {
    let backend = Backend::start().await.unwrap();
    let sender = sender(&format!("{{endpoint: {}}}", backend.http_url()));
    for (status, code) in [
        (307, None),
        (400, Some(Code::InvalidArgument)),
        (401, Some(Code::Unauthenticated)),
        (403, Some(Code::PermissionDenied)),
        (404, Some(Code::Unimplemented)),
        (413, None),
        (429, Some(Code::ResourceExhausted)),
        (500, None),
        (502, Some(Code::Unavailable)),
        (503, Some(Code::Unavailable)),
        (504, Some(Code::Unavailable)),
    ] {
        backend.answer_next(1, fail(status, 3, None));
        let error = sender.send(&spans(1)).await.refused();
        assert_eq!(error.code, code, "{status}");
        assert_eq!(
            error.message,
            format!(
                "error exporting items, request to {}/v1/traces responded with HTTP Status Code {status}, \
                 Message=because, Details=[]",
                backend.http_url()
            )
        );
    }
}

/// A server that gives every request this answer.
async fn server(tasks: &mut JoinSet<()>, head: Response<()>, body: Bytes) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tasks.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let service = service_fn(|_| {
                let answer = head.clone().map(|()| Full::new(body.clone()));
                std::future::ready(Ok::<_, std::convert::Infallible>(answer))
            });
            let builder = hyper::server::conn::http1::Builder::new();
            let _ = builder.serve_connection(TokioIo::new(stream), service).await;
        }
    });
    url
}

#[tokio::test]
async fn retry_after_is_read_as_seconds_and_as_a_date_and_nonsense_is_no_delay() {
    let date = |seconds: i64| {
        let now = SystemTime::now();
        let span = Duration::from_secs(seconds.unsigned_abs());
        httpdate::fmt_http_date(if seconds < 0 { now - span } else { now + span })
    };
    let table = [
        ("120".to_owned(), Some(120..=120)),
        (" 120 ".to_owned(), Some(120..=120)),
        ("0".to_owned(), Some(0..=0)),
        ("86400".to_owned(), Some(86400..=86400)),
        (date(60), Some(50..=60)),
        (date(-60), Some(0..=0)),
        ("-1".to_owned(), None),
        ("1.5".to_owned(), None),
        ("86401".to_owned(), None),
        ("99999999999999999999999".to_owned(), None),
        (date(100_000), None),
        ("Fri, 31 Dec 9999 23:59:59 GMT".to_owned(), None),
        ("soon".to_owned(), None),
        (String::new(), None),
    ];
    for (text, expected) in table {
        let mut tasks = JoinSet::new();
        let mut head = Response::new(());
        *head.status_mut() = http::StatusCode::SERVICE_UNAVAILABLE;
        head.headers_mut().insert("retry-after", HeaderValue::from_str(&text).unwrap());
        let url = server(&mut tasks, head, Bytes::new()).await;
        let error = sender(&format!("{{endpoint: '{url}'}}")).send(&spans(1)).await.refused();
        assert!(!error.is_permanent(), "{text:?}");
        match (hint(&error), &expected) {
            (Some(seconds), Some(range)) => assert!(range.contains(&seconds), "{text:?}: {seconds}"),
            (got, expected) => assert!(got.is_none() && expected.is_none(), "{text:?}: {got:?}"),
        }
    }
}

#[tokio::test]
async fn partial_success_is_passed_on_in_both_encodings() {
    let backend = Backend::start().await.unwrap();
    backend.answer(Answer::Partial { rejected: 2, message: "too old".to_owned() });
    for encoding in ["proto", "json"] {
        let sender = sender(&format!("{{endpoint: {}, encoding: {encoding}}}", backend.http_url()));
        let accepted = sender.send(&spans(5)).await.unwrap();
        assert_eq!(accepted, Accepted { rejected: 2, message: "too old".to_owned() });
    }
}

#[tokio::test]
async fn an_answer_is_read_up_to_4_mib_and_of_its_words_some_are_kept() {
    let backend = Backend::start().await.unwrap();
    let sender = sender(&format!("{{endpoint: {}}}", backend.http_url()));
    backend.answer_next(1, Answer::Partial { rejected: 2, message: "x".repeat(4_000_000) });
    let accepted = sender.send(&spans(5)).await.unwrap();
    assert_eq!(accepted.rejected, 2);
    assert_eq!(accepted.message, format!("{}...", "x".repeat(2048)));
    backend.answer_next(1, Answer::Partial { rejected: 2, message: "x".repeat(4_200_000) });
    assert_eq!(sender.send(&spans(5)).await.unwrap(), Accepted::default(), "taken, the rest was not read");
    let message = "ä".repeat(4000);
    backend.answer_next(1, Answer::Fail { http: 400, grpc: 3, retry_after: None, message });
    let error = sender.send(&spans(5)).await.refused();
    assert!(error.message.ends_with("ä..., Details=[]"), "{}", error.message.len());
}

/// A backend that reads a request's head and answers with these bytes, then with `x` for as long as it is read.
async fn rude(tasks: &mut JoinSet<()>, answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tasks.spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = [0; 8192];
            let _ = stream.read(&mut head).await.unwrap();
            stream.write_all(answer.as_bytes()).await.unwrap();
            while stream.write_all(&[b'x'; 8192]).await.is_ok() {}
        }
    });
    url
}

#[tokio::test]
async fn an_answer_without_end_is_read_up_to_a_bound() {
    let mut tasks = JoinSet::new();
    let url = rude(&mut tasks, "HTTP/1.1 400 Bad Request\r\ncontent-length: 99999999999\r\n\r\n").await;
    let error = sender(&format!("{{endpoint: '{url}'}}")).send(&spans(1)).await.refused();
    assert!(error.is_permanent());
    assert!(error.message.ends_with("responded with HTTP Status Code 400"), "{error}");
}

#[tokio::test]
async fn an_answer_that_is_no_http_may_pass() {
    let mut tasks = JoinSet::new();
    let url = rude(&mut tasks, "SSH-2.0-OpenSSH\r\n").await;
    let error = sender(&format!("{{endpoint: '{url}'}}")).send(&spans(1)).await.refused();
    assert!(!error.is_permanent(), "{error}");
}
