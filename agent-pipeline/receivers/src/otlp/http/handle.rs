//! One request, from its head to its answer. The checks come in the Collector's order: path, method, content type,
//! content encoding, body.

use std::sync::Arc;

use agent_component::Code;
use agent_net::compression::{Codec, decompress};
use agent_net::grpc::Status;
use agent_otlp::{Batch, Signal};
use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, EXPECT, HeaderValue};
use http::request::Parts;
use http::{HeaderMap, Method, Request, StatusCode};
use hyper::body::Incoming;
use tokio::time::timeout;

use super::HttpServer;
use super::answer::{Answer, Encoding, bad_request, failure, success, text};
use super::cors::is_preflight;
use crate::otlp::export::export;
use crate::otlp::metadata;
use crate::otlp::server::activity;
use crate::otlp::server::body::{self, BodyError};
use crate::otlp::server::Peer;

/// Answers one request, with the headers that every answer gets.
pub(super) async fn answer(peer: &Peer<HttpServer>, request: Request<Incoming>) -> Answer {
    let running = activity::Request::begin(&peer.activity);
    let server = &*peer.server;
    let cors = server.cors.as_ref();
    let origin = cors.map(|_| request.headers().clone());
    let mut answer = match cors {
        Some(rules) if is_preflight(&request) => rules.preflight(request.headers()),
        _ => within_time(peer, request, running).await,
    };
    if let (Some(rules), Some(headers)) = (cors, origin) {
        rules.decorate(&headers, answer.headers_mut());
    }
    for (name, value) in &server.response_headers {
        answer.headers_mut().entry(name).or_insert_with(|| value.clone());
    }
    answer
}

async fn within_time(peer: &Peer<HttpServer>, request: Request<Incoming>, running: activity::Request) -> Answer {
    let Some(limit) = peer.server.answer_within else { return handle(peer, request, running).await };
    let encoding = encoding_of(request.headers()).unwrap_or(Encoding::Json);
    match timeout(limit, handle(peer, request, running)).await {
        Ok(answer) => answer,
        Err(_) => failure(encoding, &Status::new(Code::DeadlineExceeded.number(), "no answer within write_timeout")),
    }
}

async fn handle(peer: &Peer<HttpServer>, request: Request<Incoming>, mut running: activity::Request) -> Answer {
    let (head, body) = request.into_parts();
    let route = match check(&peer.server, &head) {
        Ok(route) => route,
        Err(answer) => {
            // Who waits for a "100 Continue" has not sent the body and need not.
            if !head.headers.contains_key(EXPECT) {
                body::discard(body).await;
            }
            return answer;
        }
    };
    let Some(next) = peer.server.outputs.get(route.signal) else { return not_found() };
    let batch = match batch(&peer.server, &route, body).await {
        Ok(batch) => batch,
        Err(answer) => return answer,
    };
    running.hand_on();
    let client = if peer.server.include_metadata {
        metadata::with_headers(&peer.client, &head.headers, &head.uri, "host")
    } else {
        Arc::clone(&peer.client)
    };
    match export(next, batch, client).await {
        Ok(accepted) => success(route.encoding, route.signal, &accepted),
        Err(status) => failure(route.encoding, &status),
    }
}

/// What the head of a request says.
struct Route {
    signal: Signal,
    encoding: Encoding,
    codec: Codec,
}

fn not_found() -> Answer {
    text(StatusCode::NOT_FOUND, "404 page not found\n")
}

fn check(server: &HttpServer, head: &Parts) -> Result<Route, Answer> {
    let signal = server
        .routes
        .iter()
        .find(|(path, signal)| path == head.uri.path() && server.outputs.get(*signal).is_some())
        .map(|(_, signal)| *signal)
        .ok_or_else(not_found)?;
    if head.method != Method::POST {
        return Err(text(StatusCode::METHOD_NOT_ALLOWED, "405 method not allowed, supported: [POST]"));
    }
    let encoding = encoding_of(&head.headers).ok_or_else(|| {
        text(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "415 unsupported media type, supported: [application/json, application/x-protobuf]",
        )
    })?;
    let name = head.headers.get(CONTENT_ENCODING).map(HeaderValue::as_bytes).unwrap_or_default();
    let codec = std::str::from_utf8(name)
        .ok()
        .filter(|name| *name != "none")
        .and_then(Codec::from_name)
        .filter(|codec| server.codecs.contains(codec))
        .ok_or_else(|| {
            bad_request(encoding, format!("unsupported Content-Encoding: {}", String::from_utf8_lossy(name)))
        })?;
    Ok(Route { signal, encoding, codec })
}

fn encoding_of(headers: &HeaderMap) -> Option<Encoding> {
    headers.get(CONTENT_TYPE).and_then(|content_type| Encoding::of(content_type.as_bytes()))
}

/// Reads, decompresses and decodes a body.
async fn batch(server: &HttpServer, route: &Route, body: Incoming) -> Result<Batch, Answer> {
    let refuse = |reason: String| bad_request(route.encoding, reason);
    let body = whole(server, body).await.map_err(|error| refuse(format!("http: {error}")))?;
    let body = decompress(route.codec, body, server.body_limit).map_err(|error| refuse(error.to_string()))?;
    match route.encoding {
        Encoding::Protobuf => Batch::from_protobuf(route.signal, body).map_err(|error| refuse(error.to_string())),
        Encoding::Json => Batch::from_json(route.signal, &body).map_err(|error| refuse(error.to_string())),
    }
}

async fn whole(server: &HttpServer, body: Incoming) -> Result<Bytes, BodyError> {
    let read = body::read(body, server.body_limit, |_| None);
    match server.read_within {
        None => read.await,
        Some(limit) => timeout(limit, read).await.unwrap_or(Err(BodyError::Stalled)),
    }
}
