//! What the end of a gRPC call means for the batch (OTLP 1.9, "OTLP/gRPC Response").

use agent_component::{Accepted, Code, ConsumeError, ConsumeResult};
use agent_net::compression::{Codec, decompress};
use agent_net::grpc::{Status, unary_message};
use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode, header};
use hyper::body::Incoming;

use crate::client::{failure_text, partial_from_protobuf, read_at_most};

/// The most that gRPC clients take of an answer unless told otherwise.
const READ_AT_MOST: usize = 4 << 20;

/// Reads how a call to `shown` ended.
pub(super) async fn read(response: Response<Incoming>, shown: &str) -> ConsumeResult {
    let (head, body) = response.into_parts();
    // An answer without a message has the status where others have headers.
    if let Some(status) = Status::from_trailers(&head.headers) {
        return ended(&status, &Bytes::new(), &head.headers);
    }
    if head.status != StatusCode::OK || !is_grpc(&head.headers) {
        return Err(no_grpc(head.status, shown));
    }
    let (body, trailers) = read_at_most(body, READ_AT_MOST).await.map_err(|error| {
        let text = format!("rpc to {shown} broke off: {}", failure_text(&error));
        ConsumeError::retryable(text).with_code(Code::Unavailable)
    })?;
    if let Some(status) = trailers.as_ref().and_then(Status::from_trailers) {
        return ended(&status, &body, &head.headers);
    }
    let text = format!("rpc to {shown} ended without a status");
    Err(ConsumeError::permanent(text).with_code(Code::Unknown))
}

fn is_grpc(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/grpc"))
}

fn ended(status: &Status, body: &Bytes, headers: &HeaderMap) -> ConsumeResult {
    let Some(code) = Code::from_number(status.code) else {
        return Ok(accepted(body, headers).unwrap_or_default());
    };
    let text = format!("rpc error: code = {code:?} desc = {}", status.message);
    let after = status.retry_after();
    let error = match after {
        Some(after) if code.is_retryable() || code == Code::ResourceExhausted => {
            ConsumeError::retryable(text).retry_after(after)
        }
        _ if code.is_retryable() => ConsumeError::retryable(text),
        _ => ConsumeError::permanent(text),
    };
    Err(error.with_code(code))
}

/// The data is taken; an answer that cannot be read does not change that.
fn accepted(body: &Bytes, headers: &HeaderMap) -> Option<Accepted> {
    let message = unary_message(body.clone(), READ_AT_MOST).ok()?;
    let data = if message.compressed {
        let name = headers.get("grpc-encoding")?.to_str().ok()?;
        decompress(Codec::from_grpc(name)?, message.data, READ_AT_MOST).ok()?
    } else {
        message.data
    };
    partial_from_protobuf(&data)
}

/// An answer of something that does not speak gRPC (gRPC core, `doc/http-grpc-status-mapping.md`).
fn no_grpc(status: StatusCode, shown: &str) -> ConsumeError {
    let code = match status.as_u16() {
        400 => Code::Internal,
        401 => Code::Unauthenticated,
        403 => Code::PermissionDenied,
        404 => Code::Unimplemented,
        429 | 502..=504 => Code::Unavailable,
        _ => Code::Unknown,
    };
    let text = format!("{shown} answered with HTTP status {} and no gRPC status", status.as_u16());
    let error =
        if code.is_retryable() { ConsumeError::retryable(text) } else { ConsumeError::permanent(text) };
    error.with_code(code)
}
