//! One call, from its headers to its answer. Texts and codes are grpc-go's, which the Collector's clients know;
//! only malformed data is `INVALID_ARGUMENT`, as OTLP asks, where grpc-go says `INTERNAL`.

use std::sync::Arc;
use std::time::Duration;

use agent_component::{Code, Memory, Overloaded};
use agent_net::compression::{Codec, DecompressError};
use agent_net::grpc::{FrameError, HEADER_LEN, Status, parse_timeout, unary_message};
use agent_otlp::{Batch, Signal};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use hyper::body::Incoming;

use super::GrpcServer;
use super::reply::{self, Reply};
use crate::otlp::export::export;
use crate::otlp::metadata;
use crate::otlp::server::Peer;
use crate::otlp::server::activity::Running;
use crate::otlp::server::body::{self, BodyError, Form};
use crate::otlp::server::guard::guarded;
use crate::otlp::server::open::open;

const GRPC_ENCODING: HeaderName = HeaderName::from_static("grpc-encoding");
const GRPC_ACCEPT_ENCODING: HeaderName = HeaderName::from_static("grpc-accept-encoding");
const GRPC_TIMEOUT: HeaderName = HeaderName::from_static("grpc-timeout");
const ACCEPTED_ENCODINGS: HeaderValue = HeaderValue::from_static("gzip,snappy,zstd");

const SERVICES: [(&str, Signal); 3] = [
    ("opentelemetry.proto.collector.trace.v1.TraceService", Signal::Traces),
    ("opentelemetry.proto.collector.metrics.v1.MetricsService", Signal::Metrics),
    ("opentelemetry.proto.collector.logs.v1.LogsService", Signal::Logs),
];

/// Answers one request.
pub(super) async fn answer(
    peer: &Peer<GrpcServer>,
    request: Request<Incoming>,
    running: Running,
) -> Response<Reply> {
    if let Some(refusal) = no_call(&request) {
        return refusal;
    }
    let limit = limit_of(request.headers());
    let work = guarded(call(peer, request, running), &peer.server.counts.panics);
    let done = match limit {
        None => Ok(work.await),
        Some(limit) => tokio::time::timeout(limit, work).await,
    };
    let called = match done {
        Ok(Some(called)) => called,
        Ok(None) => Err(status(Code::Unavailable, "internal error").into()),
        Err(_) => Err(status(Code::DeadlineExceeded, "context deadline exceeded").into()),
    };
    match called {
        Ok(response) => response,
        Err(Failure { status, accept_encoding }) => {
            let mut response = reply::failure(&status);
            if accept_encoding {
                response.headers_mut().insert(GRPC_ACCEPT_ENCODING, ACCEPTED_ENCODINGS);
            }
            response
        }
    }
}

/// A call that failed.
struct Failure {
    status: Status,
    accept_encoding: bool,
}

impl From<Status> for Failure {
    fn from(status: Status) -> Self {
        Self { status, accept_encoding: false }
    }
}

fn status(code: Code, message: impl Into<String>) -> Status {
    Status::new(code.number(), message)
}

