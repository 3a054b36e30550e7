//! The control: a server that does with bombs what any server has to, and nothing more.
//!
//! It takes the connection, reads as much of the body as the agent does, refuses, and does not look at a byte. What the usual
//! clients notice while the same senders throw the same bytes at it is what the senders, the kernel and the machine do to
//! them, not the agent.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener as Listener};
use std::time::Duration;

use anyhow::Result;
use bytes::Bytes;
use h2::server::{Builder, SendResponse};
use h2::{RecvStream, server};
use http::{Request, Response};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::apart::Apart;

/// A body is read if it is not longer, as by the agent; else it is refused when its head is here.
const READS: usize = 20 << 20;
/// For how long the rest of what a client sends is read away after the answer, as by the agent.
const LINGER: Duration = Duration::from_secs(1);
const PIECE: usize = 64 << 10;
/// What the agent lets HTTP/2 clients send ahead.
const FRAME: u32 = 256 << 10;
const STREAM_WINDOW: u32 = 512 << 10;
const CONNECTION_WINDOW: u32 = 8 << 20;

/// Where it listens. The servers end with it.
pub(super) struct Sink {
    pub(super) http: SocketAddr,
    pub(super) grpc: SocketAddr,
    _servers: JoinSet<io::Result<()>>,
    _runtime: Apart,
}

impl Sink {
    /// Listens for both protocols, on a thread of its own.
    pub(super) fn open() -> Result<Self> {
        let runtime = Apart::start("sink")?;
        let mut servers = JoinSet::new();
        let (http, at_http) = listener()?;
        servers.spawn_on(serve(http, refuse_http), runtime.handle());
        let (grpc, at_grpc) = listener()?;
        servers.spawn_on(serve(grpc, refuse_grpc), runtime.handle());
        Ok(Self { http: at_http, grpc: at_grpc, _servers: servers, _runtime: runtime })
    }
}

fn listener() -> io::Result<(Listener, SocketAddr)> {
    let socket = Listener::bind((Ipv4Addr::LOCALHOST, 0))?;
    socket.set_nonblocking(true)?;
    let address = socket.local_addr()?;
    Ok((socket, address))
}

/// Serves each connection in a task of its own.
async fn serve<F>(socket: Listener, refuse: impl Fn(TcpStream) -> F) -> io::Result<()>
where
    F: Future<Output = Option<()>> + Send + 'static,
{
    let socket = TcpListener::from_std(socket)?;
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = socket.accept().await?;
        connections.spawn(refuse(stream));
        while connections.try_join_next().is_some() {}
    }
}

/// One request over HTTP/1.1; `None` when the client went away before it was answered.
async fn refuse_http(mut stream: TcpStream) -> Option<()> {
    let mut space = vec![0; PIECE];
    let mut head = Vec::new();
    let end = loop {
        let read = stream.read(&mut space).await.ok().filter(|read| *read > 0)?;
        head.extend_from_slice(space.get(..read)?);
        if let Some(end) = head.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
    };
    let mut left = Some(length(head.get(..end)?)?).filter(|length| *length <= READS).unwrap_or_default();
    left = left.saturating_sub(head.len() - end);
    while left > 0 {
        left = left.saturating_sub(stream.read(&mut space).await.ok().filter(|read| *read > 0)?);
    }
    let answer = b"HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    stream.write_all(answer).await.ok()?;
    stream.shutdown().await.ok()?;
    let rest = async { while stream.read(&mut space).await.is_ok_and(|read| read > 0) {} };
    timeout(LINGER, rest).await.ok()
}

/// What a head says about its body.
fn length(head: &[u8]) -> Option<usize> {
    let lines = std::str::from_utf8(head).ok()?.lines();
    lines.filter_map(|line| line.strip_prefix("Content-Length: ")).find_map(|length| length.parse().ok())
}

/// A connection over HTTP/2.
async fn refuse_grpc(stream: TcpStream) -> Option<()> {
    let mut builder = Builder::new();
    builder
        .max_frame_size(FRAME)
        .initial_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW);
    let mut connection: server::Connection<_, Bytes> = builder.handshake(stream).await.ok()?;
    let mut calls = JoinSet::new();
    while let Some(Ok((request, answer))) = connection.accept().await {
        calls.spawn(refuse_call(request, answer));
    }
    Some(())
}

/// `RESOURCE_EXHAUSTED`, in a response of headers alone.
async fn refuse_call(request: Request<RecvStream>, mut answer: SendResponse<Bytes>) -> Option<()> {
    let length = request.headers().get("content-length")?.to_str().ok()?.parse::<usize>().ok()?;
    let mut body = request.into_body();
    while length <= READS
        && let Some(piece) = body.data().await
    {
        body.flow_control().release_capacity(piece.ok()?.len()).ok()?;
    }
    let refusal = Response::builder().header("content-type", "application/grpc").header("grpc-status", "8");
    answer.send_response(refusal.body(()).ok()?, true).ok().map(drop)
}

#[cfg(test)]
mod tests {
    use super::super::throw::{Answer, call, framed, post};
    use super::*;

    #[tokio::test]
    async fn what_is_short_is_read_what_is_long_is_refused_at_its_head() {
        let sink = Sink::open().unwrap();
        for size in [0, 10, 3 << 20, READS + (1 << 20)] {
            let body = Bytes::from(vec![7; size]);
            assert_eq!(post(sink.http, "gzip", body.clone()).await, Answer::Refused(413), "{size}");
            assert_eq!(call(sink.grpc, "gzip", framed(&body)).await, Answer::Refused(8), "{size}");
        }
    }
}
