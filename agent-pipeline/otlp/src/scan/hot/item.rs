//! Spans, log records, number points and their attributes.

use super::field::{delimited, id, skip, string, varint};
use crate::scan::table;
use crate::schema::{self, Kind, Message};
use crate::wire::utf8;

/// A span.
pub(super) fn span(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let Some((key, after)) = rest.split_first() {
        rest = after;
        let fine = match *key {
            0x4A => attribute(&mut rest),
            0x0A => id(&mut rest, 16),
            0x12 | 0x22 => id(&mut rest, 8),
            0x39 | 0x41 => skip(&mut rest, 8),
            0x2A | 0x1A => string(&mut rest),
            0x30 | 0x50 | 0x60 | 0x70 => varint(&mut rest),
            0x85 => rest.first() == Some(&0x01) && skip(&mut rest, 5),
            0x7A => cold(&schema::SPAN, 15, &mut rest),
            0x5A => cold(&schema::SPAN, 11, &mut rest),
            0x6A => cold(&schema::SPAN, 13, &mut rest),
            _ => false,
        };
        if !fine {
            return false;
        }
    }
    true
}

/// A log record.
pub(super) fn log_record(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let Some((key, after)) = rest.split_first() {
        rest = after;
        let fine = match *key {
            0x32 => attribute(&mut rest),
            0x09 | 0x59 => skip(&mut rest, 8),
            0x10 | 0x38 => varint(&mut rest),
            0x1A | 0x62 => string(&mut rest),
            0x2A => {
                let mut body = rest;
                if delimited(&mut body).is_some_and(scalar) {
                    rest = body;
                    true
                } else {
                    cold(&schema::LOG_RECORD, 5, &mut rest)
                }
            }
            0x45 => skip(&mut rest, 4),
            0x4A => id(&mut rest, 16),
            0x52 => id(&mut rest, 8),
            _ => false,
        };
        if !fine {
            return false;
        }
    }
    true
}

/// A metric whose only data is one gauge or sum; its number of points.
pub(super) fn number_metric(bytes: &[u8]) -> Option<usize> {
    let (mut points, mut data) = (0, false);
    let mut rest = bytes;
    while let Some((key, after)) = rest.split_first() {
        rest = after;
        let fine = match *key {
            0x0A | 0x12 | 0x1A => string(&mut rest),
            0x2A | 0x3A if !data => {
                data = true;
                points = number_points(delimited(&mut rest)?, *key == 0x3A)?;
                true
            }
            _ => false,
        };
        if !fine {
            return None;
        }
    }
    Some(points)
}

/// A gauge or sum; its number of points.
fn number_points(bytes: &[u8], sum: bool) -> Option<usize> {
    let mut points = 0;
    let mut rest = bytes;
    while let Some((key, after)) = rest.split_first() {
        rest = after;
        let fine = match *key {
            0x0A => {
                points += 1;
                let content = delimited(&mut rest)?;
                number_point(content) || table::message(&schema::NUMBER_DATA_POINT, content, 0).is_ok()
            }
            0x10 | 0x18 if sum => varint(&mut rest),
            _ => false,
        };
        if !fine {
            return None;
        }
    }
    Some(points)
}

fn number_point(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let Some((key, after)) = rest.split_first() {
        rest = after;
        let fine = match *key {
            0x3A => attribute(&mut rest),
            0x11 | 0x19 | 0x21 | 0x31 => skip(&mut rest, 8),
            0x40 => varint(&mut rest),
            _ => false,
        };
        if !fine {
            return false;
        }
    }
    true
}

/// A `KeyValue` with a key and a string, integer, boolean or double.
#[inline]
pub(in crate::scan) fn key_value(bytes: &[u8]) -> bool {
    let [0x0A, key_len @ ..=0x7F, rest @ ..] = bytes else { return false };
    let Some((key, [0x12, rest @ ..])) = rest.split_at_checked(usize::from(*key_len)) else { return false };
    // The common attribute: a short string, everything ASCII.
    if let [len @ ..=0x7F, 0x0A, text_len @ ..=0x7F, text @ ..] = rest
        && usize::from(*len) == text.len() + 2
        && usize::from(*text_len) == text.len()
    {
        return utf8::is_ascii(bytes) || (utf8::is_utf8(key) && utf8::is_utf8(text));
    }
    let mut rest = rest;
    delimited(&mut rest).is_some_and(scalar) && rest.is_empty() && utf8::is_utf8(key)
}

/// An `AnyValue` with exactly one string, integer, boolean or double.
fn scalar(bytes: &[u8]) -> bool {
    let [key, rest @ ..] = bytes else { return false };
    let mut rest = rest;
    let fine = match *key {
        0x0A => string(&mut rest),
        0x18 | 0x10 => varint(&mut rest),
        0x21 => skip(&mut rest, 8),
        _ => false,
    };
    fine && rest.is_empty()
}

#[inline]
fn attribute(bytes: &mut &[u8]) -> bool {
    delimited(bytes).is_some_and(|content| key_value(content) || cold_key_value(content))
}

#[cold]
fn cold_key_value(bytes: &[u8]) -> bool {
    table::message(&schema::KEY_VALUE, bytes, 0).is_ok()
}

/// A part of an item that is rare enough for the table.
fn cold(item: &'static Message, number: u32, bytes: &mut &[u8]) -> bool {
    let Some(Kind::Message(inner)) = item.field(number).map(|field| field.kind) else { return false };
    delimited(bytes).is_some_and(|content| table::message(inner, content, 0).is_ok())
}
