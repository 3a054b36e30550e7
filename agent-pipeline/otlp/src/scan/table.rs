//! The complete validator, driven by the schema tables.
//!
//! Recursion follows the schema, whose only cycle is `AnyValue`; [`MAX_VALUE_DEPTH`] bounds it.

use super::{Fail, hot};
use crate::error::Malformed;
use crate::schema::{KEY_VALUE, Kind, Message, Presence};
use crate::wire::{self, int, take_varint, utf8};
use crate::{MAX_VALUE_DEPTH, schema};

/// Validates `bytes` as `message` and counts the items in it. `depth` is the number of values around it.
pub(super) fn message(message: &'static Message, bytes: &[u8], depth: usize) -> Result<usize, Fail> {
    let depth = if message.nests { depth + 1 } else { depth };
    if depth > MAX_VALUE_DEPTH {
        return Err(Fail::new(bytes, Malformed::Depth));
    }
    let mut rest = bytes;
    let mut items = usize::from(message.item);
    let (mut member, mut member_items) = (0, 0);
    while !rest.is_empty() {
        let start = rest;
        let (number, wire_type) = key(&mut rest)?;
        let Some(field) = message.field(number) else {
            skip(&mut rest, number, wire_type, start)?;
            continue;
        };
        let found = value(field, wire_type, &mut rest, start, depth)?;
        if field.presence == Presence::OneOf {
            if member != number {
                (member, member_items) = (number, 0);
            }
            member_items += found;
        } else {
            items += found;
        }
    }
    Ok(items + member_items)
}

/// One known field: its content after the key, which began at `start`.
fn value(
    field: &'static schema::Field,
    wire_type: u8,
    rest: &mut &[u8],
    start: &[u8],
    depth: usize,
) -> Result<usize, Fail> {
    let expected = field.kind.wire_type();
    if wire_type != expected {
        if wire_type == wire::LEN && field.presence == Presence::List {
            packed(expected, delimited(rest, start)?)?;
            return Ok(0);
        }
        return Err(Fail::new(start, Malformed::WireType));
    }
    match expected {
        wire::VARINT => {
            take_varint(rest).ok_or_else(|| Fail::new(start, Malformed::Varint))?;
            Ok(0)
        }
        wire::FIXED64 => advance(rest, 8, start),
        wire::FIXED32 => advance(rest, 4, start),
        _ => content(field.kind, delimited(rest, start)?, depth),
    }
}

/// The content of a length-delimited field that is not packed.
fn content(kind: Kind, bytes: &[u8], depth: usize) -> Result<usize, Fail> {
    let rule = match kind {
        Kind::Message(inner) => {
            if std::ptr::eq(inner, &raw const KEY_VALUE) && hot::key_value(bytes) && depth < MAX_VALUE_DEPTH {
                return Ok(0);
            }
            return message(inner, bytes, depth);
        }
        Kind::Str if !utf8::is_utf8(bytes) => Malformed::Utf8,
        Kind::TraceId if !matches!(bytes.len(), 0 | 16) => Malformed::TraceId,
        Kind::SpanId if !matches!(bytes.len(), 0 | 8) => Malformed::SpanId,
        _ => return Ok(0),
    };
    Err(Fail::new(bytes, rule))
}

/// A packed list of numbers with the given wire type.
fn packed(element: u8, mut bytes: &[u8]) -> Result<(), Fail> {
    let width = match element {
        wire::FIXED64 => 8,
        wire::FIXED32 => 4,
        _ => {
            while !bytes.is_empty() {
                let start = bytes;
                take_varint(&mut bytes).ok_or_else(|| Fail::new(start, Malformed::Varint))?;
            }
            return Ok(());
        }
    };
    if bytes.len().is_multiple_of(width) { Ok(()) } else { Err(Fail::new(bytes, Malformed::Truncated)) }
}

fn key(rest: &mut &[u8]) -> Result<(u32, u8), Fail> {
    let start = *rest;
    let key = take_varint(rest).ok_or_else(|| Fail::new(start, Malformed::Varint))?;
    let wire_type = int::varint_end(key & 7);
    match u32::try_from(key) {
        Ok(key) if key >> 3 != 0 && wire_type <= wire::FIXED32 => Ok((key >> 3, wire_type)),
        _ => Err(Fail::new(start, Malformed::Key)),
    }
}

/// The payload of a length-delimited field.
pub(super) fn delimited<'a>(rest: &mut &'a [u8], start: &[u8]) -> Result<&'a [u8], Fail> {
    let len = take_varint(rest).ok_or_else(|| Fail::new(start, Malformed::Varint))?;
    let split = usize::try_from(len).ok().and_then(|len| rest.split_at_checked(len));
    let (bytes, after) = split.ok_or_else(|| Fail::new(start, Malformed::Truncated))?;
    *rest = after;
    Ok(bytes)
}

fn advance(rest: &mut &[u8], len: usize, start: &[u8]) -> Result<usize, Fail> {
    *rest = rest.get(len..).ok_or_else(|| Fail::new(start, Malformed::Truncated))?;
    Ok(0)
}

/// A field nobody knows.
fn skip(rest: &mut &[u8], number: u32, wire_type: u8, start: &[u8]) -> Result<(), Fail> {
    match wire_type {
        wire::VARINT => {
            take_varint(rest).ok_or_else(|| Fail::new(start, Malformed::Varint))?;
        }
        wire::FIXED64 => {
            advance(rest, 8, start)?;
        }
        wire::FIXED32 => {
            advance(rest, 4, start)?;
        }
        wire::LEN => {
            delimited(rest, start)?;
        }
        wire::GROUP_START => {
            wire::skip_group(rest, number).map_err(|fault| Fail::new(start, fault))?;
        }
        _ => return Err(Fail::new(start, Malformed::Group)),
    }
    Ok(())
}
