//! Small bodies that want to become a gigabyte: each is refused with the right status, and the process never holds more than
//! its limits allow. Alone in its binary, because the memory of the process is what it measures.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test: what fails may panic, and its figures are worth seeing"
)]

use std::net::SocketAddr;
use std::sync::Arc;

use agent_component::{
    BoxFuture, BuildContext, BuildInfo, ConsumeResult, Consumer, Host, Life, Next, Outputs, Receiver,
    ReceiverComponent, Telemetry,
};
use agent_config::{ComponentId, Document, MapEnvironment};
use agent_net::compression::{Codec, compress};
use agent_net::grpc::Status;
use agent_otlp::Signal;
use agent_receivers::otlp::Otlp;
use bytes::Bytes;
use flate2::{Compress, Compression, FlushCompress};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

const MIB: usize = 1 << 20;
const GIB: usize = 1 << 30;
/// The defaults of the settings.
const HTTP_LIMIT: usize = 20 * MIB;
const GRPC_LIMIT: usize = 4 * MIB;
/// Bombs sent side by side.
const AT_ONCE: usize = 8;
/// One bomb is opened at a time. What it becomes may be held by the allocator while the next one gets room of its own.
const OPENED: usize = 2;
/// For connections, decoders and what the allocator keeps.
const SMALL_CHANGE: usize = 32 * MIB;

/// What must never be reached.
struct Unreached;

impl Consumer for Unreached {
    fn consume(&self, _: Telemetry) -> BoxFuture<'_, ConsumeResult> {
        Box::pin(async { panic!("a bomb went through") })
    }
}

/// A deflate stream of a gibibyte of zeros, without an end.
fn deflated() -> Vec<u8> {
    let mut coder = Compress::new(Compression::best(), false);
    let mut piece = Vec::with_capacity(MIB);
    coder.compress_vec(&vec![0; MIB], &mut piece, FlushCompress::Full).unwrap();
    // After a full flush nothing refers to what was before it, so the piece can be repeated.
    piece.repeat(GIB / MIB)
}

/// The end of a deflate stream: a stored block of no bytes, marked as the last.
const END: [u8; 5] = [1, 0, 0, 0xff, 0xff];

/// gzip, saying that it holds `size` bytes.
fn gzip(size: usize) -> Vec<u8> {
    let size = u32::try_from(size).unwrap().to_le_bytes();
    [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255], &deflated()[..], &END, &[0; 4], &size].concat()
}

/// Many members of one mebibyte.
fn gzip_members() -> Vec<u8> {
    packed(Codec::Gzip, &vec![0; MIB]).repeat(GIB / MIB)
}

fn zlib() -> Vec<u8> {
    [&[0x78, 0xda], &deflated()[..], &END, &[0; 4]].concat()
}

/// zstd in blocks of one repeated byte (RFC 8878, 3.1.1), with or without a content size.
fn zstd(size: Option<usize>) -> Vec<u8> {
    const BLOCK: u32 = 128 << 10;
    let mut bomb = 0xfd2f_b528_u32.to_le_bytes().to_vec();
    match size {
        // A single segment with a size of eight bytes.
        Some(size) => {
            bomb.push(0b1110_0000);
            bomb.extend_from_slice(&(size as u64).to_le_bytes());
        }
        // A window of eight mebibytes.
        None => bomb.extend_from_slice(&[0, 13 << 3]),
    }
    let blocks = u32::try_from(GIB).unwrap() / BLOCK;
    for n in 1..=blocks {
        let head = BLOCK << 3 | 1 << 1 | u32::from(n == blocks);
        bomb.extend_from_slice(&head.to_le_bytes()[..3]);
        bomb.push(0);
    }
    bomb
}

/// One frame of many equal blocks, as many as make a gibibyte or fit `limit`.
fn lz4(limit: usize) -> Vec<u8> {
    let one = packed(Codec::Lz4, &vec![0; 64 << 10]);
    let (head, behind) = one.split_at(7);
    let block = &behind[..behind.len() - 4];
    let count = (GIB >> 16).min((limit - 32) / block.len());
    [head, &block.repeat(count), &[0; 4]].concat()
}

/// The framed format, which never makes more than some twenty times of a body.
fn snappy_framed(limit: usize) -> Vec<u8> {
    let one = packed(Codec::SnappyFramed, &vec![0; 64 << 10]);
    let (head, chunk) = one.split_at(10);
    [head, &chunk.repeat((limit - 32) / chunk.len())].concat()
}

/// A block that says it becomes a gibibyte.
fn snappy_block() -> Vec<u8> {
    [&[0x80, 0x80, 0x80, 0x80, 4], &[0; 1000][..]].concat()
}

fn packed(codec: Codec, bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    compress(codec, None, bytes, &mut out).unwrap();
    out
}

/// A number of `/proc/self/status` in bytes.
fn memory(key: &str) -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(key)).unwrap();
    line.trim_start_matches(':').trim().trim_end_matches(" kB").parse::<usize>().unwrap() << 10
}

