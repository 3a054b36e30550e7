//! Clients that are slow, many, rude; the end of the server.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::{Fixture, exchange, get, read};
use crate::connections::Limits;

/// So short that a test may wait for it, for the limit that the test is about.
const SHORT: Duration = Duration::from_millis(50);

#[tokio::test]
async fn a_client_that_never_ends_its_head_is_cut_off() {
    let fixture =
        Fixture::with_limits(Limits { head: SHORT, whole: Duration::from_hours(1), ..Limits::default() });
    let mut slow = TcpStream::connect(fixture.address).await.unwrap();
    slow.write_all(b"GET / HTT").await.unwrap();
    let mut rest = Vec::new();
    // Ends by the server's limit or not at all; a reset is as good an end.
    let _ = slow.read_to_end(&mut rest).await;
    assert_eq!(fixture.get("/health").await.status, 200);
    fixture.end().await;
}

#[tokio::test]
async fn a_client_that_dawdles_over_its_body_is_cut_off() {
    let fixture = Fixture::with_limits(Limits { whole: SHORT, ..Limits::default() });
    let mut slow = TcpStream::connect(fixture.address).await.unwrap();
    slow.write_all(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nb").await.unwrap();
    let mut rest = Vec::new();
    let _ = slow.read_to_end(&mut rest).await;
    assert_eq!(rest, b"");
    fixture.end().await;
}

#[tokio::test]
async fn at_the_limit_the_oldest_connection_makes_room() {
    let fixture = Fixture::with_limits(Limits { connections: 4, drain: SHORT, ..Limits::default() });
    let mut idle = Vec::new();
    for _ in 0..20 {
        idle.push(TcpStream::connect(fixture.address).await.unwrap());
    }
    assert_eq!(fixture.get("/health").await.status, 200);
    let mut oldest = idle.swap_remove(0);
    assert!(matches!(oldest.read(&mut [0]).await, Ok(0) | Err(_)), "closed long before its time limit");
    fixture.end().await;
}

#[tokio::test]
async fn a_connection_serves_one_request_and_says_so() {
    let fixture = Fixture::new();
    let twice = "GET /health HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n".repeat(2);
    let reply = exchange(fixture.address, &twice).await;
    assert!(reply.head.contains("connection: close\r\n"), "{}", reply.head);
    assert_eq!(reply.body, r#"{"status":"alive"}"#);
    fixture.end().await;
}

#[tokio::test]
async fn a_half_closed_client_gets_its_answer() {
    let fixture = Fixture::new();
    let mut socket = TcpStream::connect(fixture.address).await.unwrap();
    socket.write_all(b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    socket.shutdown().await.unwrap();
    assert_eq!(read(&mut socket).await.status, 200);
    fixture.end().await;
}

#[tokio::test]
async fn nonsense_and_huge_heads_are_refused() {
    let fixture = Fixture::new();
    assert_eq!(exchange(fixture.address, "\x16\x03\x01 hello\r\n\r\n").await.status, 400);
    let mut socket = TcpStream::connect(fixture.address).await.unwrap();
    let head = format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(1_000_000));
    // The server may close before it has all.
    let _ = socket.write_all(head.as_bytes()).await;
    let mut rest = Vec::new();
    let _ = socket.read_to_end(&mut rest).await;
    assert!(rest.is_empty() || rest.starts_with(b"HTTP/1.1 431 "));
    assert_eq!(fixture.get("/health").await.status, 200);
    fixture.end().await;
}

#[tokio::test]
async fn stopping_finishes_what_is_under_way_and_takes_nothing_new() {
    let fixture = Fixture::new();
    let mut open = TcpStream::connect(fixture.address).await.unwrap();
    open.write_all(b"POST /health HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n").await.unwrap();
    // Accepted in order: once this is answered, the one before it is being served.
    assert_eq!(fixture.get("/health").await.status, 200);
    let address = fixture.address;
    fixture.stop.cancel();
    open.write_all(b"x").await.unwrap();
    assert_eq!(read(&mut open).await.status, 200);
    fixture.end().await;
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn stopping_does_not_wait_for_a_client_without_end() {
    let fixture = Fixture::with_limits(Limits { drain: SHORT, ..Limits::default() });
    let address = fixture.address;
    let mut slow = TcpStream::connect(address).await.unwrap();
    slow.write_all(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n").await.unwrap();
    assert_eq!(get(address, "/health").await.status, 200);
    fixture.end().await;
    let _ = slow.read_to_end(&mut Vec::new()).await;
}
