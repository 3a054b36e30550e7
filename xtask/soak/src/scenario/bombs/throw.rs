//! One bomb: a request on a connection of its own, and how it was answered.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::{BufMut as _, Bytes, BytesMut};
use http::Request;
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_mins(1);

/// How a bomb was answered.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Answer {
    /// With success.
    Taken,
    /// With this HTTP status or gRPC code.
    Refused(u32),
    /// The connection was closed without a word, or nothing came.
    Cut,
}

/// Over HTTP/1.1. The answer may come before all is sent, and is read all the same.
pub(super) async fn post(address: SocketAddr, encoding: &str, body: Bytes) -> Answer {
    let head = format!(
        "POST /v1/logs HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: application/x-protobuf\r\n\
         Content-Encoding: {encoding}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let exchange = async {
        let (mut reader, mut writer) = TcpStream::connect(address).await?.into_split();
        let send = async {
            // An agent that has answered need not read the rest.
            if writer.write_all(head.as_bytes()).await.is_ok() {
                let _sent = writer.write_all(&body).await;
            }
            std::future::pending::<()>().await;
        };
        let mut start = [0; 12];
        tokio::select! {
            read = reader.read_exact(&mut start) => read.map(|_| start),
            () = send => Err(io::Error::other("sending never ends")),
        }
    };
    let Ok(Ok(start)) = timeout(PATIENCE, exchange).await else { return Answer::Cut };
    let status =
        std::str::from_utf8(&start).ok().and_then(|line| line.strip_prefix("HTTP/1.1 ")?.parse().ok());
    match status {
        Some(200) => Answer::Taken,
        Some(status) => Answer::Refused(status),
        None => Answer::Cut,
    }
}

/// Over gRPC; `message` is framed already.
pub(super) async fn call(address: SocketAddr, encoding: &str, message: Bytes) -> Answer {
    let exchange = async {
        let stream = TokioIo::new(TcpStream::connect(address).await.ok()?);
        let (mut client, connection) =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), stream).await.ok()?;
        let uri = format!("http://{address}/opentelemetry.proto.collector.logs.v1.LogsService/Export");
        let request = Request::post(uri)
            .header("content-type", "application/grpc")
            .header("grpc-encoding", encoding)
            .body(Full::new(message))
            .ok()?;
        let answered = async {
            let (head, body) = client.send_request(request).await.ok()?.into_parts();
            let trailers = body.collect().await.ok()?.trailers().cloned().unwrap_or(head.headers);
            trailers.get("grpc-status")?.to_str().ok()?.parse().ok()
        };
        tokio::select! {
            code = answered => code,
            _ = connection => None,
        }
    };
    match timeout(PATIENCE, exchange).await {
        Ok(Some(0)) => Answer::Taken,
        Ok(Some(code)) => Answer::Refused(code),
        _ => Answer::Cut,
    }
}

/// A compressed message as gRPC frames it.
pub(super) fn framed(message: &Bytes) -> Bytes {
    let mut frame = BytesMut::with_capacity(message.len() + 5);
    frame.put_u8(1);
    frame.put_u32(u32::try_from(message.len()).unwrap_or(u32::MAX));
    frame.put_slice(message);
    frame.freeze()
}
