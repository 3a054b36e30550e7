//! Reading fields of bytes that were validated before.
//!
//! Nothing here allocates except [`merged`] when a message field occurs more than once.

use std::borrow::Cow;

use super::{FIXED32, FIXED64, GROUP_END, GROUP_START, LEN, MAX_GROUP_DEPTH, VARINT};
use crate::error::Malformed;
use crate::wire::int;

/// The content of one field.
#[derive(Copy, Clone, Debug, PartialEq)]
pub(crate) enum Value<'a> {
    Varint(u64),
    Fixed64(u64),
    Len(&'a [u8]),
    Fixed32(u32),
    /// An unknown group; its content is never looked at.
    Group,
}

impl<'a> Value<'a> {
    /// The payload of a length-delimited field, empty for the other kinds.
    pub(crate) fn bytes(self) -> &'a [u8] {
        if let Value::Len(bytes) = self { bytes } else { &[] }
    }

    /// The payload as text, empty where it is none.
    pub(crate) fn text(self) -> &'a str {
        std::str::from_utf8(self.bytes()).unwrap_or_default()
    }

    /// The integer of a varint, fixed32 or fixed64 field, 0 for a length-delimited one.
    pub(crate) fn bits(self) -> u64 {
        match self {
            Value::Varint(v) | Value::Fixed64(v) => v,
            Value::Fixed32(v) => u64::from(v),
            Value::Len(_) | Value::Group => 0,
        }
    }

    /// The double whose bits the field holds.
    pub(crate) fn double(self) -> f64 {
        f64::from_bits(self.bits())
    }
}

/// One field: its number, content, and all its bytes from the key on.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Field<'a> {
    pub(crate) number: u32,
    pub(crate) value: Value<'a>,
    pub(crate) raw: &'a [u8],
}

/// The fields of one message in wire order.
#[derive(Clone, Debug)]
pub(crate) struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    pub(crate) const fn new(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    /// What was not read yet.
    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.rest
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Field<'a>;

    #[inline]
    fn next(&mut self) -> Option<Field<'a>> {
        let start = self.rest;
        let mut rest = start;
        let key = take_varint(&mut rest)?;
        let number = u32::try_from(key >> 3).ok()?;
        let value = match int::varint_end(key & 7) {
            VARINT => Value::Varint(take_varint(&mut rest)?),
            FIXED64 => {
                let (bytes, after) = rest.split_first_chunk::<8>()?;
                rest = after;
                Value::Fixed64(u64::from_le_bytes(*bytes))
            }
            LEN => {
                let len = usize::try_from(take_varint(&mut rest)?).ok()?;
                let (bytes, after) = rest.split_at_checked(len)?;
                rest = after;
                Value::Len(bytes)
            }
            GROUP_START => {
                skip_group(&mut rest, number).ok()?;
                Value::Group
            }
            FIXED32 => {
                let (bytes, after) = rest.split_first_chunk::<4>()?;
                rest = after;
                Value::Fixed32(u32::from_le_bytes(*bytes))
            }
            _ => return None,
        };
        self.rest = rest;
        let raw = start.get(..start.len() - rest.len())?;
        Some(Field { number, value, raw })
    }
}

/// Takes a varint off the front; `None` when it is cut off or above 64 bits.
#[inline]
pub(crate) fn take_varint(bytes: &mut &[u8]) -> Option<u64> {
    let (&first, rest) = bytes.split_first()?;
    if first < 0x80 {
        *bytes = rest;
        return Some(u64::from(first));
    }
    take_long_varint(bytes)
}

fn take_long_varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    let mut rest = *bytes;
    for shift in (0..70).step_by(7) {
        let (&byte, after) = rest.split_first()?;
        rest = after;
        if shift == 63 && byte > 1 {
            return None;
        }
        value |= u64::from(byte & 0x7F) << shift;
        if byte < 0x80 {
            *bytes = rest;
            return Some(value);
        }
    }
    None
}

/// Skips the content of the unknown group `number` up to and with its end key, without recursion.
pub(crate) fn skip_group(bytes: &mut &[u8], number: u32) -> Result<(), Malformed> {
    let mut open = vec![number];
    while let Some(&current) = open.last() {
        let key = take_varint(bytes).ok_or(Malformed::Varint)?;
        let inner = u32::try_from(key).map_err(|_| Malformed::Key)? >> 3;
        if inner == 0 {
            return Err(Malformed::Key);
        }
        let len = match int::varint_end(key & 7) {
            VARINT => {
                take_varint(bytes).ok_or(Malformed::Varint)?;
                0
            }
            FIXED64 => 8,
            LEN => take_varint(bytes).ok_or(Malformed::Varint)?,
            GROUP_START if open.len() == MAX_GROUP_DEPTH => return Err(Malformed::Depth),
            GROUP_START => {
                open.push(inner);
                0
            }
            GROUP_END if inner == current => {
                open.pop();
                0
            }
            GROUP_END => return Err(Malformed::Group),
            FIXED32 => 4,
            _ => return Err(Malformed::Key),
        };
        let len = usize::try_from(len).map_err(|_| Malformed::Truncated)?;
        *bytes = bytes.get(len..).ok_or(Malformed::Truncated)?;
    }
    Ok(())
}

/// The last occurrence of a scalar field, which is the one that counts.
pub(crate) fn last(message: &[u8], number: u32) -> Option<Value<'_>> {
    Fields::new(message).filter(|f| f.number == number).last().map(|f| f.value)
}

/// The last occurrence of scalar `inner` in the message field `outer`, over all its occurrences.
pub(crate) fn last_nested(message: &[u8], outer: u32, inner: u32) -> Option<Value<'_>> {
    Fields::new(message).filter(|f| f.number == outer).filter_map(|f| last(f.value.bytes(), inner)).last()
}

/// The message field `number`, its occurrences merged (protobuf: concatenation is merging);
/// `None` when there is none.
pub(crate) fn merged(message: &[u8], number: u32) -> Option<Cow<'_, [u8]>> {
    let mut found: Option<Cow<'_, [u8]>> = None;
    for field in Fields::new(message).filter(|f| f.number == number) {
        match &mut found {
            None => found = Some(Cow::Borrowed(field.value.bytes())),
            Some(so_far) => so_far.to_mut().extend_from_slice(field.value.bytes()),
        }
    }
    found
}
