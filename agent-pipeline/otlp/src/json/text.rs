//! How single values are spelled in a document.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::schema::Kind;
use crate::wire::{self, Value, int, take_varint};

/// Whether a scalar is what an absent one would be.
pub(super) fn is_zero(kind: Kind, value: Value<'_>) -> bool {
    match kind {
        Kind::Str | Kind::Bytes | Kind::TraceId | Kind::SpanId => value.bytes().is_empty(),
        Kind::Double => value.double() == 0.0,
        Kind::Int32 | Kind::UInt32 | Kind::SInt32 | Kind::Enum(_) => int::low32(value.bits()) == 0,
        Kind::Message(_) => false,
        _ => value.bits() == 0,
    }
}

/// The elements of a packed list.
pub(super) fn unpack(kind: Kind, mut packed: &[u8]) -> impl Iterator<Item = Value<'_>> {
    let wire_type = kind.wire_type();
    std::iter::from_fn(move || match wire_type {
        wire::VARINT => take_varint(&mut packed).map(Value::Varint),
        wire::FIXED64 => {
            let (bytes, rest) = packed.split_first_chunk::<8>()?;
            packed = rest;
            Some(Value::Fixed64(u64::from_le_bytes(*bytes)))
        }
        wire::FIXED32 => {
            let (bytes, rest) = packed.split_first_chunk::<4>()?;
            packed = rest;
            Some(Value::Fixed32(u32::from_le_bytes(*bytes)))
        }
        _ => None,
    })
}

/// One value that is not a message.
pub(super) fn scalar(kind: Kind, value: Value<'_>, out: &mut Vec<u8>) {
    let bits = value.bits();
    match kind {
        Kind::Str => string(value.text(), out),
        Kind::Bytes => {
            out.push(b'"');
            out.extend_from_slice(STANDARD.encode(value.bytes()).as_bytes());
            out.push(b'"');
        }
        Kind::TraceId | Kind::SpanId => hex(value.bytes(), out),
        Kind::Bool => out.extend_from_slice(if bits == 0 { b"false" } else { b"true" }),
        Kind::Int32 | Kind::Enum(_) => number(int::int32(bits), out),
        Kind::UInt32 | Kind::Fixed32 => number(int::low32(bits), out),
        Kind::SInt32 => number(int::sint32(bits), out),
        Kind::UInt64 | Kind::Fixed64 => quoted(bits, out),
        Kind::Int64 | Kind::SFixed64 => quoted(bits.cast_signed(), out),
        Kind::Double => double(value.double(), out),
        Kind::Message(_) => {}
    }
}

fn number(value: impl itoa::Integer, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// A 64-bit integer, which JSON readers that only know doubles would round.
fn quoted(value: impl itoa::Integer, out: &mut Vec<u8>) {
    out.push(b'"');
    number(value, out);
    out.push(b'"');
}

fn double(value: f64, out: &mut Vec<u8>) {
    if value.is_nan() {
        out.extend_from_slice(b"\"NaN\"");
    } else if value.is_infinite() {
        out.extend_from_slice(if value > 0.0 { b"\"Infinity\"" } else { b"\"-Infinity\"" });
    } else {
        // Writing to a vector does not fail, and neither does formatting a finite double.
        let _ = serde_json::to_writer(out, &value);
    }
}

fn hex(bytes: &[u8], out: &mut Vec<u8>) {
    let digit = |nibble: u8| if nibble < 10 { b'0' + nibble } else { b'a' - 10 + nibble };
    out.push(b'"');
    for byte in bytes {
        out.extend_from_slice(&[digit(byte >> 4), digit(byte & 0xF)]);
    }
    out.push(b'"');
}

/// A quoted string; only what JSON demands is escaped.
pub(super) fn string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let mut rest = text.as_bytes();
    loop {
        let (plain, from) = rest.split_at(plain_len(rest));
        out.extend_from_slice(plain);
        let Some((special, after)) = from.split_first() else { break };
        rest = after;
        match special {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            control => {
                out.extend_from_slice(if *control < 0x10 { b"\\u000" } else { b"\\u001" });
                let low = control & 0xF;
                out.push(if low < 10 { b'0' + low } else { b'a' - 10 + low });
            }
        }
    }
    out.push(b'"');
}

/// How many bytes at the front need no escape; looks at eight at a time.
fn plain_len(bytes: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x80 * ONES;
    // The high bit of each byte that is below `limit`; exact for the first such byte, which is all that counts.
    let below = |word: u64, limit: u64| word.wrapping_sub(ONES * limit) & !word & HIGH;
    let (words, tail) = bytes.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let quote = below(word ^ (ONES * u64::from(b'"')), 1);
        let backslash = below(word ^ (ONES * u64::from(b'\\')), 1);
        let special = below(word, 0x20) | quote | backslash;
        if special != 0 {
            return index * 8 + special.trailing_zeros() as usize / 8;
        }
    }
    let special = |byte: &u8| *byte < 0x20 || matches!(*byte, b'"' | b'\\');
    tail.iter().position(special).map_or(bytes.len(), |at| words.len() * 8 + at)
}
