//! `AnyValue` and `KeyValue` from and to the wire.
//!
//! Decoding follows protobuf's merge rules: a value met twice replaces the first, except that two lists (or two
//! maps) in a row become one. Recursion is bounded by the scan; what a program builds itself is its own bound.

use std::borrow::Cow;

use super::AnyValue;
use crate::wire::{
    self, Fields, Nested, Value, put_bytes, put_double, put_len_header, put_varint_field, varint_len,
};

/// Decodes the bytes of one `AnyValue`.
pub(crate) fn decode(bytes: &[u8]) -> AnyValue<'_> {
    // What every encoder writes for a short text and a small number.
    match bytes {
        [0x0A, len @ ..=0x7F, text @ ..] if usize::from(*len) == text.len() => {
            return AnyValue::String(Cow::Borrowed(std::str::from_utf8(text).unwrap_or_default()));
        }
        [0x18, number @ ..=0x7F] => return AnyValue::Int(i64::from(*number)),
        _ => {}
    }
    let mut value = AnyValue::Empty;
    merge(&mut value, bytes);
    value
}

/// Merges the bytes of an `AnyValue` into one decoded before.
pub(crate) fn merge<'a>(value: &mut AnyValue<'a>, bytes: &'a [u8]) {
    for field in Fields::new(bytes) {
        *value = match (field.number, field.value) {
            (1, content) => AnyValue::String(Cow::Borrowed(content.text())),
            (2, content) => AnyValue::Bool(content.bits() != 0),
            (3, content) => AnyValue::Int(content.bits().cast_signed()),
            (4, content) => AnyValue::Double(content.double()),
            (5, Value::Len(list)) => {
                let mut values =
                    if let AnyValue::Array(values) = value { std::mem::take(values) } else { Vec::new() };
                values.extend(Fields::new(list).filter(|f| f.number == 1).map(|f| decode(f.value.bytes())));
                AnyValue::Array(values)
            }
            (6, Value::Len(list)) => {
                let mut members =
                    if let AnyValue::KvList(members) = value { std::mem::take(members) } else { Vec::new() };
                members
                    .extend(Fields::new(list).filter(|f| f.number == 1).map(|f| key_value(f.value.bytes())));
                AnyValue::KvList(members)
            }
            (7, content) => AnyValue::Bytes(Cow::Borrowed(content.bytes())),
            // An index into a string table that only profiles have: a value, but none we can show.
            (8, _) => AnyValue::Empty,
            _ => continue,
        };
    }
}

/// Decodes the bytes of one `KeyValue`.
fn key_value(bytes: &[u8]) -> (Cow<'_, str>, AnyValue<'_>) {
    let (mut key, mut value) = ("", AnyValue::Empty);
    for field in Fields::new(bytes) {
        match field.number {
            1 => key = field.value.text(),
            2 => merge(&mut value, field.value.bytes()),
            _ => {}
        }
    }
    (Cow::Borrowed(key), value)
}

/// Key and value of a `KeyValue` that is given with the key and length of the field that holds it, where it is as every
/// encoder writes it: key, then value, nothing else, and both short.
#[inline]
fn usual(raw: &[u8]) -> Option<(&[u8], &[u8])> {
    let [0x0A, len @ ..=0x7F, rest @ ..] = wire::content(raw) else { return None };
    let (key, [0x12, len @ ..=0x7F, value @ ..]) = rest.split_at_checked(usize::from(*len))? else {
        return None;
    };
    (usize::from(*len) == value.len()).then_some((key, value))
}

/// The key of a `KeyValue` that is given with the key and length of the field that holds it.
#[inline]
pub(crate) fn key_of_field(raw: &[u8]) -> &[u8] {
    match usual(raw) {
        Some((key, _)) => key,
        None => wire::last(wire::content(raw), 1).map_or(&[], Value::bytes),
    }
}

/// The value of a `KeyValue` that is given with the key and length of the field that holds it.
pub(crate) fn value_of_field(raw: &[u8]) -> AnyValue<'_> {
    if let Some((_, value)) = usual(raw) {
        return decode(value);
    }
    let mut value = AnyValue::Empty;
    for field in Fields::new(wire::content(raw)).filter(|field| field.number == 2) {
        merge(&mut value, field.value.bytes());
    }
    value
}

/// Bytes a value that is neither list nor map takes as an `AnyValue` message, without key and length.
fn scalar_len(value: &AnyValue<'_>) -> Option<usize> {
    Some(match value {
        AnyValue::Empty => 0,
        AnyValue::String(text) => field_len(text.len()),
        AnyValue::Bool(_) => 2,
        AnyValue::Int(number) => 1 + varint_len(number.cast_unsigned()),
        AnyValue::Double(_) => 9,
        AnyValue::Bytes(bytes) => field_len(bytes.len()),
        AnyValue::Array(_) | AnyValue::KvList(_) => return None,
    })
}

