//! Requests that are no reviews, or too much of one.

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::{DEPLOYMENT, Webhook, review};

#[tokio::test]
async fn a_malformed_review_is_refused_with_the_reason() {
    let webhook = Webhook::new();
    let with = |pointer: &str, value| {
        let mut review = review("CREATE", &json!({DEPLOYMENT: "good"}));
        *review.pointer_mut(pointer).unwrap() = value;
        review.to_string()
    };
    let of_v1 = "AdmissionReview of admission.k8s.io/v1 is understood, not";
    for (body, reason) in [
        ("not json".to_owned(), "this is no AdmissionReview: expected ident at line 1 column 2".to_owned()),
        ("[".repeat(100_000), "this is no AdmissionReview: ".to_owned()),
        ("{}".to_owned(), format!("{of_v1} \"\" of \"\"")),
        (
            with("/apiVersion", "admission.k8s.io/v1beta1".into()),
            format!("{of_v1} \"AdmissionReview\" of \"admission.k8s.io/v1beta1\""),
        ),
        (with("/kind", "x".repeat(1_000).into()), format!("{of_v1} \"{}\" of", "x".repeat(64))),
        (with("/request", json!(null)), "the AdmissionReview has no request".to_owned()),
        (with("/request/uid", "".into()), "the request has no uid".to_owned()),
        (with("/request/uid", 5.into()), "this is no AdmissionReview: invalid type".to_owned()),
        (with("/request/object", json!(null)), "the request has no object".to_owned()),
        (with("/request/object", json!([])), "the object of the request is no ConfigMap: ".to_owned()),
        (
            with("/request/object/data", json!({DEPLOYMENT: 5})),
            "the object of the request is no ConfigMap: ".to_owned(),
        ),
    ] {
        let reply = webhook.post(&body).await;
        assert_eq!(reply.status, 400, "{}", reply.body);
        assert!(reply.body.starts_with(&reason), "{} {reason}", reply.body);
    }
    assert_eq!(webhook.asked(), []);
    webhook.end().await;
}

#[tokio::test]
async fn what_is_too_large_or_not_json_or_elsewhere_is_refused() {
    let webhook = Webhook::new();
    let ask = async |line: &str, headers: &str| {
        webhook.exchange(&format!("{line} HTTP/1.1\r\nHost: a{headers}"), "").await.status
    };
    let json = "\r\nContent-Type: application/json";
    let too_large = format!("{json}\r\nContent-Length: {}", 3 * 1024 * 1024 + 1);
    assert_eq!(ask("POST /validate-config", &too_large).await, 413);
    assert_eq!(ask("POST /validate-config", "\r\nContent-Length: 0").await, 415);
    assert_eq!(ask("POST /validate-config", "\r\nContent-Type: text/plain").await, 415);
    assert_eq!(ask("GET /validate-config", "").await, 405);
    assert_eq!(ask("POST /", json).await, 404);
    webhook.end().await;
}

#[tokio::test]
async fn an_object_of_the_largest_size_is_judged() {
    let webhook = Webhook::new();
    let text = "a".repeat(1024 * 1024);
    assert_eq!(webhook.review(&review("CREATE", &json!({DEPLOYMENT: text}))).await["allowed"], true);
    assert_eq!(webhook.asked()[0].1.len(), 1024 * 1024);
    webhook.end().await;
}

#[tokio::test]
async fn a_client_without_tls_is_turned_away_and_costs_nothing() {
    let webhook = Webhook::new();
    let mut plain = TcpStream::connect(webhook.address).await.unwrap();
    plain.write_all(b"POST /validate-config HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    // An alert, or just the end.
    let _ = plain.read_to_end(&mut answer).await;
    assert!(!answer.starts_with(b"HTTP"));
    assert_eq!(webhook.review(&review("CREATE", &json!({DEPLOYMENT: "good"}))).await["allowed"], true);
    webhook.end().await;
}
