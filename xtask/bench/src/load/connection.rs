//! One connection of the load generator: an HTTP/2 or HTTP/1.1 client reduced to one call.

use std::net::SocketAddr;

use anyhow::{Context as _, Result};
use bytes::Bytes;
use http::{Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::scenario::{Protocol, Scenario};

/// An open connection.
pub(crate) struct Connection {
    sender: Sender,
    uri: Uri,
    _driver: JoinSet<()>,
}

enum Sender {
    Grpc(http2::SendRequest<Full<Bytes>>),
    Http(http1::SendRequest<Full<Bytes>>),
}

impl Connection {
    /// Connects for the signal and the protocol of a scenario.
    pub(crate) async fn open(address: SocketAddr, scenario: Scenario) -> Result<Self> {
        let stream =
            TcpStream::connect(address).await.with_context(|| format!("cannot connect to {address}"))?;
        stream.set_nodelay(true)?;
        let stream = TokioIo::new(stream);
        let mut driver = JoinSet::new();
        let (sender, path) = match scenario.protocol {
            Protocol::Grpc => {
                let (sender, connection) = http2::handshake(TokioExecutor::new(), stream).await?;
                // A broken connection is reported by the request that it breaks.
                driver.spawn(async move { drop(connection.await) });
                (Sender::Grpc(sender), scenario.signal.grpc_path())
            }
            Protocol::Http => {
                let (sender, connection) = http1::handshake(stream).await?;
                driver.spawn(async move { drop(connection.await) });
                (Sender::Http(sender), scenario.signal.http_path())
            }
        };
        let uri = format!("http://{address}{path}").parse()?;
        Ok(Self { sender, uri, _driver: driver })
    }

    /// Sends one request; whether it was accepted.
    pub(crate) async fn export(&mut self, body: Bytes) -> Result<bool> {
        let request = Request::builder().method(Method::POST).uri(self.uri.clone());
        match &mut self.sender {
            Sender::Grpc(sender) => {
                let request = request
                    .header("content-type", "application/grpc")
                    .header("te", "trailers")
                    .body(Full::new(body))?;
                sender.ready().await?;
                let response = sender.send_request(request).await?;
                let early = response.headers().get("grpc-status").cloned();
                let body = response.into_body().collect().await?;
                let status =
                    body.trailers().and_then(|trailers| trailers.get("grpc-status")).or(early.as_ref());
                Ok(status.is_some_and(|status| status == "0"))
            }
            Sender::Http(sender) => {
                let host = self.uri.authority().map_or("localhost", http::uri::Authority::as_str);
                let request = request
                    .header("host", host)
                    .header("content-type", "application/x-protobuf")
                    .body(Full::new(body))?;
                sender.ready().await?;
                let response = sender.send_request(request).await?;
                let status = response.status();
                response.into_body().collect().await?;
                Ok(status == StatusCode::OK)
            }
        }
    }
}
