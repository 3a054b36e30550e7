//! The protobuf wire format: reading fields from a slice, writing fields to a vector.
//!
//! [`Fields`] is for bytes the scan accepted and therefore has no errors: on bytes that are not
//! well formed it ends early. The validating reader is in `crate::scan`.

pub(crate) mod int;
mod nested;
mod read;
mod skim;
pub(crate) mod utf8;
mod write;

#[cfg(test)]
mod tests;

pub(crate) use nested::{Nested, Open};
pub(crate) use read::{Field, Fields, Value, last, last_nested, merged, skip_group, take_varint};
pub(crate) use skim::{content, skim};
pub(crate) use write::{
    put_bytes, put_double, put_fixed32, put_fixed64, put_key, put_len_header, put_varint, put_varint_field,
    varint_len,
};

/// Wire type of integers, booleans and enums.
pub(crate) const VARINT: u8 = 0;
/// Wire type of eight little-endian bytes.
pub(crate) const FIXED64: u8 = 1;
/// Wire type of strings, bytes, messages and packed lists.
pub(crate) const LEN: u8 = 2;
/// Wire type that opens a group; no OTLP message has one.
pub(crate) const GROUP_START: u8 = 3;
/// Wire type that closes a group.
pub(crate) const GROUP_END: u8 = 4;
/// Wire type of four little-endian bytes.
pub(crate) const FIXED32: u8 = 5;

/// How many unknown groups may lie inside each other.
pub(crate) const MAX_GROUP_DEPTH: usize = 100;