/// A length-delimited field with a one-byte key.
fn field_len(content: usize) -> usize {
    1 + varint_len(content as u64) + content
}

/// Bytes a value takes whose length is known without writing it: one that holds no value that holds values.
fn flat_len(value: &AnyValue<'_>) -> Option<usize> {
    match value {
        AnyValue::Array(_) | AnyValue::KvList(_) => Some(field_len(flat_list_len(value)?)),
        scalar => scalar_len(scalar),
    }
}

/// Bytes of the members of a list or map that holds none.
fn flat_list_len(value: &AnyValue<'_>) -> Option<usize> {
    match value {
        AnyValue::Array(values) => {
            values.iter().try_fold(0, |sum, value| Some(sum + field_len(scalar_len(value)?)))
        }
        AnyValue::KvList(members) => members.iter().try_fold(0, |sum, (key, value)| {
            Some(sum + field_len(member_len(key.as_bytes(), scalar_len(value)?)))
        }),
        _ => None,
    }
}

/// Bytes of a `KeyValue` whose value takes that many.
fn member_len(key: &[u8], value: usize) -> usize {
    let key = if key.is_empty() { 0 } else { field_len(key.len()) };
    key + field_len(value)
}

/// Appends the value as field `number` of the message being written.
pub(crate) fn encode_in(number: u32, value: &AnyValue<'_>, out: &mut Vec<u8>) {
    if let Some(len) = flat_len(value) {
        put_len_header(out, number, len);
        return put_flat(value, out);
    }
    let mut nested = Nested::default();
    let content = nested.open(number);
    put_value(value, &mut nested);
    nested.close(&content);
    nested.write(out);
}

/// Appends a `KeyValue` as field `number` of the message being written.
pub(crate) fn encode_field(number: u32, key: &[u8], value: &AnyValue<'_>, out: &mut Vec<u8>) {
    if let Some(len) = flat_len(value) {
        put_len_header(out, number, member_len(key, len));
        put_key(key, out);
        put_len_header(out, 2, len);
        return put_flat(value, out);
    }
    let mut nested = Nested::default();
    put_member(number, key, value, &mut nested);
    nested.write(out);
}

/// Appends a value that [`flat_len`] knows.
fn put_flat(value: &AnyValue<'_>, out: &mut Vec<u8>) {
    let len = flat_list_len(value).unwrap_or_default();
    match value {
        AnyValue::Array(values) => {
            put_len_header(out, 5, len);
            for value in values {
                put_len_header(out, 1, scalar_len(value).unwrap_or_default());
                put_scalar(value, out);
            }
        }
        AnyValue::KvList(members) => {
            put_len_header(out, 6, len);
            for (key, value) in members {
                encode_field(1, key.as_bytes(), value, out);
            }
        }
        scalar => put_scalar(scalar, out),
    }
}

fn put_key(key: &[u8], out: &mut Vec<u8>) {
    if !key.is_empty() {
        put_bytes(out, 1, key);
    }
}

/// Appends a value that is neither list nor map.
fn put_scalar(value: &AnyValue<'_>, out: &mut Vec<u8>) {
    match value {
        AnyValue::String(text) => put_bytes(out, 1, text.as_bytes()),
        AnyValue::Bool(truth) => put_varint_field(out, 2, u64::from(*truth)),
        AnyValue::Int(number) => put_varint_field(out, 3, number.cast_unsigned()),
        AnyValue::Double(number) => put_double(out, 4, *number),
        AnyValue::Bytes(bytes) => put_bytes(out, 7, bytes),
        AnyValue::Empty | AnyValue::Array(_) | AnyValue::KvList(_) => {}
    }
}

fn put_value(value: &AnyValue<'_>, out: &mut Nested) {
    match value {
        AnyValue::Array(values) => {
            let list = out.open(5);
            for value in values {
                let element = out.open(1);
                put_value(value, out);
                out.close(&element);
            }
            out.close(&list);
        }
        AnyValue::KvList(members) => {
            let list = out.open(6);
            for (key, value) in members {
                put_member(1, key.as_bytes(), value, out);
            }
            out.close(&list);
        }
        scalar => put_scalar(scalar, out.bytes()),
    }
}

fn put_member(number: u32, key: &[u8], value: &AnyValue<'_>, out: &mut Nested) {
    let member = out.open(number);
    put_key(key, out.bytes());
    let content = out.open(2);
    put_value(value, out);
    out.close(&content);
    out.close(&member);
}
