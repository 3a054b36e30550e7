//! The LZ4 frame format.
//!
//! The decoder takes a body that ends between two blocks for a whole one; the end mark is checked here, so that a
//! body cut short is an error as it is for every other codec.

use std::io::Write;

use bytes::Bytes;
use lz4_flex::frame::{FrameDecoder, FrameEncoder};

use super::{Codec, CompressError, DecompressError, bounded};

pub(super) const MAGIC: [u8; 4] = 0x184d_2204_u32.to_le_bytes();
/// The bit of the flag byte that says a checksum of the content follows the end mark.
const CONTENT_CHECKSUM: u8 = 1 << 2;
const END_MARK: [u8; 4] = [0; 4];

pub(super) fn decompress(input: &[u8], limit: usize) -> Result<Bytes, DecompressError> {
    let out = bounded::read(Codec::Lz4, FrameDecoder::new(input), limit)?;
    if input.starts_with(&MAGIC) && !has_end_mark(input) {
        return Err(Codec::Lz4.corrupt("cut short"));
    }
    Ok(out)
}

fn has_end_mark(input: &[u8]) -> bool {
    let checksum = input.get(4).is_some_and(|flags| flags & CONTENT_CHECKSUM != 0);
    let behind = if checksum { 4 } else { 0 };
    input
        .len()
        .checked_sub(behind)
        .and_then(|end| input.get(..end))
        .is_some_and(|body| body.ends_with(&END_MARK))
}

pub(super) fn compress(input: &[u8], out: &mut Vec<u8>) -> Result<(), CompressError> {
    let before = out.len();
    let mut coder = FrameEncoder::new(&mut *out);
    let done =
        coder.write_all(input).map_err(lz4_flex::frame::Error::from).and_then(|()| coder.finish().map(drop));
    done.map_err(|error| {
        out.truncate(before);
        Codec::Lz4.failed(error)
    })
}
