//! Text as Go writes and reads it: numbers, formats, patterns, cases.

mod casing;
mod duration;
mod format;
mod glob;
mod grok;
mod number;
mod time;
pub(crate) mod xml;

pub(crate) use casing::{camel, snake};
pub(crate) use duration::{parse_duration, show_duration};
pub(crate) use format::format;
pub(crate) use glob::Glob;
pub(crate) use grok::Grok;
pub(crate) use number::{float_parts, general_float, json_float};
pub(crate) use time::Layout;

/// Lower case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from(if half < 10 { b'0' + half } else { b'a' - 10 + half });
    let mut out = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        out.push(digit(byte >> 4));
        out.push(digit(byte & 15));
    }
    out
}

/// The bytes of hexadecimal text of either case.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pair = |pair: &[u8]| match pair {
        [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    };
    text.as_bytes().chunks(2).map(pair).collect()
}