/// The answer to a request that is no gRPC call at all.
fn no_call(request: &Request<Incoming>) -> Option<Response<Reply>> {
    if request.method() != Method::POST {
        let text =
            format!("Received a HEADERS frame with :method \"{}\" which should be POST", request.method());
        return Some(reply::refusal(StatusCode::METHOD_NOT_ALLOWED, &status(Code::Internal, text)));
    }
    let content_type = request.headers().get(CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    let is_grpc = content_type.get(..16).is_some_and(|start| start.eq_ignore_ascii_case(b"application/grpc"))
        && matches!(content_type.get(16), None | Some(b'+' | b';'));
    (!is_grpc).then(|| {
        let text = format!("invalid gRPC request content-type {:?}", String::from_utf8_lossy(content_type));
        reply::refusal(StatusCode::UNSUPPORTED_MEDIA_TYPE, &status(Code::InvalidArgument, text))
    })
}

fn limit_of(headers: &HeaderMap) -> Option<Duration> {
    headers.get(GRPC_TIMEOUT)?.to_str().ok().and_then(parse_timeout)
}

async fn call(
    peer: &Peer<GrpcServer>,
    request: Request<Incoming>,
    mut running: Running,
) -> Result<Response<Reply>, Failure> {
    let server = &*peer.server;
    let (head, body) = request.into_parts();
    let signal = method(head.uri.path())?;
    let unknown_service = || unimplemented(format!("unknown service {}", service_of(signal)));
    let next = server.outputs.get(signal).ok_or_else(unknown_service)?;
    let codec = codec_of(&head.headers)?;
    let message = message(body, codec, server.message_limit, &server.memory).await?;
    let batch = Batch::from_protobuf(signal, message)
        .map_err(|error| status(Code::InvalidArgument, format!("cannot decode the request: {error}")))?;
    running.hand_on();
    let client = if server.include_metadata {
        metadata::with_headers(&peer.client, &head.headers, &head.uri, ":authority")
    } else {
        Arc::clone(&peer.client)
    };
    let accepted = export(next, &server.counts, batch, client).await?;
    Ok(reply::success(&accepted))
}

fn unimplemented(text: String) -> Status {
    status(Code::Unimplemented, text)
}

/// The signal of `/package.Service/Method`.
fn method(path: &str) -> Result<Signal, Status> {
    let malformed = || unimplemented(format!("malformed method name: {path:?}"));
    let (service, method) =
        path.strip_prefix('/').and_then(|path| path.rsplit_once('/')).ok_or_else(malformed)?;
    let known = SERVICES.iter().find(|(name, _)| *name == service);
    match known {
        Some((_, signal)) if method == "Export" => Ok(*signal),
        Some(_) => Err(unimplemented(format!("unknown method {method} for service {service}"))),
        None => Err(unimplemented(format!("unknown service {service}"))),
    }
}

fn service_of(signal: Signal) -> &'static str {
    SERVICES.iter().find(|(_, other)| *other == signal).map(|(name, _)| *name).unwrap_or_default()
}

/// The codec of the call's compressed messages.
fn codec_of(headers: &HeaderMap) -> Result<Codec, Failure> {
    let Some(name) = headers.get(GRPC_ENCODING) else { return Ok(Codec::None) };
    let name = String::from_utf8_lossy(name.as_bytes());
    Codec::from_grpc(&name).ok_or_else(|| Failure {
        status: unimplemented(format!("grpc: Decompressor is not installed for grpc-encoding {name:?}")),
        accept_encoding: true,
    })
}

/// Reads the only message of a call and decompresses it.
async fn message(body: Incoming, codec: Codec, limit: usize, memory: &Memory) -> Result<Bytes, Status> {
    let form = Form { limit, header: HEADER_LEN, codec };
    let body = body::read(body, form, memory, frame_length).await.map_err(|error| match error {
        BodyError::TooLarge => {
            status(Code::ResourceExhausted, format!("grpc: received message larger than max {limit}"))
        }
        BodyError::Expands { .. } => expands(limit),
        BodyError::Busy(overloaded) => busy(&overloaded),
        BodyError::Late | BodyError::Broken => status(Code::Cancelled, error.to_string()),
    })?;
    let message = unary_message(body, limit).map_err(|error| match error {
        FrameError::TooLarge { .. } => status(Code::ResourceExhausted, format!("grpc: {error}")),
        _ => status(Code::Internal, format!("grpc: {error}")),
    })?;
    if !message.compressed {
        return Ok(message.data);
    }
    if codec == Codec::None {
        return Err(status(Code::Internal, "grpc: compressed flag set with identity or empty encoding"));
    }
    let data = open(codec, message.data, limit).await.map_err(|error| match error {
        DecompressError::TooLarge { .. } => expands(limit),
        DecompressError::Corrupt { .. } => {
            status(Code::Internal, format!("grpc: failed to decompress the received message: {error}"))
        }
    })?;
    memory.admit(data.len()).map_err(|overloaded| busy(&overloaded))?;
    Ok(data)
}

fn expands(limit: usize) -> Status {
    status(
        Code::ResourceExhausted,
        format!("grpc: received message after decompression larger than max {limit}"),
    )
}

/// Memory is short: to be tried again, elsewhere or later.
fn busy(overloaded: &Overloaded) -> Status {
    status(Code::Unavailable, overloaded.to_string()).with_retry_after(overloaded.retry_after)
}

/// How long the body will be, by the header of its message.
fn frame_length(start: &[u8]) -> Option<usize> {
    let [_, length @ ..] = start.first_chunk::<HEADER_LEN>()?;
    usize::try_from(u32::from_be_bytes(*length)).ok().map(|length| length.saturating_add(HEADER_LEN))
}