/// Sends the same bomb several times side by side; each must be answered with `status`, within the memory that the limits
/// allow: each body whole and as much again read ahead, and what becomes of one.
async fn check<F>(what: &str, bomb: Bytes, limit: usize, status: u32, send: impl Fn(Bytes) -> F)
where
    F: Future<Output = u32> + Send + 'static,
{
    // Sets the high water mark to what is used now (proc(5)).
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    let before = memory("VmRSS");
    let mut requests = JoinSet::new();
    for _ in 0..AT_ONCE {
        requests.spawn(send(bomb.clone()));
    }
    for answered in requests.join_all().await {
        assert_eq!(answered, status, "{what}");
    }
    let rose = memory("VmHWM").saturating_sub(before);
    println!("{what}: {} KiB sent, memory rose by {} MiB", bomb.len() >> 10, rose / MIB);
    let allowed = AT_ONCE * 2 * bomb.len() + OPENED * limit + SMALL_CHANGE;
    assert!(rose <= allowed, "{what}: {rose} bytes, {allowed} allowed");
}

fn context() -> BuildContext {
    let host = Host::new(BuildInfo { version: "0", commit: "none" }, Arc::new(MapEnvironment::new()));
    BuildContext { id: "otlp".parse().unwrap(), pipeline: None, host: Arc::new(host) }
}

/// Starts a receiver with default limits; its HTTP and its gRPC port.
#[expect(clippy::disallowed_methods, reason = "ends with the process")]
async fn start(consumer: Arc<dyn Consumer>) -> (SocketAddr, SocketAddr) {
    let context = context();
    let port = || context.host.listeners.tcp("127.0.0.1:0").unwrap();
    // Held until the receiver has them, so that it gets the same ones.
    let (http, grpc) = (port(), port());
    let (http_at, grpc_at) = (http.local_addr().unwrap(), grpc.local_addr().unwrap());
    let text = format!(
        "receivers: {{otlp: {{protocols: {{grpc: {{endpoint: '{grpc_at}'}}, http: {{endpoint: '{http_at}'}}}}}}}}\n\
         exporters: {{nop: }}\nservice: {{pipelines: {{logs: {{receivers: [otlp], exporters: [nop]}}}}}}\n"
    );
    let (document, mut issues) = Document::parse(&text, &MapEnvironment::new());
    let section = &document.unwrap().receivers[&"otlp".parse::<ComponentId>().unwrap()];
    let config = section.decode_valid(&mut issues).unwrap();
    let mut receiver = Box::new(Otlp::build(&config, &context).unwrap());
    receiver.start().await.unwrap();
    let mut outputs = Outputs::default();
    outputs.set(Signal::Logs, Next::new(consumer));
    tokio::spawn(receiver.run(outputs, Life::default()));
    (http_at, grpc_at)
}

/// The status of a POST over HTTP/1.1, 0 when the answer does not say that it is a matter of size.
async fn post(address: SocketAddr, encoding: &'static str, body: Bytes) -> u32 {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST /v1/logs HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Type: application/x-protobuf\r\n\
         Content-Encoding: {encoding}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&body).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer);
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    if answer.contains("larger than 20971520 bytes when decompressed") { status } else { 0 }
}

/// The gRPC status of a call; `body` is the framed message.
async fn call(address: SocketAddr, encoding: &'static str, body: Bytes) -> u32 {
    let stream = TokioIo::new(TcpStream::connect(address).await.unwrap());
    let (mut client, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), stream).await.unwrap();
    let request = http::Request::post("http://h/opentelemetry.proto.collector.logs.v1.LogsService/Export")
        .header("content-type", "application/grpc")
        .header("grpc-encoding", encoding)
        .body(Full::new(body))
        .unwrap();
    let answered = async {
        let (head, body) = client.send_request(request).await.unwrap().into_parts();
        let trailers = body.collect().await.unwrap().trailers().cloned().unwrap_or(head.headers);
        Status::from_trailers(&trailers).unwrap().code
    };
    tokio::select! {
        code = answered => code,
        _ = connection => panic!("the connection ended"),
    }
}

fn framed(message: &[u8]) -> Bytes {
    let length = u32::try_from(message.len()).unwrap().to_be_bytes();
    Bytes::from([&[1], &length[..], message].concat())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bombs_are_refused_within_the_limits() {
    let (http, grpc) = start(Arc::new(Unreached)).await;
    for (encoding, what, bomb) in [
        ("gzip", "gzip", gzip(GIB)),
        ("gzip", "gzip that lies", gzip(1000)),
        ("zstd", "zstd", zstd(None)),
        ("zstd", "zstd with its size", zstd(Some(GIB))),
        ("snappy", "snappy frames", snappy_framed(GRPC_LIMIT)),
    ] {
        let what = format!("grpc {what}");
        check(&what, framed(&bomb), GRPC_LIMIT, 8, |bomb| call(grpc, encoding, bomb)).await;
    }
    for (encoding, what, bomb) in [
        ("zstd", "zstd", zstd(None)),
        ("zstd", "zstd with its size", zstd(Some(GIB))),
        ("snappy", "snappy block", snappy_block()),
        ("gzip", "gzip", gzip(GIB)),
        ("gzip", "gzip that lies", gzip(1000)),
        ("gzip", "gzip in members", gzip_members()),
        ("zlib", "zlib", zlib()),
        ("deflate", "deflate", zlib()),
        ("lz4", "lz4", lz4(HTTP_LIMIT)),
        ("snappy", "snappy frames", snappy_framed(HTTP_LIMIT)),
        ("x-snappy-framed", "framed snappy", snappy_framed(HTTP_LIMIT)),
    ] {
        let what = format!("http {what}");
        check(&what, bomb.into(), HTTP_LIMIT, 400, |bomb| post(http, encoding, bomb)).await;
    }
    assert!(memory("VmRSS") < GIB, "what was refused is given back");
}
