//! Sockets: whose they are, and what is said when they cannot be had.

use agent_component::{Receiver, ReceiverComponent};
use agent_otlp::Signal;
use tokio::io::AsyncWriteExt;
use tokio::net::UnixStream;

use super::harness::{BOTH, LOGS_JSON, Pipeline, config, context, http_with, run, run_into, soon};
use crate::otlp::Otlp;

#[tokio::test]
async fn a_port_in_use_is_named_with_its_key() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    for protocol in ["grpc", "http"] {
        let config = config(&format!("{{protocols: {{{protocol}: {{endpoint: '{address}'}}}}}}")).unwrap();
        let error = Otlp::build(&config, &context()).unwrap().start().await.unwrap_err();
        assert_eq!(error.at, format!("protocols::{protocol}::endpoint"));
        assert_eq!(
            error.message,
            format!("cannot listen on {address}: Address already in use (os error 98)")
        );
    }
}

#[tokio::test]
async fn two_receivers_of_one_process_share_a_port_while_one_replaces_the_other() {
    let context = context();
    let first = run(BOTH).await;
    let section = format!("{{protocols: {{http: {{endpoint: '{}'}}}}}}", first.http.unwrap());
    first.life.stop.cancel();
    soon(first.ended()).await;
    let mut old = Otlp::build(&config(&section).unwrap(), &context).unwrap();
    let mut new = Otlp::build(&config(&section).unwrap(), &context).unwrap();
    old.start().await.unwrap();
    new.start().await.unwrap();
    let address = |receiver: &Otlp| receiver.http.as_ref().unwrap().socket.as_ref().unwrap().address();
    assert_eq!(address(&old), address(&new));
}

#[tokio::test]
async fn a_unix_socket_serves_and_goes_away_with_the_receiver() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("otlp.sock");
    let section = format!("{{protocols: {{http: {{transport: unix, endpoint: '{}'}}}}}}", path.display());
    // Left behind by a process that died.
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let receiver = run_into(&section, Pipeline::new(), &[Signal::Logs]).await;
    let mut stream = UnixStream::connect(&path).await.unwrap();
    let request = format!(
        "POST /v1/logs HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{LOGS_JSON}",
        LOGS_JSON.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut answer).await.unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 200 OK"));
    // In use: not taken away from the one that listens.
    let error = Otlp::build(&config(&section).unwrap(), &context()).unwrap().start().await.unwrap_err();
    assert_eq!(error.at, "protocols::http::endpoint");
    receiver.life.stop.cancel();
    soon(receiver.ended()).await;
    assert!(!path.exists());
}

#[tokio::test]
async fn a_receiver_that_was_started_and_never_run_closes_its_port() {
    let config = config(&http_with("read_timeout: 1s")).unwrap();
    let mut receiver = Otlp::build(&config, &context()).unwrap();
    receiver.start().await.unwrap();
    let address = receiver.http.as_ref().unwrap().socket.as_ref().unwrap().address().unwrap();
    drop(receiver);
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}
