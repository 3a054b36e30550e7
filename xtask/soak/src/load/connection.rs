//! One connection of a generator, and what can become of a request on it.
//!
//! A client has to know three kinds of bad ends apart: the server said before that the connection ends (the request
//! never left, or the server says that it was not looked at: send it elsewhere), the server answered with a failure,
//! and the connection broke while an answer was due, after which nobody knows.

use std::error::Error as _;
use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use agent_testkit::otlp_backend::Signal;
use bytes::{BufMut as _, Bytes, BytesMut};
use http::header::{self, HeaderMap};
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::{TrySendError, http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::retry_info;

/// An exporter of an SDK gives up waiting for an answer after this.
const DEADLINE: Duration = Duration::from_secs(10);
/// A connection that takes no request any more closes within this.
const CLOSING: Duration = Duration::from_secs(1);

/// Which protocol a connection speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// OTLP over gRPC.
    Grpc,
    /// OTLP over HTTP/1.1, protobuf.
    Http,
}

/// The server's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Success.
    Accepted,
    /// A failure that asks for another try, after so long if it says so.
    Later(Option<Duration>, String),
    /// A failure that no retry can help, or a success that rejects items.
    Rejected(String),
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The connection had ended in good order; the request was not looked at.
    Ended,
    /// The connection had broken before the request was sent.
    BrokenBefore(String),
    /// The connection broke, or nothing came, while an answer was due.
    Broken(String),
}

/// An open connection.
pub(crate) struct Connection {
    sender: Sender,
    /// Where it leads.
    pub(super) address: SocketAddr,
    path: &'static str,
    driver: JoinSet<hyper::Result<()>>,
}

enum Sender {
    Grpc(http2::SendRequest<Full<Bytes>>),
    Http(http1::SendRequest<Full<Bytes>>),
}

impl Connection {
    /// Connects.
    pub(crate) async fn open(
        address: SocketAddr,
        protocol: Protocol,
        signal: Signal,
    ) -> Result<Self, String> {
        let open = async {
            let stream = TcpStream::connect(address).await.map_err(|error| error.to_string())?;
            stream.set_nodelay(true).map_err(|error| error.to_string())?;
            let (stream, mut driver) = (TokioIo::new(stream), JoinSet::new());
            let sender = match protocol {
                Protocol::Grpc => {
                    let shake = http2::handshake(TokioExecutor::new(), stream).await;
                    let (sender, connection) = shake.map_err(|error| chain(&error))?;
                    driver.spawn(connection);
                    Sender::Grpc(sender)
                }
                Protocol::Http => {
                    let shake = http1::handshake(stream).await;
                    let (sender, connection) = shake.map_err(|error| chain(&error))?;
                    driver.spawn(connection);
                    Sender::Http(sender)
                }
            };
            Ok(Self { sender, address, path: path(protocol, signal), driver })
        };
        timeout(DEADLINE, open).await.unwrap_or_else(|_| Err("no connection in 10 s".to_owned()))
    }

    /// Sends one export request, framed where the protocol wants it.
    pub(crate) async fn export(&mut self, body: Bytes) -> Result<Answer, Trouble> {
        match timeout(DEADLINE, self.exchange(body)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(Trouble::Broken("no answer in 10 s".to_owned())),
        }
    }

    async fn exchange(&mut self, body: Bytes) -> Result<Answer, Trouble> {
        let request = Request::builder().method(Method::POST);
        let broken = |error: hyper::Error| Trouble::Broken(chain(&error));
        match &mut self.sender {
            Sender::Grpc(sender) => {
                let request = request
                    .uri(format!("http://{}{}", self.address, self.path))
                    .header(header::CONTENT_TYPE, "application/grpc")
                    .header(header::TE, "trailers")
                    .body(Full::new(body))
                    .map_err(|error| Trouble::Broken(error.to_string()))?;
                if sender.ready().await.is_err() {
                    return Err(self.ended().await);
                }
                let sent = sender.try_send_request(request);
                let response = self.sent(sent).await?;
                let early = response.headers().clone();
                let collected = response.into_body().collect().await.map_err(broken)?;
                let trailers = collected.trailers().cloned().unwrap_or_default();
                Ok(grpc_answer(&early, &trailers, &collected.to_bytes()))
            }
            Sender::Http(sender) => {
                let request = request
                    .uri(self.path)
                    .header(header::HOST, self.address.to_string())
                    .header(header::CONTENT_TYPE, "application/x-protobuf")
                    .body(Full::new(body))
                    .map_err(|error| Trouble::Broken(error.to_string()))?;
                if sender.ready().await.is_err() {
                    return Err(self.ended().await);
                }
                let sent = sender.try_send_request(request);
                let response = self.sent(sent).await?;
                let (head, body) = response.into_parts();
                let body = body.collect().await.map_err(broken)?.to_bytes();
                Ok(http_answer(head.status, &head.headers, &body))
            }
        }
    }

    /// The response, or what its absence means.
    async fn sent<B>(
        &mut self,
        sent: impl Future<Output = Result<Response<Incoming>, TrySendError<B>>>,
    ) -> Result<Response<Incoming>, Trouble> {
        match sent.await {
            Ok(response) => Ok(response),
            Err(mut failed) => Err(match failed.take_message() {
                Some(_) => self.ended().await,
                None if not_looked_at(failed.error()) => Trouble::Ended,
                None => Trouble::Broken(chain(failed.error())),
            }),
        }
    }

