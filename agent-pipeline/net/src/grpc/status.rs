//! A status: how a call ended, as trailers, as `google.rpc.Status` in protobuf, and as its JSON form.

use std::time::Duration;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};

use super::{Detail, json, percent};
use crate::wire::{Value, fields, put_bytes, put_varint};

/// Written without padding as gRPC wants it, read with or without.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);
const CODE: HeaderName = HeaderName::from_static("grpc-status");
const MESSAGE: HeaderName = HeaderName::from_static("grpc-message");
const DETAILS: HeaderName = HeaderName::from_static("grpc-status-details-bin");
/// `UNKNOWN`, what a code that is no number reads as.
const UNKNOWN: u32 = 2;

/// How a call ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// The gRPC code; 0 is success.
    pub code: u32,
    /// For people.
    pub message: String,
    /// For programs.
    pub details: Vec<Detail>,
}

impl Status {
    /// A status without details.
    pub fn new(code: u32, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), details: Vec::new() }
    }

    /// Adds a `RetryInfo`.
    #[must_use]
    pub fn with_retry_after(mut self, delay: Duration) -> Self {
        self.details.push(Detail::retry_info(delay));
        self
    }

    /// The delay of the first `RetryInfo` among the details.
    pub fn retry_after(&self) -> Option<Duration> {
        self.details.iter().find_map(Detail::retry_delay)
    }

    /// Reads trailers (or the headers of an answer that has only those); `None` where `grpc-status` is missing.
    ///
    /// Details that cannot be decoded are left out: a broken hint never hides the code.
    pub fn from_trailers(trailers: &HeaderMap) -> Option<Self> {
        let code = trailers.get(CODE)?.to_str().ok().and_then(|code| code.parse().ok()).unwrap_or(UNKNOWN);
        let message = trailers.get(MESSAGE).map(|text| percent::decode(text.as_bytes())).unwrap_or_default();
        let details = trailers
            .get(DETAILS)
            .and_then(|text| BASE64.decode(text.as_bytes()).ok())
            .and_then(|bytes| Self::from_protobuf(&bytes))
            .map(|status| status.details)
            .unwrap_or_default();
        Some(Self { code, message, details })
    }

    /// Writes `grpc-status`, and `grpc-message` and `grpc-status-details-bin` where there is something to say.
    pub fn write_trailers(&self, trailers: &mut HeaderMap) {
        trailers.insert(CODE, HeaderValue::from(self.code));
        if !self.message.is_empty()
            && let Ok(text) = HeaderValue::try_from(percent::encode(&self.message))
        {
            trailers.insert(MESSAGE, text);
        }
        if !self.details.is_empty()
            && let Ok(text) = HeaderValue::try_from(BASE64.encode(self.to_protobuf()))
        {
            trailers.insert(DETAILS, text);
        }
    }

    /// Decodes a `google.rpc.Status`; `None` when the bytes are none.
    pub fn from_protobuf(message: &[u8]) -> Option<Self> {
        let mut status = Self::default();
        for field in fields(message) {
            match field.ok()? {
                // An int32 that is negative, or too large, is no code anybody defined.
                (1, Value::Varint(code)) => status.code = u32::try_from(code).unwrap_or(UNKNOWN),
                (2, Value::Bytes(text)) => status.message = text_of(text)?,
                (3, Value::Bytes(detail)) => status.details.push(detail_from_protobuf(detail)?),
                _ => {}
            }
        }
        Some(status)
    }

    /// Encodes a `google.rpc.Status`.
    pub fn to_protobuf(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.message.len() + 16);
        put_varint(&mut out, 1, u64::from(self.code));
        if !self.message.is_empty() {
            put_bytes(&mut out, 2, self.message.as_bytes());
        }
        for detail in &self.details {
            let mut any = Vec::with_capacity(detail.type_url.len() + detail.value.len() + 8);
            put_bytes(&mut any, 1, detail.type_url.as_bytes());
            put_bytes(&mut any, 2, &detail.value);
            put_bytes(&mut out, 3, &any);
        }
        out
    }

    /// Decodes the JSON form; `None` when the text is none. Of the details only `RetryInfo` is understood.
    pub fn from_json(text: &[u8]) -> Option<Self> {
        json::read(text)
    }

    /// Encodes the JSON form (`{"code":3,"message":"..."}`). Details other than `RetryInfo` have no JSON form that
    /// can be known here and are left out.
    pub fn to_json(&self) -> Vec<u8> {
        json::write(self)
    }
}

fn detail_from_protobuf(message: &[u8]) -> Option<Detail> {
    let mut detail = Detail::default();
    for field in fields(message) {
        match field.ok()? {
            (1, Value::Bytes(url)) => detail.type_url = text_of(url)?,
            (2, Value::Bytes(value)) => detail.value = Bytes::copy_from_slice(value),
            _ => {}
        }
    }
    Some(detail)
}

fn text_of(bytes: &[u8]) -> Option<String> {
    std::str::from_utf8(bytes).ok().map(str::to_owned)
}
