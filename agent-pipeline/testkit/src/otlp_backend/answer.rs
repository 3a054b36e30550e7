//! What the backend answers, in both transports.
//!
//! A test says it once, in OTLP's terms; this file turns it into an HTTP status with a protobuf or JSON body, or into gRPC
//! status trailers with `RetryInfo`.

use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use percent_encoding::{CONTROLS, utf8_percent_encode};
use prost::Message as _;
use serde_json::json;

use super::received::Signal;
use crate::listen::{Body, full};

/// gRPC status codes that the backend itself uses.
pub(super) mod code {
    pub(crate) const INVALID_ARGUMENT: i32 = 3;
    pub(crate) const UNIMPLEMENTED: i32 = 12;
    pub(crate) const UNAUTHENTICATED: i32 = 16;
}

/// The answer to a well-formed request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Success.
    Accept,
    /// Success but for `rejected` items.
    Partial {
        /// Items refused.
        rejected: i64,
        /// Why.
        message: String,
    },
    /// Failure.
    Fail {
        /// The HTTP status.
        http: u16,
        /// The gRPC status code.
        grpc: i32,
        /// `Retry-After` (whole seconds) or gRPC `RetryInfo`.
        retry_after: Option<Duration>,
        /// The text.
        message: String,
    },
    /// Failure that names the moment from which on another try makes sense.
    FailUntil {
        /// The HTTP status.
        http: u16,
        /// The gRPC status code.
        grpc: i32,
        /// `Retry-After` as a date, cut to whole seconds; gRPC `RetryInfo` with what is left of it.
        until: SystemTime,
        /// The text.
        message: String,
    },
    /// Takes the request and never answers.
    Silence,
    /// Closes the connection without an answer.
    Drop,
}

impl Answer {
    /// Overload that asks for another try: 503 and `UNAVAILABLE`.
    pub fn unavailable(retry_after: Option<Duration>) -> Self {
        Self::Fail { http: 503, grpc: 14, retry_after, message: "overloaded".to_owned() }
    }

    /// Refusal that no retry can help: 400 and `INVALID_ARGUMENT`.
    pub fn refused() -> Self {
        Self::Fail {
            http: 400,
            grpc: code::INVALID_ARGUMENT,
            retry_after: None,
            message: "refused by the test".to_owned(),
        }
    }

    pub(super) fn is_success(&self) -> bool {
        matches!(self, Self::Accept | Self::Partial { .. })
    }
}

#[derive(Clone, PartialEq, prost::Message)]
struct RpcStatus {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
    #[prost(message, repeated, tag = "3")]
    details: Vec<Any>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Any {
    #[prost(string, tag = "1")]
    type_url: String,
    #[prost(bytes = "vec", tag = "2")]
    value: Vec<u8>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    retry_delay: Option<Delay>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Delay {
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
}

/// `ExportPartialSuccess` has the same shape for each signal.
#[derive(Clone, PartialEq, prost::Message)]
struct ExportResponse {
    #[prost(message, optional, tag = "1")]
    partial_success: Option<PartialSuccess>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct PartialSuccess {
    #[prost(int64, tag = "1")]
    rejected: i64,
    #[prost(string, tag = "2")]
    error_message: String,
}

fn status_bytes(code: i32, message: &str, retry_after: Option<Duration>) -> Vec<u8> {
    let details = retry_after.map(|after| {
        let seconds = i64::try_from(after.as_secs()).unwrap_or(i64::MAX);
        let nanos = i32::try_from(after.subsec_nanos()).unwrap_or(0);
        let info = RetryInfo { retry_delay: Some(Delay { seconds, nanos }) };
        Any { type_url: "type.googleapis.com/google.rpc.RetryInfo".to_owned(), value: info.encode_to_vec() }
    });
    RpcStatus { code, message: message.to_owned(), details: details.into_iter().collect() }.encode_to_vec()
}

fn export_response(partial: Option<(i64, &str)>) -> Vec<u8> {
    let partial_success =
        partial.map(|(rejected, message)| PartialSuccess { rejected, error_message: message.to_owned() });
    ExportResponse { partial_success }.encode_to_vec()
}

fn typed(response: &mut Response<Body>, content_type: &'static str) {
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
}

/// An HTTP failure: status, `Retry-After`, and a `google.rpc.Status` in the request's own encoding.
pub(super) fn http_failure(
    json: bool,
    status: u16,
    retry_after: Option<Duration>,
    grpc: i32,
    message: &str,
) -> Response<Body> {
    let body = if json {
        json!({"code": grpc, "message": message}).to_string().into_bytes()
    } else {
        status_bytes(grpc, message, None)
    };
    let mut response = Response::new(full(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    typed(&mut response, if json { "application/json" } else { "application/x-protobuf" });
    if let Some(after) = retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, after.as_secs().into());
    }
    response
}

/// An HTTP failure with `Retry-After` as a date.
pub(super) fn http_failure_until(
    json: bool,
    status: u16,
    until: SystemTime,
    grpc: i32,
    message: &str,
) -> Response<Body> {
    let mut response = http_failure(json, status, None, grpc, message);
    if let Ok(date) = HeaderValue::try_from(httpdate::fmt_http_date(until)) {
        response.headers_mut().insert(header::RETRY_AFTER, date);
    }
    response
}

/// An HTTP success, partial if so.
pub(super) fn http_success(json: bool, signal: Signal, partial: Option<(i64, &str)>) -> Response<Body> {
    let body = if json {
        let rejected = match signal {
            Signal::Traces => "rejectedSpans",
            Signal::Metrics => "rejectedDataPoints",
            Signal::Logs => "rejectedLogRecords",
        };
        let partial = partial.map(|(count, message)| {
            json!({"partialSuccess": {rejected: count.to_string(), "errorMessage": message}})
        });
        partial.unwrap_or_else(|| json!({})).to_string().into_bytes()
    } else {
        export_response(partial)
    };
    let mut response = Response::new(full(body));
    typed(&mut response, if json { "application/json" } else { "application/x-protobuf" });
    response
}

/// A gRPC failure: a response of headers only.
pub(super) fn grpc_failure(code: i32, message: &str, retry_after: Option<Duration>) -> Response<Body> {
    let mut response = Response::new(full(Bytes::new()));
    typed(&mut response, "application/grpc");
    let headers = response.headers_mut();
    headers.insert("grpc-status", code.into());
    if let Ok(text) = HeaderValue::try_from(utf8_percent_encode(message, CONTROLS).to_string()) {
        headers.insert("grpc-message", text);
    }
    let details = STANDARD_NO_PAD.encode(status_bytes(code, message, retry_after));
    if let (Some(_), Ok(details)) = (retry_after, HeaderValue::try_from(details)) {
        headers.insert("grpc-status-details-bin", details);
    }
    response
}

/// A gRPC success, partial if so: one frame and trailers.
pub(super) fn grpc_success(partial: Option<(i64, &str)>) -> Response<Body> {
    let message = export_response(partial);
    let length = u32::try_from(message.len()).unwrap_or(u32::MAX);
    let mut frame = vec![0_u8];
    frame.extend(length.to_be_bytes());
    frame.extend(message);
    let trailers =
        HeaderMap::from_iter([(http::HeaderName::from_static("grpc-status"), HeaderValue::from_static("0"))]);
    let body = Full::new(Bytes::from(frame)).with_trailers(async move { Some(Ok(trailers)) });
    let mut response = Response::new(body.map_err(|never| match never {}).boxed());
    typed(&mut response, "application/grpc");
    response
}
