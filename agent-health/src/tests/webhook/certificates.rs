//! Certificates that come late and change, as those of a mounted Secret do.

use std::time::Duration;

use super::Webhook;
use crate::WebhookServer;

/// Lets the time pass in which nobody looks at the files again.
async fn later() {
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(2)).await;
    tokio::time::resume();
}

#[tokio::test]
async fn a_certificate_may_come_after_the_server() {
    let webhook = Webhook::without_certificate();
    assert!(webhook.connect().await.is_err(), "closed at once, not left waiting");
    webhook.issue();
    later().await;
    webhook.connect().await.unwrap();
    webhook.end().await;
}

#[tokio::test]
async fn a_renewed_certificate_is_served_and_a_broken_one_is_not() {
    let webhook = Webhook::new();
    later().await;
    let served = async || {
        let socket = webhook.connect().await.unwrap();
        socket.get_ref().1.peer_certificates().unwrap()[0].clone().into_owned()
    };
    let first = served().await;
    let second = webhook.issue();
    later().await;
    assert_eq!(served().await, second);
    assert_ne!(first, second);
    std::fs::write(webhook.dir.path().join("tls.crt"), "broken").unwrap();
    later().await;
    assert_eq!(served().await, second);
    webhook.end().await;
}

#[test]
fn an_address_that_cannot_be_had_is_named_with_its_setting() {
    let bind = |address| WebhookServer::bind(address, "nowhere", |_, _| Ok(Vec::new()));
    let first = bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let error = bind(first.local_addr()).unwrap_err();
    assert_eq!(error.to_string(), format!("listening on KM_WEBHOOK_ENDPOINT \"{}\"", first.local_addr()));
}
