//! Receivers replace each other on the same sockets under clients that never pause.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use agent_component::BuildContext;
use agent_otlp::Signal;
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http2::{self, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;
use tokio_util::sync::CancellationToken;

use super::harness::{
    LOGS_JSON, Pipeline, Running, context, logs_protobuf, outputs, post_logs, run_in, soon,
};
use super::http2::Tap;
use super::tls::{Authority, tls};
use crate::otlp::server::hold::Frames;

const REPLACEMENTS: usize = 20;
/// On each HTTP/2 connection that is shared.
const CALLERS: usize = 3;

/// What the clients have seen.
#[derive(Debug, Default)]
struct Ledger {
    answered: AtomicUsize,
    connections: AtomicUsize,
}

trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// Where a client connects to, and how.
#[derive(Clone)]
struct Target {
    address: SocketAddr,
    tls: Option<TlsConnector>,
    ledger: Arc<Ledger>,
    end: CancellationToken,
}

impl Target {
    async fn connect(&self) -> Box<dyn Duplex> {
        let stream = TcpStream::connect(self.address).await.expect("a refused connection");
        self.ledger.connections.fetch_add(1, Relaxed);
        let Some(tls) = &self.tls else { return Box::new(stream) };
        let name = ServerName::try_from("localhost").unwrap();
        Box::new(tls.connect(name, stream).await.expect("a failed handshake"))
    }
}

/// One HTTP/1.1 client: requests one after the other, a new connection when it was told that the old one ends.
async fn http1(target: Target) {
    let Target { ledger, end, .. } = &target;
    let request = post_logs();
    while !end.is_cancelled() {
        let mut stream = target.connect().await;
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

/// One HTTP/2 connection after the other, each for one caller or for several.
#[expect(clippy::disallowed_methods, reason = "ends with the connection")]
async fn http2(target: Target, is_grpc: bool, callers: usize) {
    while !target.end.is_cancelled() {
        let requests = Arc::new(AtomicUsize::new(0));
        let stream =
            Tap { stream: target.connect().await, frames: Frames::new(), requests: Arc::clone(&requests) };
        let (client, connection) =
            http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.expect("a reset connection");
        let connection = tokio::spawn(connection);
        let mut calls = JoinSet::new();
        for _ in 0..callers {
            calls.spawn(caller(client.clone(), is_grpc, callers == 1, target.end.clone()));
        }
        drop(client);
        let answered: usize = calls.join_all().await.into_iter().sum();
        // Errors would be those of a connection that was told to go.
        let _ = soon(connection).await.unwrap();
        assert_eq!(requests.load(Relaxed), answered, "every request that left was answered");
        target.ledger.answered.fetch_add(answered, Relaxed);
    }
}

/// Calls until the connection takes no more, and counts the answers.
async fn caller(
    mut client: SendRequest<Full<Bytes>>,
    is_grpc: bool,
    is_alone: bool,
    end: CancellationToken,
) -> usize {
    let mut answered = 0;
    while !end.is_cancelled() && client.ready().await.is_ok() {
        let response = match client.send_request(request(is_grpc)).await {
            Ok(response) => response,
            Err(error) => {
                // The library fails what it has not sent when the connection is told to go at that moment. A caller
                // that is alone is told while it waits for an answer.
                assert!(!is_alone, "a failed request: {error:?}");
                break;
            }
        };
        assert_eq!(response.status(), 200);
        let body = response.into_body().collect().await.expect("an answer that broke off");
        assert!(!is_grpc || body.trailers().unwrap()["grpc-status"] == "0");
        answered += 1;
        pause().await;
    }
    answered
}

/// Up to a tenth of a second, so that requests come at any moment of a replacement.
async fn pause() {
    tokio::time::sleep(Duration::from_micros(fastrand::u64(..100_000))).await;
}

/// Mostly small; some large, so that they are on their way for a while.
fn request(is_grpc: bool) -> Request<Full<Bytes>> {
    static LARGE: LazyLock<Vec<u8>> = LazyLock::new(|| logs_protobuf(5_000));
    let message = if fastrand::u8(..30) == 0 { LARGE.clone() } else { logs_protobuf(1) };
    let (path, kind, body) = if is_grpc {
        let header = agent_net::grpc::frame_header(false, message.len()).unwrap();
        let framed = [&header[..], &message].concat();
        ("opentelemetry.proto.collector.logs.v1.LogsService/Export", "application/grpc", framed)
    } else {
        ("v1/logs", "application/x-protobuf", message)
    };
    let request = Request::post(format!("http://h/{path}")).header("content-type", kind);
    request.body(Full::new(Bytes::from(body))).unwrap()
}

async fn start(context: &BuildContext, section: &str, pipeline: &Arc<Pipeline>) -> Running {
    run_in(context, section, Arc::clone(pipeline), outputs(pipeline, &Signal::ALL)).await
}

/// Replaces a receiver again and again under `count` clients of each kind. `tls` is that of the settings.
async fn replace_under(count: usize, connectors: [Option<TlsConnector>; 2], tls: &str) {
    let (context, pipeline) = (context(), Pipeline::new());
    let section = |grpc: &str, http: &str, n: usize| {
        let more = format!("include_metadata: {}, {tls}", n.is_multiple_of(2));
        format!(
            "{{protocols: {{grpc: {{endpoint: '{grpc}', {more}}}, http: {{endpoint: '{http}', {more}}}}}}}"
        )
    };
    let mut running = start(&context, &section("127.0.0.1:0", "127.0.0.1:0", 0), &pipeline).await;
    let (grpc, http) = (running.grpc.unwrap(), running.http.unwrap());
    let (ledger, end) = (Arc::new(Ledger::default()), CancellationToken::new());
    let target = |address, tls: &Option<TlsConnector>| Target {
        address,
        tls: tls.clone(),
        ledger: ledger.clone(),
        end: end.clone(),
    };
    let [h1, h2] = &connectors;
    let mut clients = JoinSet::new();
    for n in 0..count {
        clients.spawn(http1(target(http, h1)));
        // A few of them speak HTTP/2 to the HTTP port.
        let is_grpc = n % 5 > 0;
        let callers = if n.is_multiple_of(2) { 1 } else { CALLERS };
        clients.spawn(http2(target(if is_grpc { grpc } else { http }, h2), is_grpc, callers));
    }
    let mut replaced = JoinSet::new();
    for n in 1..=REPLACEMENTS {
        let before = ledger.answered.load(Relaxed);
        let next = start(&context, &section(&grpc.to_string(), &http.to_string(), n), &pipeline).await;
        let old = std::mem::replace(&mut running, next);
        old.life.stop.cancel();
        replaced.spawn(old.ended());
        // Until every client had its turn, more or less.
        soon(async {
            while ledger.answered.load(Relaxed) < before + 3 * count {
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
    assert!(connections > count * REPLACEMENTS / 2, "{connections} connections");
    running.life.stop.cancel();
    soon(running.ended()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_client_of_two_hundred_notices_twenty_replacements() {
    replace_under(100, [None, None], "").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nor_does_one_over_tls() {
    let authority = Authority::new();
    authority.issue("server");
    let connectors = [["http/1.1"], ["h2"]].map(|alpn| Some(authority.connector(&alpn, None)));
    replace_under(10, connectors, &tls(authority.folder.path(), "")).await;
}

#[tokio::test]
async fn either_of_two_on_one_socket_takes_all_once_the_other_has_stopped() {
    for first_stops in [true, false] {
        let context = context();
        let (one, two) = (Pipeline::new(), Pipeline::new());
        let first = start(&context, super::harness::BOTH, &one).await;
        let address = first.http.unwrap();
        let section = format!("{{protocols: {{http: {{endpoint: '{address}'}}}}}}");
        let second = start(&context, &section, &two).await;
        let (gone, left) = if first_stops { (first, second) } else { (second, first) };
        gone.life.stop.cancel();
        soon(gone.ended()).await;
        for _ in 0..10 {
            assert_eq!(soon(left.post_json("/v1/logs", LOGS_JSON)).await.status, 200);
        }
        assert_eq!((one.items().len(), two.items().len()), if first_stops { (0, 10) } else { (10, 0) });
    }
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
