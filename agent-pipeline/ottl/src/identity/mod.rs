//! Equality of attribute sets: bytes that are the same for two sets exactly when these are equal.
//!
//! Order does not count, in maps inside values neither; types do, and doubles count by their bits. A key that stands
//! twice makes another set than one that stands once.

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use agent_otlp::AnyValue;

/// Appends the identity of a set of keys and values.
pub fn put_set(mut set: Vec<(&str, &AnyValue<'_>)>, out: &mut Vec<u8>) {
    set.sort_by_key(|(key, _)| *key);
    put_len(set.len(), out);
    for (key, value) in set {
        put_text(key, out);
        put_value(value, out);
    }
}

/// Appends a text so that what follows it cannot be taken for a part of it.
pub fn put_text(text: &str, out: &mut Vec<u8>) {
    put_bytes(text.as_bytes(), out);
}

fn put_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    put_len(bytes.len(), out);
    out.extend_from_slice(bytes);
}

fn put_len(len: usize, out: &mut Vec<u8>) {
    out.extend_from_slice(&len.to_le_bytes());
}

/// Appends the identity of a value.
pub fn put_value(value: &AnyValue<'_>, out: &mut Vec<u8>) {
    match value {
        AnyValue::Empty => out.push(0),
        AnyValue::String(text) => {
            out.push(1);
            put_text(text, out);
        }
        AnyValue::Bool(truth) => out.extend_from_slice(&[2, u8::from(*truth)]),
        AnyValue::Int(number) => {
            out.push(3);
            out.extend_from_slice(&number.to_le_bytes());
        }
        AnyValue::Double(number) => {
            out.push(4);
            out.extend_from_slice(&number.to_bits().to_le_bytes());
        }
        AnyValue::Bytes(bytes) => {
            out.push(5);
            put_bytes(bytes, out);
        }
        AnyValue::Array(values) => {
            out.push(6);
            put_len(values.len(), out);
            for value in values {
                put_value(value, out);
            }
        }
        AnyValue::KvList(members) => {
            out.push(7);
            put_set(members.iter().map(member).collect(), out);
        }
    }
}

fn member<'m, 'v>((key, value): &'m (Cow<'v, str>, AnyValue<'v>)) -> (&'m str, &'m AnyValue<'v>) {
    (key, value)
}
