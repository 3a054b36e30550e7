//! The same request as a gRPC call: a frame around the message, and the status behind the answer.
//!
//! `opentelemetry-otlp` would bring its own gRPC client; a unary call needs little of one. The status becomes the HTTP
//! status that OTLP treats alike, so that one set of retry rules serves both.

use bytes::{BufMut as _, Bytes, BytesMut};
use http::{HeaderMap, StatusCode};

/// Flag and length.
const FRAME: usize = 5;

/// A message in its frame.
pub(super) fn frame(message: &[u8], compressed: bool) -> Option<Bytes> {
    let mut framed = BytesMut::with_capacity(FRAME + message.len());
    framed.put_u8(u8::from(compressed));
    framed.put_u32(u32::try_from(message.len()).ok()?);
    framed.put_slice(message);
    Some(framed.freeze())
}

/// The message of an answer; nothing when it is absent, compressed or cut short, for it only says what was rejected.
pub(super) fn unframe(mut body: Bytes) -> Bytes {
    let plain = body.first() == Some(&0);
    if body.len() < FRAME || !plain {
        return Bytes::new();
    }
    body.split_off(FRAME)
}

/// The code that the call ended with: in the trailers, or in the headers when there is nothing else.
pub(super) fn code(headers: &HeaderMap, trailers: Option<&HeaderMap>) -> Option<u8> {
    let status =
        trailers.and_then(|trailers| trailers.get("grpc-status")).or_else(|| headers.get("grpc-status"));
    status?.to_str().ok()?.parse().ok()
}

/// OTLP: cancelled, deadline exceeded, aborted, out of range, unavailable and data loss can be tried again.
/// Resource exhausted only with a delay in details that this client does not read, so it cannot.
pub(super) fn status(code: Option<u8>) -> StatusCode {
    match code {
        Some(0) => StatusCode::OK,
        Some(1 | 4 | 10 | 11 | 14 | 15) => StatusCode::SERVICE_UNAVAILABLE,
        Some(_) => StatusCode::BAD_REQUEST,
        None => StatusCode::BAD_GATEWAY,
    }
}
