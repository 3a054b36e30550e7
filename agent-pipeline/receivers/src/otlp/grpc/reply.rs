//! What goes back: headers, one message, trailers; or the trailers alone.

use std::pin::Pin;
use std::task::{Context, Poll};

use agent_component::Accepted;
use agent_net::grpc::{HEADER_LEN, Status, frame_header};
use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use http_body::{Body, Frame, SizeHint};

use crate::otlp::answer;

const GRPC: HeaderValue = HeaderValue::from_static("application/grpc");
const GRPC_STATUS: HeaderName = HeaderName::from_static("grpc-status");
const OK: HeaderValue = HeaderValue::from_static("0");
/// An uncompressed message without bytes: everything was taken.
const EMPTY_MESSAGE: &[u8] = &[0; HEADER_LEN];

/// The body of an answer.
#[derive(Debug)]
pub(super) enum Reply {
    /// A message, then the trailers that say it is fine.
    Message(Bytes),
    /// Those trailers.
    Trailers,
    /// Nothing more.
    Done,
}

/// The answer to data that was taken.
pub(super) fn success(accepted: &Accepted) -> Response<Reply> {
    let message = answer::protobuf(accepted);
    let framed = match frame_header(false, message.len()) {
        Some(header) if !message.is_empty() => {
            let mut framed = BytesMut::with_capacity(HEADER_LEN + message.len());
            framed.extend_from_slice(&header);
            framed.extend_from_slice(&message);
            framed.freeze()
        }
        _ => Bytes::from_static(EMPTY_MESSAGE),
    };
    let mut response = Response::new(Reply::Message(framed));
    response.headers_mut().insert(CONTENT_TYPE, GRPC);
    response
}

/// The answer to a call that failed: no message, only headers that are the trailers.
pub(super) fn failure(status: &Status) -> Response<Reply> {
    let mut response = Response::new(Reply::Done);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, GRPC);
    status.write_trailers(headers);
    response
}

/// The answer to a request that is no gRPC call.
pub(super) fn refusal(code: StatusCode, status: &Status) -> Response<Reply> {
    let mut response = failure(status);
    *response.status_mut() = code;
    response
}

impl Body for Reply {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let frame = match std::mem::replace(&mut *self, Self::Done) {
            Self::Message(message) => {
                *self = Self::Trailers;
                Frame::data(message)
            }
            Self::Trailers => {
                let mut trailers = HeaderMap::with_capacity(1);
                trailers.insert(GRPC_STATUS, OK);
                Frame::trailers(trailers)
            }
            Self::Done => return Poll::Ready(None),
        };
        Poll::Ready(Some(Ok(frame)))
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Done)
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Message(message) => SizeHint::with_exact(message.len() as u64),
            Self::Trailers | Self::Done => SizeHint::with_exact(0),
        }
    }
}
