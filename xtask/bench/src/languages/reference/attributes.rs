//! Attribute lists of the protobuf library, edited in place.

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};

/// The value under a key.
pub(super) fn get<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a Value> {
    attributes.iter().find(|entry| entry.key == key)?.value.as_ref()?.value.as_ref()
}

/// The text under a key.
pub(super) fn text<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a str> {
    match get(attributes, key)? {
        Value::StringValue(text) => Some(text),
        _ => None,
    }
}

/// The number under a key.
pub(super) fn integer(attributes: &[KeyValue], key: &str) -> Option<i64> {
    match get(attributes, key)? {
        Value::IntValue(number) => Some(*number),
        _ => None,
    }
}

/// Puts a value in the place of the old one, or at the end.
pub(super) fn upsert(attributes: &mut Vec<KeyValue>, key: &str, value: Value) {
    let value = Some(AnyValue { value: Some(value) });
    match attributes.iter_mut().find(|entry| entry.key == key) {
        Some(entry) => entry.value = value,
        None => attributes.push(KeyValue { key: key.to_owned(), value, ..KeyValue::default() }),
    }
}

/// The same for a text.
pub(super) fn upsert_text(attributes: &mut Vec<KeyValue>, key: &str, text: &str) {
    upsert(attributes, key, Value::StringValue(text.to_owned()));
}

/// Puts a text at the end unless the key is there.
pub(super) fn insert_text(attributes: &mut Vec<KeyValue>, key: &str, text: &str) {
    if !attributes.iter().any(|entry| entry.key == key) {
        upsert_text(attributes, key, text);
    }
}

/// Removes a key.
pub(super) fn remove(attributes: &mut Vec<KeyValue>, key: &str) {
    if let Some(index) = attributes.iter().position(|entry| entry.key == key) {
        attributes.remove(index);
    }
}
