//! The shapes real telemetry is made of, recognised without tables.
//!
//! A `bool` function answers `true` only for bytes that `table` accepts too; `false` means "ask the table".
//! They never recurse: an attribute whose value is a list or a map is always the table's.

use super::{Fail, table};
use crate::Signal;
use crate::schema;
use crate::wire::{take_varint, utf8};

/// An export request.
pub(super) fn request(signal: Signal, bytes: &[u8]) -> Result<usize, Fail> {
    let _ = signal;
    table::message(schema::request(signal), bytes, 0)
}

/// A `KeyValue` with a key and a string, integer, boolean or double.
pub(super) fn key_value(bytes: &[u8]) -> bool {
    let [0x0A, key_len @ ..=0x7F, rest @ ..] = bytes else { return false };
    let Some((key, rest)) = rest.split_at_checked(usize::from(*key_len)) else { return false };
    let mut rest = rest;
    let Some((0x12, after)) = rest.split_first() else { return false };
    rest = after;
    let Some(len) = take_varint(&mut rest) else { return false };
    if len != rest.len() as u64 || !utf8::is_utf8(key) {
        return false;
    }
    match rest {
        [0x0A, text @ ..] => {
            let mut text = text;
            take_varint(&mut text).is_some_and(|len| len == text.len() as u64) && utf8::is_utf8(text)
        }
        [0x18 | 0x10, number @ ..] => {
            let mut number = number;
            take_varint(&mut number).is_some() && number.is_empty()
        }
        [0x21, double @ ..] => double.len() == 8,
        _ => false,
    }
}
