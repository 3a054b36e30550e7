//! From a request to its record and its answer.
//!
//! Both listeners run this: the content type decides between gRPC and OTLP/HTTP, the path decides the signal.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, Method, Response, header};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;

use super::Shared;
use super::answer::{self, Answer, code};
use super::decode::{LIMIT, decompress, unframe};
use super::received::{Message, Request, Signal, Transport};
use crate::listen::{Body, Dropped};

/// Why a request is not taken at all, for either transport.
struct Refusal {
    http: u16,
    grpc: i32,
    message: String,
}

impl Refusal {
    fn bad(message: impl Into<String>) -> Self {
        Self { http: 400, grpc: code::INVALID_ARGUMENT, message: message.into() }
    }
}

/// Answers one request.
pub(super) async fn respond(
    shared: Arc<Shared>,
    request: http::Request<Incoming>,
) -> Result<Response<Body>, Dropped> {
    let transport = transport(request.headers());
    let json = transport == Some(Transport::HttpJson);
    let grpc = transport == Some(Transport::Grpc);
    let fail = |refusal: &Refusal| {
        if grpc {
            answer::grpc_failure(refusal.grpc, &refusal.message, None)
        } else {
            answer::http_failure(json, refusal.http, None, refusal.grpc, &refusal.message)
        }
    };
    let mut received = match receive(&shared, transport, request).await {
        Ok(received) => received,
        Err(refusal) => {
            shared.refuse();
            return Ok(fail(&refusal));
        }
    };
    let signal = received.signal;
    let (answer, delay) = shared.next_answer();
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    received.at = Instant::now();
    received.accepted = answer.is_success();
    shared.record(received);
    Ok(match answer {
        Answer::Accept if grpc => answer::grpc_success(None),
        Answer::Accept => answer::http_success(json, signal, None),
        Answer::Partial { rejected, message } if grpc => answer::grpc_success(Some((rejected, &message))),
        Answer::Partial { rejected, message } => {
            answer::http_success(json, signal, Some((rejected, &message)))
        }
        Answer::Fail { grpc: status, retry_after, message, .. } if grpc => {
            answer::grpc_failure(status, &message, retry_after)
        }
        Answer::Fail { http, grpc: status, retry_after, message } => {
            answer::http_failure(json, http, retry_after, status, &message)
        }
        Answer::FailUntil { http, grpc: status, until, message } => {
            let left = until.duration_since(SystemTime::now()).unwrap_or_default();
            if grpc {
                answer::grpc_failure(status, &message, Some(left))
            } else {
                answer::http_failure_until(json, http, until, status, &message)
            }
        }
        Answer::Drop => return Err(Dropped),
        Answer::Silence => {
            let never: Infallible = std::future::pending().await;
            match never {}
        }
    })
}

fn transport(headers: &HeaderMap) -> Option<Transport> {
    let content_type = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let media = content_type.split(';').next().unwrap_or_default().trim();
    match media {
        "application/grpc" | "application/grpc+proto" => Some(Transport::Grpc),
        "application/x-protobuf" => Some(Transport::HttpProtobuf),
        "application/json" => Some(Transport::HttpJson),
        _ => None,
    }
}

fn signal(transport: Transport, path: &str) -> Option<Signal> {
    Some(match (transport, path) {
        (Transport::Grpc, "/opentelemetry.proto.collector.trace.v1.TraceService/Export") => Signal::Traces,
        (Transport::Grpc, "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export") => {
            Signal::Metrics
        }
        (Transport::Grpc, "/opentelemetry.proto.collector.logs.v1.LogsService/Export") => Signal::Logs,
        (Transport::Grpc, _) => return None,
        (_, "/v1/traces") => Signal::Traces,
        (_, "/v1/metrics") => Signal::Metrics,
        (_, "/v1/logs") => Signal::Logs,
        _ => return None,
    })
}

async fn receive(
    shared: &Shared,
    transport: Option<Transport>,
    request: http::Request<Incoming>,
) -> Result<Request, Refusal> {
    let Some(transport) = transport else {
        let message = "unsupported content type".to_owned();
        return Err(Refusal { http: 415, grpc: code::INVALID_ARGUMENT, message });
    };
    if request.method() != Method::POST {
        let message = "only POST".to_owned();
        return Err(Refusal { http: 405, grpc: code::UNIMPLEMENTED, message });
    }
    let Some(signal) = signal(transport, request.uri().path()) else {
        let message = format!("unknown path {}", request.uri().path());
        return Err(Refusal { http: 404, grpc: code::UNIMPLEMENTED, message });
    };
    if let Some((name, value)) = shared.required_header()
        && request.headers().get(&name).is_none_or(|has| has.as_bytes() != value.as_bytes())
    {
        let message = format!("header {name} is missing or wrong");
        return Err(Refusal { http: 401, grpc: code::UNAUTHENTICATED, message });
    }
    let (parts, body) = request.into_parts();
    let body = Limited::new(body, LIMIT).collect().await.map_err(|error| Refusal {
        http: 413,
        grpc: code::INVALID_ARGUMENT,
        message: error.to_string(),
    })?;
    let body = body.to_bytes();
    let wire_bytes = body.len();
    let (compression, payload) = unpack(transport, &parts.headers, body).map_err(Refusal::bad)?;
    let message =
        Message::decode(signal, transport == Transport::HttpJson, &payload).map_err(Refusal::bad)?;
    Ok(Request {
        at: Instant::now(),
        signal,
        transport,
        headers: parts.headers,
        compression,
        wire_bytes,
        payload_bytes: payload.len(),
        items: message.items(),
        accepted: false,
        message: Some(message),
    })
}

fn unpack(transport: Transport, headers: &HeaderMap, body: Bytes) -> Result<(String, Bytes), String> {
    let named = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("identity");
    if transport != Transport::Grpc {
        let encoding = named("content-encoding").to_owned();
        return decompress(&encoding, body).map(|payload| (encoding, payload));
    }
    let (compressed, message) = unframe(body)?;
    let encoding = if compressed { named("grpc-encoding").to_owned() } else { "identity".to_owned() };
    if compressed && encoding == "identity" {
        return Err("a compressed gRPC frame needs grpc-encoding".to_owned());
    }
    decompress(&encoding, message).map(|payload| (encoding, payload))
}
