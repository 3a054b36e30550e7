//! What an HTTP answer means for the batch (OTLP 1.9, "OTLP/HTTP Response").

use std::time::SystemTime;

use agent_component::{Accepted, Code, ConsumeError};
use agent_net::grpc::Status;
use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode, header};
use hyper::body::Incoming;

use crate::client::{
    READ_AT_MOST, failure_text, partial_from_json, partial_from_protobuf, read_at_most, retry_after, words,
};
use crate::wrapper::{SendError, SendResult};

/// Reads the answer of the backend at `url`, which is only named in errors.
pub(super) async fn read(response: Response<Incoming>, url: &str) -> SendResult {
    let (head, body) = response.into_parts();
    let body = match read_at_most(body, READ_AT_MOST).await {
        Ok((body, _)) => body,
        // The status has come: a success stays one, whatever happens to its body.
        Err(_) if head.status.is_success() => Bytes::new(),
        Err(error) => {
            let text = format!("the answer of {url} broke off: {}", failure_text(&error));
            return Err(ConsumeError::retryable(text).with_code(Code::Unavailable).into());
        }
    };
    if head.status.is_success() {
        return Ok(accepted(&head.headers, &body));
    }
    Err(refused(head.status, &head.headers, &body, url))
}

fn accepted(headers: &HeaderMap, body: &[u8]) -> Accepted {
    let partial = if is_json(headers) { partial_from_json(body) } else { partial_from_protobuf(body) };
    partial.unwrap_or_default()
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.trim_start().starts_with("application/json"))
}

fn refused(status: StatusCode, headers: &HeaderMap, body: &[u8], url: &str) -> SendError {
    let told = if is_json(headers) { Status::from_json(body) } else { Status::from_protobuf(body) };
    let told = told.filter(|told| !told.message.is_empty() || !told.details.is_empty()).map(|told| {
        let details: Vec<&str> = told.details.iter().map(|detail| detail.type_url.as_str()).collect();
        format!(", Message={}, Details=[{}]", words(&told.message), words(&details.join(" ")))
    });
    let text = format!(
        "error exporting items, request to {url} responded with HTTP Status Code {}{}",
        status.as_u16(),
        told.unwrap_or_default()
    );
    let error = match status.as_u16() {
        // The two with which a backend may name a delay.
        429 | 503 => {
            let error = ConsumeError::retryable(text);
            match retry_after(headers, SystemTime::now()) {
                Some(after) => error.retry_after(after),
                None => error,
            }
        }
        502 | 504 => ConsumeError::retryable(text),
        _ => ConsumeError::permanent(text),
    };
    let error = match code(status) {
        Some(code) => error.with_code(code),
        None => error,
    };
    if status == StatusCode::PAYLOAD_TOO_LARGE { SendError::TooLarge(error) } else { error.into() }
}

/// The gRPC code that stands for an HTTP status, so that a gRPC client of ours learns what the backend meant.
fn code(status: StatusCode) -> Option<Code> {
    Some(match status.as_u16() {
        400 => Code::InvalidArgument,
        401 => Code::Unauthenticated,
        403 => Code::PermissionDenied,
        404 => Code::Unimplemented,
        429 => Code::ResourceExhausted,
        502..=504 => Code::Unavailable,
        _ => return None,
    })
}
