//! gzip by libdeflate, with a streaming decoder for the bodies that need one.
//!
//! A gzip body ends with the size of its last member. Where there is one member, which is nearly always, that is
//! the size of the result, so one buffer and one pass are enough. The quick way is taken only when nothing in the
//! body looks like the start of a second member; several members, damage and lies about the size go to the
//! streaming decoder, which decides.

use bytes::Bytes;
use flate2::bufread::MultiGzDecoder;

use super::{Codec, CompressError, DecompressError, bounded, kept};

/// A member starts with two magic bytes and the one method there is (RFC 1952, 2.3.1).
pub(super) const MAGIC: [u8; 3] = [0x1f, 0x8b, 8];
/// Header and trailer of a member.
const SMALLEST: usize = 18;
/// Deflate never makes more of a byte than this (258 bytes from 2 bits).
pub(super) const MOST_FROM_A_BYTE: usize = 1032;

pub(super) fn decompress(input: &[u8], limit: usize) -> Result<Bytes, DecompressError> {
    if let Some(size) = plausible_size(input, limit) {
        let mut out = vec![0; size];
        let done = kept::with(|coders| coders.inflate().gzip_decompress(input, &mut out));
        if done == Ok(size) {
            return Ok(Bytes::from(out));
        }
    }
    bounded::read(Codec::Gzip, MultiGzDecoder::new(input), limit)
}

/// The size that the trailer names, where there is one member and the size can be true.
fn plausible_size(input: &[u8], limit: usize) -> Option<usize> {
    if input.len() < SMALLEST || !input.starts_with(&MAGIC) {
        return None;
    }
    let size = usize::try_from(u32::from_le_bytes(*input.last_chunk()?)).ok()?;
    let can_be = size <= limit && size <= input.len().saturating_mul(MOST_FROM_A_BYTE);
    let more_members = memchr::memmem::find(input.get(MAGIC.len()..)?, &MAGIC).is_some();
    (can_be && !more_members).then_some(size)
}

pub(super) fn compress(level: Option<i32>, input: &[u8], out: &mut Vec<u8>) -> Result<(), CompressError> {
    kept::with(|coders| {
        let coder = coders.deflate(level);
        let room = coder.gzip_compress_bound(input.len());
        bounded::append(out, room, |scratch| coder.gzip_compress(input, scratch))
    })
    .map_err(|error| Codec::Gzip.failed(error))
}
