//! Bodies, answers and proxies, without a network.

use std::time::{Duration, SystemTime};

use agent_component::Accepted;
use agent_config::MapEnvironment;
use bytes::Bytes;
use http::HeaderMap;
use http_body::Body as _;
use http_body_util::BodyExt;

use super::*;

fn pieces(texts: &[&'static str]) -> Body {
    let pieces: Vec<Bytes> = texts.iter().map(|text| Bytes::from_static(text.as_bytes())).collect();
    pieces.iter().collect()
}

#[tokio::test]
async fn a_body_knows_its_length_and_gives_its_pieces_in_order() {
    let body = pieces(&["ab", "", "cde"]);
    assert_eq!(body.size_hint().exact(), Some(5));
    assert_eq!(body.collect().await.unwrap().to_bytes(), "abcde");
    assert!(Body::default().is_end_stream());
}

#[tokio::test]
async fn no_more_than_the_limit_is_read() {
    for (limit, expected) in [(100, "abcdef"), (6, "abcdef"), (4, "abcd"), (1, "a")] {
        let (read, _) = read_at_most(pieces(&["ab", "cd", "ef"]), limit).await.unwrap();
        assert_eq!(read, expected);
    }
}

#[test]
fn retry_after_is_read_in_both_forms() {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    let read = |text: &str| {
        let headers = HeaderMap::from_iter([(http::header::RETRY_AFTER, text.parse().unwrap())]);
        retry_after(&headers, now)
    };
    assert_eq!(read("120"), Some(Duration::from_mins(2)));
    assert_eq!(read("Sun, 09 Sep 2001 01:47:10 GMT"), Some(Duration::from_secs(30)));
    assert_eq!(read("Sun, 09 Sep 2001 01:46:10 GMT"), Some(Duration::ZERO));
    assert_eq!(read("soon"), None);
    assert_eq!(retry_after(&HeaderMap::new(), now), None);
}

#[test]
fn partial_success_is_read_and_malformed_answers_say_nothing() {
    let message = b"\x0a\x07\x08\x03\x12\x03odd";
    let expected = Accepted { rejected: 3, message: "odd".to_owned() };
    assert_eq!(partial_from_protobuf(message), Some(expected.clone()));
    assert_eq!(partial_from_protobuf(b""), None);
    for cut in 1..message.len() {
        assert_eq!(partial_from_protobuf(&message[..cut]), None);
    }
    let negative = b"\x0a\x0b\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01";
    assert_eq!(partial_from_protobuf(negative), Some(Accepted::default()));
    let json = br#"{"partialSuccess":{"rejectedSpans":"3","errorMessage":"odd","new":1}}"#;
    assert_eq!(partial_from_json(json), Some(expected));
    assert_eq!(partial_from_json(br#"{"partialSuccess":null}"#), None);
    assert_eq!(partial_from_json(b"<html>"), None);
}

#[test]
fn proxies_that_cannot_be_used_are_refused_without_showing_them() {
    let none = MapEnvironment::new();
    let reason = |url: &str| Proxy::new(url, &none).map(drop).unwrap_err();
    assert_eq!(
        reason("socks5://me:secret@h:1"),
        "proxies of the scheme \"socks5\" are not supported, only http and https"
    );
    assert_eq!(reason("http://h h"), "is not a URL");
    let environment =
        MapEnvironment::new().with("https_proxy", "socks5://me:secret@h:1").with("NO_PROXY", "near.example");
    let proxy = Proxy::new("", &environment).unwrap();
    let check = |url: &str| proxy.check(&url.parse().unwrap());
    assert_eq!(
        check("https://far.example").unwrap_err(),
        "HTTPS_PROXY of the environment: proxies of the scheme \"socks5\" are not supported, only http and https"
    );
    for without_proxy in ["http://far.example", "https://near.example", "https://localhost:4318"] {
        check(without_proxy).unwrap();
    }
}

#[test]
fn an_error_is_told_with_its_sources_each_once() {
    #[derive(Debug, thiserror::Error)]
    #[error("outer")]
    struct Outer(#[source] Inner);
    #[derive(Debug, thiserror::Error)]
    #[error("inner")]
    struct Inner(#[source] std::io::Error);
    let error = Outer(Inner(std::io::Error::other("inner")));
    assert_eq!(failure_text(&error), "outer: inner");
}
