//! Single fields from and to values: counts, times, ids, attribute lists as maps.

use std::borrow::Cow;

use agent_otlp::Attributes;

use crate::error::{Eval, EvalError};
use crate::text::unhex;
use crate::value::{Map, Time, Value, shallow};

/// An attribute list as a map.
pub(super) fn whole<'v>(attributes: &'v Attributes<'_>) -> Value<'v> {
    Value::Map(Map::owned(
        attributes.iter().map(|(key, value)| (Cow::Borrowed(key), shallow(value))).collect(),
    ))
}

pub(super) fn count<'v>(number: u32) -> Value<'v> {
    Value::Int(number.into())
}

pub(super) fn time<'v>(nanos: u64) -> Value<'v> {
    Value::Time(Time::utc(nanos.into()))
}

/// The low half, as Go converts.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "Go's conversion truncates")]
pub(super) const fn low32(number: i64) -> u32 {
    number as u32
}

/// The low half, as Go converts.
#[expect(clippy::cast_possible_truncation, reason = "Go's conversion truncates")]
pub(super) const fn low_i32(number: i64) -> i32 {
    number as i32
}

/// An id, of zeros when there is none.
pub(super) fn id16(bytes: &[u8]) -> [u8; 16] {
    bytes.try_into().unwrap_or_default()
}

/// An id, of zeros when there is none.
pub(super) fn id8(bytes: &[u8]) -> [u8; 8] {
    bytes.try_into().unwrap_or_default()
}

/// The id to set: a trace id, or its hexadecimal text.
pub(super) fn set_id16(value: &Value<'_>, as_text: bool) -> Eval<[u8; 16]> {
    match value {
        Value::TraceId(id) if !as_text => Ok(*id),
        Value::String(text) if as_text => unhex(text)
            .and_then(|bytes| bytes.try_into().ok())
            .ok_or(EvalError::Limit("trace ids must be 32 hex characters")),
        _ => Err(value.not(if as_text { "string" } else { "trace ID" })),
    }
}

/// The id to set: a span id, or its hexadecimal text.
pub(super) fn set_id8(value: &Value<'_>, as_text: bool) -> Eval<[u8; 8]> {
    match value {
        Value::SpanId(id) if !as_text => Ok(*id),
        Value::String(text) if as_text => unhex(text)
            .and_then(|bytes| bytes.try_into().ok())
            .ok_or(EvalError::Limit("span ids must be 16 hex characters")),
        _ => Err(value.not(if as_text { "string" } else { "span ID" })),
    }
}
