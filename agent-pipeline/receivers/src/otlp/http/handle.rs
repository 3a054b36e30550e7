//! One request, from its head to its answer. The checks come in the Collector's order: path, method, content type,
//! content encoding, body.

use std::sync::Arc;

use agent_component::{Code, Next};
use agent_net::compression::Codec;
use agent_net::grpc::Status;
use agent_otlp::{Batch, Signal};
use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_ENCODING, CONTENT_TYPE, EXPECT, HeaderValue};
use http::request::Parts;
use http::{HeaderMap, Method, Request, Version};
use hyper::body::Incoming;
use tokio::time::timeout;

use super::HttpServer;
use super::answer::{Answer, Encoding, Refusal, failure, success};
use super::cors::is_preflight;
use crate::otlp::export::export;
use crate::otlp::metadata;
use crate::otlp::server::Peer;
use crate::otlp::server::activity::Running;
use crate::otlp::server::body::{self, BodyError, Form};
use crate::otlp::server::guard::guarded;
use crate::otlp::server::open::open;

/// Answers one request, with the headers that every answer gets.
pub(super) async fn answer(peer: &Peer<HttpServer>, request: Request<Incoming>, running: Running) -> Answer {
    let server = &*peer.server;
    let cors = server.cors.as_ref();
    let origin = cors.map(|_| request.headers().clone());
    let is_http1 = request.version() < Version::HTTP_2;
    let mut answer = match cors {
        Some(rules) if is_preflight(&request) => rules.preflight(request.headers()),
        _ => whatever_happens(peer, request, running).await,
    };
    if let (Some(rules), Some(headers)) = (cors, origin) {
        rules.decorate(&headers, answer.headers_mut());
    }
    for (name, value) in &server.response_headers {
        answer.headers_mut().entry(name).or_insert_with(|| value.clone());
    }
    if is_http1 && peer.activity.is_closing() {
        answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    answer
}

/// The answer to a request, or to the time or the panic that ended it.
async fn whatever_happens(peer: &Peer<HttpServer>, request: Request<Incoming>, running: Running) -> Answer {
    let encoding = encoding_of(request.headers()).unwrap_or(Encoding::Json);
    let work = guarded(handle(peer, request, running), &peer.server.counts.panics);
    let done = match peer.server.answer_within {
        None => Ok(work.await),
        Some(limit) => timeout(limit, work).await,
    };
    let (code, text) = match done {
        Ok(Some(answer)) => return answer,
        Ok(None) => (Code::Unavailable, "internal error"),
        Err(_) => (Code::DeadlineExceeded, "no answer within write_timeout"),
    };
    failure(encoding, &Status::new(code.number(), text))
}

async fn handle(peer: &Peer<HttpServer>, request: Request<Incoming>, running: Running) -> Answer {
    taken(peer, request, running).await.unwrap_or_else(Answer::from)
}

async fn taken(
    peer: &Peer<HttpServer>,
    request: Request<Incoming>,
    mut running: Running,
) -> Result<Answer, Refusal> {
    let server = &*peer.server;
    let (head, body) = request.into_parts();
    let (route, next) = match check(server, &head) {
        Ok(checked) => checked,
        Err(refusal) => {
            // Who waits for a "100 Continue" has not sent the body and need not.
            if !head.headers.contains_key(EXPECT) {
                body::discard(body).await;
            }
            return Err(refusal);
        }
    };
    let batch = batch(server, &route, body).await?;
    running.hand_on();
    let client = if server.include_metadata {
        metadata::with_headers(&peer.client, &head.headers, &head.uri, "host")
    } else {
        Arc::clone(&peer.client)
    };
    Ok(match export(next, &server.counts, batch, client).await {
        Ok(accepted) => success(route.encoding, route.signal, &accepted),
        Err(status) => failure(route.encoding, &status),
    })
}

/// What the head of a request says.
struct Route {
    signal: Signal,
    encoding: Encoding,
    codec: Codec,
}

fn check<'a>(server: &'a HttpServer, head: &Parts) -> Result<(Route, &'a Next), Refusal> {
    let route = server.routes.iter().find(|(path, _)| path == head.uri.path());
    let wired = route.and_then(|(_, signal)| server.outputs.get(*signal).map(|next| (*signal, next)));
    let (signal, next) = wired.ok_or(Refusal::Path)?;
    if head.method != Method::POST {
        return Err(Refusal::Method);
    }
    let encoding = encoding_of(&head.headers).ok_or(Refusal::ContentType)?;
    let name = head.headers.get(CONTENT_ENCODING).map(HeaderValue::as_bytes).unwrap_or_default();
    let name = String::from_utf8_lossy(name);
    let codec = Codec::from_name(&name).filter(|codec| name != "none" && server.codecs.contains(codec));
    let codec = codec
        .ok_or_else(|| Refusal::content(encoding, format_args!("unsupported Content-Encoding: {name}")))?;
    Ok((Route { signal, encoding, codec }, next))
}

fn encoding_of(headers: &HeaderMap) -> Option<Encoding> {
    headers.get(CONTENT_TYPE).and_then(|content_type| Encoding::of(content_type.as_bytes()))
}

/// Reads, decompresses and decodes a body.
async fn batch(server: &HttpServer, route: &Route, body: Incoming) -> Result<Batch, Refusal> {
    let (signal, encoding) = (route.signal, route.encoding);
    let body = whole(server, route.codec, body).await;
    let body = body.map_err(|error| match error {
        BodyError::Busy(overloaded) => Refusal::Busy(encoding, overloaded),
        _ => Refusal::content(encoding, format_args!("http: {error}")),
    })?;
    let body = open(route.codec, body, server.body_limit).await;
    let body = body.map_err(|error| Refusal::content(encoding, error))?;
    if route.codec != Codec::None {
        server.memory.admit(body.len()).map_err(|overloaded| Refusal::Busy(encoding, overloaded))?;
    }
    match encoding {
        Encoding::Protobuf => {
            Batch::from_protobuf(signal, body).map_err(|error| Refusal::content(encoding, error))
        }
        Encoding::Json => Batch::from_json(signal, &body).map_err(|error| Refusal::content(encoding, error)),
    }
}

async fn whole(server: &HttpServer, codec: Codec, body: Incoming) -> Result<Bytes, BodyError> {
    let form = Form { limit: server.body_limit, header: 0, codec };
    let read = body::read(body, form, &server.memory, |_| None);
    match server.read_within {
        None => read.await,
        Some(limit) => timeout(limit, read).await.unwrap_or(Err(BodyError::Late)),
    }
}
