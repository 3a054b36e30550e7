//! The integer conversions protobuf defines, each in one place and by name.
//!
//! Truncation is the rule of the format here (`int32` is the low half of a 64-bit varint), not an accident.

/// The low 32 bits, as `uint32` is read from a varint.
#[expect(clippy::cast_possible_truncation, reason = "protobuf reads uint32 as the low half of the varint")]
pub(crate) const fn low32(value: u64) -> u32 {
    value as u32
}

/// `int32` and enums as read from a varint: the low half, as two's complement.
pub(crate) const fn int32(value: u64) -> i32 {
    low32(value).cast_signed()
}

/// `int32` and enums as written: sign-extended to 64 bits.
pub(crate) const fn from_int32(value: i32) -> u64 {
    (value as i64).cast_unsigned()
}

/// `sint32` as read from a varint (zigzag).
pub(crate) const fn sint32(value: u64) -> i32 {
    let value = low32(value);
    (value >> 1).cast_signed() ^ -((value & 1).cast_signed())
}

/// `sint32` as written (zigzag).
pub(crate) const fn from_sint32(value: i32) -> u64 {
    ((value << 1) ^ (value >> 31)).cast_unsigned() as u64
}

/// The low seven bits with the continuation bit, as a varint byte.
pub(crate) const fn varint_byte(value: u64) -> u8 {
    (value & 0x7F) as u8 | 0x80
}

/// A value known to be below 128, as the last varint byte.
pub(crate) const fn varint_end(value: u64) -> u8 {
    (value & 0x7F) as u8
}