    /// How a connection ended that takes no request any more.
    async fn ended(&mut self) -> Trouble {
        match timeout(CLOSING, self.driver.join_next()).await {
            Ok(Some(Ok(Err(error)))) if !is_farewell(&error) => Trouble::BrokenBefore(chain(&error)),
            _ => Trouble::Ended,
        }
    }
}

fn path(protocol: Protocol, signal: Signal) -> &'static str {
    match (protocol, signal) {
        (Protocol::Grpc, Signal::Traces) => "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
        (Protocol::Grpc, Signal::Metrics) => {
            "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"
        }
        (Protocol::Grpc, Signal::Logs) => "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
        (Protocol::Http, Signal::Traces) => "/v1/traces",
        (Protocol::Http, Signal::Metrics) => "/v1/metrics",
        (Protocol::Http, Signal::Logs) => "/v1/logs",
    }
}

/// The request as the protocol sends it.
pub(crate) fn frame(protocol: Protocol, request: Bytes) -> Bytes {
    match protocol {
        Protocol::Http => request,
        Protocol::Grpc => {
            let mut framed = BytesMut::with_capacity(request.len() + 5);
            framed.put_u8(0);
            framed.put_u32(u32::try_from(request.len()).unwrap_or(u32::MAX));
            framed.put_slice(&request);
            framed.freeze()
        }
    }
}

/// A stream above the last one of a GOAWAY, or refused, was not looked at (RFC 9113, sections 6.8 and 8.7).
fn not_looked_at(error: &hyper::Error) -> bool {
    let cause = error.source().and_then(|cause| cause.downcast_ref::<h2::Error>());
    cause.is_some_and(|cause| {
        (cause.is_go_away() && cause.is_remote() && cause.reason() == Some(h2::Reason::NO_ERROR))
            || (cause.is_reset() && cause.reason() == Some(h2::Reason::REFUSED_STREAM))
    })
}

/// A GOAWAY without an error is how HTTP/2 says goodbye.
fn is_farewell(error: &hyper::Error) -> bool {
    let cause = error.source().and_then(|cause| cause.downcast_ref::<h2::Error>());
    cause.is_some_and(|cause| cause.is_go_away() && cause.reason() == Some(h2::Reason::NO_ERROR))
}

/// The codes that OTLP calls retryable for gRPC; `RESOURCE_EXHAUSTED` only with a delay.
fn grpc_answer(early: &HeaderMap, trailers: &HeaderMap, body: &Bytes) -> Answer {
    let field = |name: &str| trailers.get(name).or(early.get(name)).and_then(|value| value.to_str().ok());
    let code = field("grpc-status").unwrap_or("none");
    let text = format!("grpc-status {code} {}", field("grpc-message").unwrap_or_default());
    let after = field("grpc-status-details-bin").and_then(retry_info::delay);
    match code {
        // An answer that says nothing is an empty message in a frame of five bytes.
        "0" if body.len() <= 5 => Answer::Accepted,
        "1" | "4" | "10" | "11" | "14" | "15" => Answer::Later(after, text),
        "8" if after.is_some() => Answer::Later(after, text),
        _ => Answer::Rejected(text),
    }
}

/// The statuses that OTLP calls retryable for HTTP, with `Retry-After` in seconds.
fn http_answer(status: StatusCode, headers: &HeaderMap, body: &Bytes) -> Answer {
    let after = headers.get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    let text = format!("status {status}");
    match status.as_u16() {
        200 if body.is_empty() => Answer::Accepted,
        429 | 502 | 503 | 504 => Answer::Later(after.map(Duration::from_secs), text),
        _ => Answer::Rejected(text),
    }
}

/// An error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {}", chain(cause)),
        None => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::retry_info::tests::details;
    use super::*;

    fn headers(fields: &[(&'static str, &'static str)]) -> HeaderMap {
        fields.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn grpc_codes_are_sorted_as_otlp_says() {
        let answer = |fields: &[_]| grpc_answer(&HeaderMap::new(), &headers(fields), &Bytes::new());
        assert_eq!(answer(&[("grpc-status", "0")]), Answer::Accepted);
        assert!(matches!(answer(&[("grpc-status", "14")]), Answer::Later(None, _)));
        assert!(matches!(answer(&[("grpc-status", "8")]), Answer::Rejected(_)));
        let details = &*details(2).leak();
        let exhausted = answer(&[("grpc-status", "8"), ("grpc-status-details-bin", details)]);
        assert!(matches!(exhausted, Answer::Later(Some(after), _) if after.as_secs() == 2));
        assert!(matches!(answer(&[]), Answer::Rejected(_)));
        let partial =
            grpc_answer(&HeaderMap::new(), &headers(&[("grpc-status", "0")]), &[0; 9].as_slice().into());
        assert!(matches!(partial, Answer::Rejected(_)));
    }

    #[test]
    fn http_statuses_are_sorted_as_otlp_says() {
        let answer = |status: u16, fields: &[_]| {
            http_answer(StatusCode::from_u16(status).unwrap(), &headers(fields), &Bytes::new())
        };
        assert_eq!(answer(200, &[]), Answer::Accepted);
        let second = Some(Duration::from_secs(1));
        assert!(matches!(answer(503, &[("retry-after", "1")]), Answer::Later(after, _) if after == second));
        assert!(matches!(answer(500, &[]), Answer::Rejected(_)));
    }

    #[test]
    fn a_grpc_frame_is_a_flag_a_length_and_the_message() {
        assert_eq!(frame(Protocol::Grpc, Bytes::from_static(b"abc")), Bytes::from_static(b"\0\0\0\0\x03abc"));
    }
}
