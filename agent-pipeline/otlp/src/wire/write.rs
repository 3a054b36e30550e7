//! Writing fields.

use super::{FIXED32, FIXED64, LEN, VARINT, int};

/// Bytes a varint takes, 1 to 10.
pub(crate) const fn varint_len(value: u64) -> usize {
    let bits = 64 - (value | 1).leading_zeros() as usize;
    bits.div_ceil(7)
}

#[inline]
pub(crate) fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(int::varint_byte(value));
        value >>= 7;
    }
    out.push(int::varint_end(value));
}

#[inline]
pub(crate) fn put_key(out: &mut Vec<u8>, number: u32, wire_type: u8) {
    put_varint(out, u64::from(number) << 3 | u64::from(wire_type));
}

/// Key and length of a length-delimited field whose `len` bytes follow.
#[inline]
pub(crate) fn put_len_header(out: &mut Vec<u8>, number: u32, len: usize) {
    put_key(out, number, LEN);
    put_varint(out, len as u64);
}

/// A string, bytes or message field.
#[inline]
pub(crate) fn put_bytes(out: &mut Vec<u8>, number: u32, bytes: &[u8]) {
    put_len_header(out, number, bytes.len());
    out.extend_from_slice(bytes);
}

pub(crate) fn put_varint_field(out: &mut Vec<u8>, number: u32, value: u64) {
    put_key(out, number, VARINT);
    put_varint(out, value);
}

pub(crate) fn put_fixed64(out: &mut Vec<u8>, number: u32, value: u64) {
    put_key(out, number, FIXED64);
    out.extend_from_slice(&value.to_le_bytes());
}

pub(crate) fn put_double(out: &mut Vec<u8>, number: u32, value: f64) {
    put_fixed64(out, number, value.to_bits());
}

pub(crate) fn put_fixed32(out: &mut Vec<u8>, number: u32, value: u32) {
    put_key(out, number, FIXED32);
    out.extend_from_slice(&value.to_le_bytes());
}
