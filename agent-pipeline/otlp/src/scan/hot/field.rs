//! Fields as they begin most often: one-byte keys, short lengths.

use crate::wire::{take_varint, utf8};

/// Takes a length-delimited field off the front if its key is this one and its bytes are there.
#[inline]
pub(super) fn child<'a>(bytes: &mut &'a [u8], key: u8) -> Option<&'a [u8]> {
    let (first, rest) = bytes.split_first()?;
    if *first != key {
        return None;
    }
    let mut rest = rest;
    let content = delimited(&mut rest)?;
    *bytes = rest;
    Some(content)
}

/// Takes a length and that many bytes off the front.
#[inline]
pub(super) fn delimited<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (len, rest) = match *bytes {
        [len @ ..=0x7F, rest @ ..] => (usize::from(*len), rest),
        [low, high @ ..=0x7F, rest @ ..] => (usize::from(*low & 0x7F) | usize::from(*high) << 7, rest),
        _ => {
            let mut rest = *bytes;
            (usize::try_from(take_varint(&mut rest)?).ok()?, rest)
        }
    };
    let (content, rest) = rest.split_at_checked(len)?;
    *bytes = rest;
    Some(content)
}

#[inline]
pub(super) fn skip(bytes: &mut &[u8], len: usize) -> bool {
    let Some(rest) = bytes.get(len..) else { return false };
    *bytes = rest;
    true
}

#[inline]
pub(super) fn varint(bytes: &mut &[u8]) -> bool {
    take_varint(bytes).is_some()
}

#[inline]
pub(super) fn string(bytes: &mut &[u8]) -> bool {
    delimited(bytes).is_some_and(utf8::is_utf8)
}

#[inline]
pub(super) fn id(bytes: &mut &[u8], len: usize) -> bool {
    delimited(bytes).is_some_and(|id| id.len() == len || id.is_empty())
}
