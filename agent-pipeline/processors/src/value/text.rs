//! The text of a value, as the Collector's `pcommon.Value.AsString` gives it (v0.145.0).
//!
//! Lists and maps become JSON as Go's encoder writes it: keys sorted, `<`, `>` and `&` escaped, bytes in base64,
//! and no text at all when a number inside is not finite.

use std::borrow::Cow;
use std::fmt::Write;

use agent_otlp::AnyValue;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The text of any value; a string is its own.
pub(crate) fn as_text<'v>(value: &'v AnyValue<'_>) -> Cow<'v, str> {
    match value {
        AnyValue::Empty => Cow::Borrowed(""),
        AnyValue::String(text) => Cow::Borrowed(text),
        AnyValue::Bool(truth) => Cow::Borrowed(if *truth { "true" } else { "false" }),
        AnyValue::Int(number) => Cow::Owned(number.to_string()),
        AnyValue::Double(number) => Cow::Owned(double_text(*number)),
        AnyValue::Bytes(bytes) => Cow::Owned(STANDARD.encode(bytes)),
        AnyValue::Array(_) | AnyValue::KvList(_) => {
            let mut out = String::new();
            Cow::Owned(if json(value, &mut out) { out } else { String::new() })
        }
    }
}

fn double_text(number: f64) -> String {
    match number {
        _ if number.is_nan() => "json: unsupported value: NaN".to_owned(),
        f64::INFINITY => "json: unsupported value: +Inf".to_owned(),
        f64::NEG_INFINITY => "json: unsupported value: -Inf".to_owned(),
        _ => finite(number),
    }
}

/// The shortest digits that read back as the same number; an exponent below 1e-6 and from 1e21.
fn finite(number: f64) -> String {
    let magnitude = number.abs();
    if magnitude == 0.0 || (1e-6..1e21).contains(&magnitude) {
        return number.to_string();
    }
    let text = format!("{number:e}");
    if magnitude < 1.0 { text } else { text.replace('e', "e+") }
}

/// Appends the value as JSON; `false` when it has none.
fn json(value: &AnyValue<'_>, out: &mut String) -> bool {
    match value {
        AnyValue::Empty => out.push_str("null"),
        AnyValue::String(text) => quoted(text, out),
        AnyValue::Bytes(bytes) => quoted(&STANDARD.encode(bytes), out),
        AnyValue::Double(number) if !number.is_finite() => return false,
        AnyValue::Double(number) => out.push_str(&finite(*number)),
        AnyValue::Bool(_) | AnyValue::Int(_) => out.push_str(&as_text(value)),
        AnyValue::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                if !json(item, out) {
                    return false;
                }
            }
            out.push(']');
        }
        AnyValue::KvList(members) => return object(members, out),
    }
    true
}

fn object(members: &[(Cow<'_, str>, AnyValue<'_>)], out: &mut String) -> bool {
    let mut sorted: Vec<_> = members.iter().collect();
    sorted.sort_by(|(a, _), (b, _)| a.cmp(b));
    // A Go map keeps the last of equal keys.
    sorted.reverse();
    sorted.dedup_by(|(a, _), (b, _)| a == b);
    sorted.reverse();
    out.push('{');
    for (index, (key, value)) in sorted.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        quoted(key, out);
        out.push(':');
        if !json(value, out) {
            return false;
        }
    }
    out.push('}');
    true
}

fn quoted(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\x1f' => {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\u{:04x}", u32::from(character));
            }
            _ => out.push(character),
        }
    }
    out.push('"');
}
