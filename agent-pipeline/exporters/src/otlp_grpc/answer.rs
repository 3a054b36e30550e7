//! What the end of a gRPC call means for the batch (OTLP 1.9, "OTLP/gRPC Response").

use agent_component::{Accepted, Code, ConsumeError};
use agent_net::compression::{Codec, decompress};
use agent_net::grpc::{HEADER_LEN, Status, unary_message};
use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode, header};
use hyper::body::Incoming;

use crate::client::{READ_AT_MOST, failure_text, partial_from_protobuf, read_at_most, wait, words};
use crate::wrapper::{SendError, SendResult};

/// How servers say that a message is larger than they take: gRPC for Go and for C++ (first two), Java, .NET, and tonic
/// (last two). There is no code for it alone, so the words decide which refusal of the code is meant.
const TOO_LARGE: [&str; 6] = [
    "message larger than max",
    "message after decompression larger than max",
    "message exceeds maximum size",
    "exceeds the maximum configured message size",
    "message length too large",
    "exceeded while decompressing message",
];

/// Reads how a call to `shown` ended.
pub(super) async fn read(response: Response<Incoming>, shown: &str) -> SendResult {
    let (head, body) = response.into_parts();
    // An answer without a message has the status where others have headers.
    if let Some(status) = Status::from_trailers(&head.headers) {
        return ended(&status, &Bytes::new(), &head.headers);
    }
    if head.status != StatusCode::OK || !is_grpc(&head.headers) {
        return Err(no_grpc(head.status, shown));
    }
    let (body, trailers) = read_at_most(body, HEADER_LEN + READ_AT_MOST).await.map_err(|error| {
        let text = format!("rpc to {shown} broke off: {}", failure_text(&error));
        ConsumeError::retryable(text).with_code(Code::Unavailable)
    })?;
    if let Some(status) = trailers.as_ref().and_then(Status::from_trailers) {
        return ended(&status, &body, &head.headers);
    }
    let text = format!("rpc to {shown} ended without a status");
    Err(ConsumeError::permanent(text).with_code(Code::Unknown).into())
}

fn is_grpc(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/grpc"))
}

fn ended(status: &Status, body: &Bytes, headers: &HeaderMap) -> SendResult {
    let Some(code) = Code::from_number(status.code) else {
        return Ok(accepted(body, headers).unwrap_or_default());
    };
    let text = format!("rpc error: code = {code:?} desc = {}", words(&status.message));
    let told = status.retry_after();
    if told.is_none() && is_too_large(code, &status.message) {
        return Err(SendError::TooLarge(ConsumeError::permanent(text).with_code(code)));
    }
    let may_pass = code.is_retryable() || (code == Code::ResourceExhausted && told.is_some());
    let error = match (may_pass, wait(told)) {
        (true, Some(after)) => ConsumeError::retryable(text).retry_after(after),
        (true, None) => ConsumeError::retryable(text),
        (false, _) => ConsumeError::permanent(text),
    };
    Err(error.with_code(code).into())
}

/// A quota that is used up has the same code as a message that is too large, and is no matter of size.
fn is_too_large(code: Code, message: &str) -> bool {
    matches!(code, Code::ResourceExhausted | Code::OutOfRange)
        && TOO_LARGE.iter().any(|words| message.contains(words))
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
fn no_grpc(status: StatusCode, shown: &str) -> SendError {
    let code = match status.as_u16() {
        400 => Code::Internal,
        401 => Code::Unauthenticated,
        403 => Code::PermissionDenied,
        404 => Code::Unimplemented,
        429 | 502..=504 => Code::Unavailable,
        _ => Code::Unknown,
    };
    let text = format!("{shown} answered with HTTP status {} and no gRPC status", status.as_u16());
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        return SendError::TooLarge(ConsumeError::permanent(text).with_code(code));
    }
    let error =
        if code.is_retryable() { ConsumeError::retryable(text) } else { ConsumeError::permanent(text) };
    error.with_code(code).into()
}
