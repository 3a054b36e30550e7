//! Receivers replace each other on the same sockets under clients that never pause.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use agent_component::BuildContext;
use agent_otlp::Signal;
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http2::{self, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::harness::{
    LOGS_JSON, Pipeline, Running, context, logs_protobuf, outputs, post_logs, run_in, soon,
};

const REPLACEMENTS: usize = 20;
/// Of HTTP/1.1, and of HTTP/2.
const CLIENTS: usize = 100;
/// On each HTTP/2 connection.
const CALLERS: usize = 3;

/// What the clients have seen.
#[derive(Debug, Default)]
struct Ledger {
    answered: AtomicUsize,
    connections: AtomicUsize,
}

/// One HTTP/1.1 client: requests one after the other, a new connection when it was told that the old one ends.
async fn http1(address: SocketAddr, ledger: Arc<Ledger>, end: CancellationToken) {
    let request = post_logs();
    while !end.is_cancelled() {
        let mut stream = TcpStream::connect(address).await.expect("a refused connection");
        ledger.connections.fetch_add(1, Relaxed);
        let mut is_open = true;
        while is_open && !end.is_cancelled() {
            stream.write_all(&request).await.expect("a failed request");
            let mut answer = Vec::new();
            while !answer.ends_with(br#"{"partialSuccess":{}}"#) {
                let read = stream.read_buf(&mut answer).await.expect("a reset connection");
                assert_ne!(read, 0, "a request without an answer");
            }
            assert!(answer.starts_with(b"HTTP/1.1 200 OK"));
            ledger.answered.fetch_add(1, Relaxed);
            let text = String::from_utf8(answer).unwrap().to_ascii_lowercase();
            is_open = !text.contains("connection: close");
            pause().await;
        }
    }
}

/// One HTTP/2 connection after the other, each shared by several callers.
#[expect(clippy::disallowed_methods, reason = "ends with the connection")]
async fn http2(address: SocketAddr, is_grpc: bool, ledger: Arc<Ledger>, end: CancellationToken) {
    while !end.is_cancelled() {
        let stream = TcpStream::connect(address).await.expect("a refused connection");
        let (client, connection) =
            http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.expect("a reset connection");
        tokio::spawn(connection);
        ledger.connections.fetch_add(1, Relaxed);
        let mut callers = JoinSet::new();
        for _ in 0..CALLERS {
            callers.spawn(caller(client.clone(), is_grpc, ledger.clone(), end.clone()));
        }
        while let Some(caller) = callers.join_next().await {
            caller.unwrap();
        }
    }
}

/// Calls until the connection takes no more. A request that the library gives back has not been sent.
async fn caller(
    mut client: SendRequest<Full<Bytes>>,
    is_grpc: bool,
    ledger: Arc<Ledger>,
    end: CancellationToken,
) {
    while !end.is_cancelled() && client.ready().await.is_ok() {
        let response = match client.try_send_request(request(is_grpc)).await {
            Ok(response) => response,
            Err(mut error) => {
                assert!(error.take_message().is_some(), "a failed request: {:?}", error.error());
                return;
            }
        };
        assert_eq!(response.status(), 200);
        let body = response.into_body().collect().await.expect("an answer that broke off");
        assert!(!is_grpc || body.trailers().unwrap()["grpc-status"] == "0");
        ledger.answered.fetch_add(1, Relaxed);
        pause().await;
    }
}

/// Up to a tenth of a second, so that requests come at any moment of a replacement.
async fn pause() {
    tokio::time::sleep(Duration::from_micros(fastrand::u64(..100_000))).await;
}

fn request(is_grpc: bool) -> Request<Full<Bytes>> {
    let (path, kind, body) = if is_grpc {
        let message = logs_protobuf(1);
        let framed = [&[0, 0, 0, 0, u8::try_from(message.len()).unwrap()], &message[..]].concat();
        ("opentelemetry.proto.collector.logs.v1.LogsService/Export", "application/grpc", framed)
    } else {
        ("v1/logs", "application/json", LOGS_JSON.as_bytes().to_vec())
    };
    let request = Request::post(format!("http://h/{path}")).header("content-type", kind);
    request.body(Full::new(Bytes::from(body))).unwrap()
}

async fn start(context: &BuildContext, section: &str, pipeline: &Arc<Pipeline>) -> Running {
    run_in(context, section, Arc::clone(pipeline), outputs(pipeline, &Signal::ALL)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_client_of_two_hundred_notices_twenty_replacements() {
    let (context, pipeline) = (context(), Pipeline::new());
    let mut running = start(&context, super::harness::BOTH, &pipeline).await;
    let (grpc, http) = (running.grpc.unwrap(), running.http.unwrap());
    let (ledger, end) = (Arc::new(Ledger::default()), CancellationToken::new());
    let mut clients = JoinSet::new();
    for n in 0..CLIENTS {
        clients.spawn(http1(http, ledger.clone(), end.clone()));
        // A few of them speak HTTP/2 to the HTTP port.
        let is_grpc = n % 5 > 0;
        clients.spawn(http2(if is_grpc { grpc } else { http }, is_grpc, ledger.clone(), end.clone()));
    }
    let mut replaced = JoinSet::new();
    for n in 0..REPLACEMENTS {
        let settings = format!("include_metadata: {}", n % 2 == 0);
        let section = format!(
            "{{protocols: {{grpc: {{endpoint: '{grpc}', {settings}}}, http: {{endpoint: '{http}', {settings}}}}}}}"
        );
        let before = ledger.answered.load(Relaxed);
        let next = start(&context, &section, &pipeline).await;
        let old = std::mem::replace(&mut running, next);
        old.life.stop.cancel();
        replaced.spawn(old.ended());
        // Until every client had its turn, more or less.
        soon(async {
            while ledger.answered.load(Relaxed) < before + 3 * CLIENTS {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
        .await;
    }
    end.cancel();
    while let Some(client) = soon(clients.join_next()).await {
        client.unwrap();
    }
    while let Some(old) = soon(replaced.join_next()).await {
        old.unwrap();
    }
    let (answered, connections) = (ledger.answered.load(Relaxed), ledger.connections.load(Relaxed));
    assert_eq!(
        pipeline.items().len(),
        answered,
        "an answer for each request that was taken, and no second one"
    );
    // Replacements follow each other faster than all clients ask, and still each client met many.
    assert!(connections > CLIENTS * REPLACEMENTS / 2, "{connections} connections");
    running.life.stop.cancel();
    soon(running.ended()).await;
}

#[tokio::test]
async fn a_unix_socket_is_handed_over() {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("otlp.sock");
    let section = |more: &str| {
        format!("{{protocols: {{http: {{transport: unix, endpoint: '{}', {more}}}}}}}", path.display())
    };
    let (context, pipeline) = (context(), Pipeline::new());
    let ask = async || {
        let mut stream = UnixStream::connect(&path).await.unwrap();
        stream.write_all(&post_logs()).await.unwrap();
        stream.shutdown().await.unwrap();
        assert_eq!(soon(super::harness::read_reply(stream)).await.status, 200);
    };
    let old = start(&context, &section("include_metadata: false"), &pipeline).await;
    ask().await;
    let new = start(&context, &section("include_metadata: true"), &pipeline).await;
    old.life.stop.cancel();
    soon(old.ended()).await;
    ask().await;
    let got = pipeline.got.lock().unwrap().len();
    assert_eq!(got, 2);
    new.life.stop.cancel();
    soon(new.ended()).await;
    assert!(!path.exists());
}
