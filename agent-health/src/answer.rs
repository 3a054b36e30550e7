//! The answers themselves: state in, status and body out. No HTTP machinery.

use std::time::Instant;

use agent_config::GoDuration;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::readiness::{Health, Readiness};

const JSON: &str = "application/json";
const TEXT: &str = "text/plain; charset=utf-8";
/// The Collector's way to say never: Go's zero time.
const NEVER: &str = "0001-01-01T00:00:00Z";

/// A status with a body.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) content_type: &'static str,
    pub(crate) body: String,
}

/// The bodies that the configuration puts in place of the JSON document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bodies {
    pub(crate) healthy: String,
    pub(crate) unhealthy: String,
}

#[derive(Serialize)]
struct Probe<'a> {
    status: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    failing: &'a [String],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    status: &'static str,
    up_since: String,
    uptime: String,
}

/// `/health`.
pub(crate) fn liveness(health: &Health, bodies: Option<&Bodies>) -> Answer {
    let complaints = health.complaints(Instant::now());
    let status = if complaints.is_none() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    if let Some(bodies) = bodies {
        return bodies.answer(status);
    }
    let words = if complaints.is_none() { "alive" } else { "not alive" };
    json(status, &Probe { status: words, reason: complaints.as_deref(), refused: None, failing: &[] })
}

/// `/ready`.
pub(crate) fn readiness(health: &Health) -> Answer {
    let Readiness { ready, refused, failing } = health.readiness();
    let (refused, failing) = (refused.as_deref(), failing.as_slice());
    match ready {
        Ok(_) => json(StatusCode::OK, &Probe { status: "ready", reason: None, refused, failing }),
        Err(reason) => {
            let probe = Probe { status: "not ready", reason: Some(&reason), refused, failing };
            json(StatusCode::SERVICE_UNAVAILABLE, &probe)
        }
    }
}

/// As the `health_check` extension answers (Collector v0.145.0).
pub(crate) fn extension(health: &Health, bodies: Option<&Bodies>) -> Answer {
    let ready = health.readiness().ready;
    let status = if ready.is_ok() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    if let Some(bodies) = bodies {
        return bodies.answer(status);
    }
    let document = match ready {
        Ok(since) => Document {
            status: "Server available",
            up_since: since.wall.to_string(),
            uptime: GoDuration::from(since.monotonic.elapsed()).to_string(),
        },
        Err(_) => {
            Document { status: "Server not available", up_since: NEVER.to_owned(), uptime: String::new() }
        }
    };
    json(status, &document)
}

/// Nobody answers at this path; the words of Go's HTTP server.
pub(crate) fn not_found() -> Answer {
    text(StatusCode::NOT_FOUND, "404 page not found")
}

/// A sentence.
pub(crate) fn text(status: StatusCode, sentence: &str) -> Answer {
    Answer { status, content_type: TEXT, body: format!("{sentence}\n") }
}

impl Bodies {
    fn answer(&self, status: StatusCode) -> Answer {
        let body = if status.is_success() { &self.healthy } else { &self.unhealthy };
        Answer { status, content_type: TEXT, body: body.clone() }
    }
}

/// A document; a structure of strings and numbers, which has nothing that could fail.
pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Answer {
    let body = serde_json::to_string(body).unwrap_or_default();
    Answer { status, content_type: JSON, body }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        (self.status, [(header::CONTENT_TYPE, self.content_type)], self.body).into_response()
    }
}
