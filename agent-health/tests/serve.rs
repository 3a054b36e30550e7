//! `examples/serve.rs` does what it says.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

#[allow(dead_code, reason = "`main` is for who runs the example")]
#[path = "../examples/serve.rs"]
mod serve;

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

#[tokio::test]
async fn probes_are_answered_while_it_works_and_it_ends_when_told() {
    let stop = CancellationToken::new();
    let (listening, address) = oneshot::channel();
    let serving = serve::serve(
        "127.0.0.1:0",
        &stop,
        |address| listening.send(address).unwrap(),
        tokio::task::yield_now,
    );
    let probing = async {
        let address = address.await.unwrap();
        let answers = [get(address, "/health").await, get(address, "/ready").await];
        stop.cancel();
        answers
    };
    let both = async { tokio::join!(serving, probing) };
    let (served, [alive, ready]) = tokio::time::timeout(Duration::from_secs(30), both).await.unwrap();
    served.unwrap();
    assert!(alive.starts_with("HTTP/1.1 200 ") && alive.ends_with(r#"{"status":"alive"}"#), "{alive}");
    assert!(ready.starts_with("HTTP/1.1 200 ") && ready.ends_with(r#"{"status":"ready"}"#), "{ready}");
}

async fn get(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(format!("GET {path} HTTP/1.1\r\nhost: {address}\r\n\r\n").as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}
