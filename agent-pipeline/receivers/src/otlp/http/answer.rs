//! What goes back: success, a `google.rpc.Status` in the request's encoding, or a line of text.

use std::time::Duration;

use agent_component::{Accepted, Code, Overloaded};
use agent_net::grpc::Status;
use agent_otlp::Signal;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use http::{Response, StatusCode};
use http_body_util::Full;

use crate::otlp::answer;

/// An answer.
pub(super) type Answer = Response<Full<Bytes>>;

/// How a request is encoded, and with it the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Protobuf,
    Json,
}

impl Encoding {
    /// By the media type of a `Content-Type`, in any case and with any parameters.
    pub(super) fn of(content_type: &[u8]) -> Option<Self> {
        let media_type = content_type.split(|byte| *byte == b';').next()?.trim_ascii();
        if media_type.eq_ignore_ascii_case(b"application/x-protobuf") {
            Some(Self::Protobuf)
        } else if media_type.eq_ignore_ascii_case(b"application/json") {
            Some(Self::Json)
        } else {
            None
        }
    }

    fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Protobuf => "application/x-protobuf",
            Self::Json => "application/json",
        })
    }
}

/// Data was taken.
pub(super) fn success(encoding: Encoding, signal: Signal, accepted: &Accepted) -> Answer {
    let body = match encoding {
        Encoding::Protobuf => answer::protobuf(accepted),
        Encoding::Json => answer::json(signal, accepted),
    };
    with_type(StatusCode::OK, encoding.content_type(), body)
}

/// Why a request cannot be used.
#[derive(Debug)]
pub(super) enum Refusal {
    /// Nobody serves this path.
    Path,
    /// It is no POST.
    Method,
    /// It is neither protobuf nor JSON.
    ContentType,
    /// What it holds is no telemetry; the text says why.
    Content(Encoding, String),
    /// Memory is short.
    Busy(Encoding, Overloaded),
}

impl Refusal {
    pub(super) fn content(encoding: Encoding, reason: impl std::fmt::Display) -> Self {
        Self::Content(encoding, reason.to_string())
    }
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Path => text(StatusCode::NOT_FOUND, "404 page not found\n"),
            Refusal::Method => {
                text(StatusCode::METHOD_NOT_ALLOWED, "405 method not allowed, supported: [POST]")
            }
            Refusal::ContentType => text(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "415 unsupported media type, supported: [application/json, application/x-protobuf]",
            ),
            Refusal::Content(encoding, reason) => {
                failure(encoding, &Status::new(Code::InvalidArgument.number(), reason))
            }
            // 429, of which RFC 6585 and OTLP say that it may be tried again after the wait it names.
            Refusal::Busy(encoding, overloaded) => {
                let status = Status::new(Code::ResourceExhausted.number(), overloaded.to_string());
                failure(encoding, &status.with_retry_after(overloaded.retry_after))
            }
        }
    }
}

/// Data was not taken. The HTTP status follows from the gRPC one (OTLP 1.9, the Collector v0.145.0); a wish to be
/// left alone goes into `Retry-After` as well, in whole seconds rounded up.
pub(super) fn failure(encoding: Encoding, status: &Status) -> Answer {
    let body = match encoding {
        Encoding::Protobuf => status.to_protobuf(),
        Encoding::Json => status.to_json(),
    };
    let code = http_status(status.code);
    let mut answer = with_type(code, encoding.content_type(), Bytes::from(body));
    let may_retry = code == StatusCode::SERVICE_UNAVAILABLE || code == StatusCode::TOO_MANY_REQUESTS;
    if let Some(after) = status.retry_after().filter(|_| may_retry) {
        answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from(whole_seconds(after)));
    }
    answer
}

/// A line of text, for what is no OTLP request.
fn text(code: StatusCode, body: &'static str) -> Answer {
    with_type(code, HeaderValue::from_static("text/plain"), Bytes::from_static(body.as_bytes()))
}

fn with_type(code: StatusCode, content_type: HeaderValue, body: Bytes) -> Answer {
    let mut answer = Response::new(Full::new(body));
    *answer.status_mut() = code;
    answer.headers_mut().insert(CONTENT_TYPE, content_type);
    answer
}

fn http_status(code: u32) -> StatusCode {
    match Code::from_number(code) {
        Some(
            Code::Cancelled
            | Code::DeadlineExceeded
            | Code::Aborted
            | Code::OutOfRange
            | Code::Unavailable
            | Code::DataLoss,
        ) => StatusCode::SERVICE_UNAVAILABLE,
        Some(Code::ResourceExhausted) => StatusCode::TOO_MANY_REQUESTS,
        Some(Code::InvalidArgument) => StatusCode::BAD_REQUEST,
        Some(Code::Unauthenticated) => StatusCode::UNAUTHORIZED,
        Some(Code::PermissionDenied) => StatusCode::FORBIDDEN,
        Some(Code::Unimplemented) => StatusCode::NOT_FOUND,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn whole_seconds(time: Duration) -> u64 {
    time.as_secs().saturating_add(u64::from(time.subsec_nanos() > 0))
}
