//! Values as Go prints them: numbers, times, ids, and attribute values with or without their type.

use std::fmt::Write;

use agent_otlp::{AnyValue, Attributes};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

/// A value as plain text: what `AsString` gives in the Collector.
pub(super) fn plain(value: &AnyValue<'_>) -> String {
    match value {
        AnyValue::Empty => String::new(),
        AnyValue::String(text) => text.as_ref().to_owned(),
        AnyValue::Bool(value) => value.to_string(),
        AnyValue::Int(value) => value.to_string(),
        AnyValue::Double(value) => number(*value),
        AnyValue::Bytes(bytes) => STANDARD.encode(bytes),
        AnyValue::Array(_) | AnyValue::KvList(_) => json(value).to_string(),
    }
}

/// A value with its type: `Str(x)`, `Int(1)`.
pub(super) fn typed(value: &AnyValue<'_>) -> String {
    match value {
        AnyValue::Empty => "Empty()".to_owned(),
        AnyValue::String(text) => format!("Str({text})"),
        AnyValue::Bool(value) => format!("Bool({value})"),
        AnyValue::Int(value) => format!("Int({value})"),
        AnyValue::Double(value) => format!("Double({})", number(*value)),
        AnyValue::Bytes(bytes) => format!("Bytes({})", STANDARD.encode(bytes)),
        AnyValue::Array(_) => format!("Slice({})", json(value)),
        AnyValue::KvList(_) => format!("Map({})", json(value)),
    }
}

fn json(value: &AnyValue<'_>) -> serde_json::Value {
    match value {
        AnyValue::Empty => serde_json::Value::Null,
        AnyValue::String(text) => text.as_ref().into(),
        AnyValue::Bool(value) => (*value).into(),
        AnyValue::Int(value) => (*value).into(),
        // NaN and the infinities have no JSON form.
        AnyValue::Double(value) => (*value).into(),
        AnyValue::Bytes(bytes) => STANDARD.encode(bytes).into(),
        AnyValue::Array(items) => items.iter().map(json).collect(),
        AnyValue::KvList(pairs) => {
            pairs.iter().map(|(key, value)| (key.as_ref().to_owned(), json(value))).collect()
        }
    }
}

/// `k=v` pairs.
pub(super) fn pairs(attributes: &Attributes<'_>) -> Vec<String> {
    attributes.iter().map(|(key, value)| format!("{key}={}", plain(value))).collect()
}

/// A double as Go's `%v`: shortest, with an exponent below 1e-4 and from 1e21 on.
pub(super) fn number(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    if value != 0.0 && !(1e-4..1e21).contains(&value.abs()) {
        let text = format!("{value:e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |rest| ('-', rest));
        return format!("{digits}e{sign}{exponent:0>2}");
    }
    value.to_string()
}

/// Nanoseconds since 1970 as Go prints a time.
pub(super) fn time(nanoseconds: u64) -> String {
    match Timestamp::from_nanosecond(i128::from(nanoseconds)) {
        Ok(time) => time.strftime("%Y-%m-%d %H:%M:%S%.f +0000 UTC").to_string(),
        Err(_) => nanoseconds.to_string(),
    }
}

/// Bytes in hexadecimal.
pub(super) fn hex(id: &[u8]) -> String {
    id.iter().fold(String::with_capacity(id.len() * 2), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
