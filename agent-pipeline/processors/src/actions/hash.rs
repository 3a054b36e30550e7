//! `hash`: SHA-256 of a value, in lower-case hexadecimal.

use agent_otlp::AnyValue;
use sha2::{Digest, Sha256};

/// The hash of a scalar: a string's bytes, one byte for a boolean, eight little-endian bytes for a number.
/// Everything else has no hash and becomes an empty text, so that a secret in a list does not stay readable.
pub(super) fn hash(value: &AnyValue<'_>) -> String {
    match value {
        AnyValue::String(text) => digest(text.as_bytes()),
        AnyValue::Bool(truth) => digest(&[u8::from(*truth)]),
        AnyValue::Int(number) => digest(&number.to_le_bytes()),
        AnyValue::Double(number) => digest(&number.to_bits().to_le_bytes()),
        AnyValue::Empty | AnyValue::Bytes(_) | AnyValue::Array(_) | AnyValue::KvList(_) => String::new(),
    }
}

fn digest(bytes: &[u8]) -> String {
    let nibbles = Sha256::digest(bytes).into_iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
    nibbles.filter_map(|nibble| char::from_digit(u32::from(nibble), 16)).collect()
}
