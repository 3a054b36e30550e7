//! Certificates that come late and change, as those of a mounted Secret do.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{Webhook, end};
use crate::WebhookServer;
use crate::certificates::Certificates;
use crate::connections::{Limits, Serving, serve};

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

#[tokio::test]
async fn a_client_that_never_begins_its_handshake_is_cut_off() {
    let webhook = Webhook::new();
    let limits =
        Limits { head: Duration::from_millis(50), whole: Duration::from_hours(1), ..Limits::default() };
    let certificates = Some(Arc::new(Certificates::new(webhook.dir.path().to_owned())));
    let serving = Serving { name: "test server", router: Router::new(), limits, certificates };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut silent = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let stop = CancellationToken::new();
    let tasks = JoinSet::from_iter([serve(Ok(listener), serving, stop.clone())]);
    // Ends by the limit or not at all; a reset is as good an end.
    let _ = silent.read_to_end(&mut Vec::new()).await;
    end(&stop, tasks).await;
    webhook.end().await;
}

#[test]
fn an_address_that_cannot_be_had_is_named_with_its_setting() {
    let bind = |address| WebhookServer::bind(address, "nowhere", |_, _| Ok(Vec::new()));
    let first = bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let error = bind(first.local_addr()).unwrap_err();
    assert_eq!(error.to_string(), format!("listening on KM_WEBHOOK_ENDPOINT \"{}\"", first.local_addr()));
}
