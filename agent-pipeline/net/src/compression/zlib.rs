//! zlib by libdeflate.
//!
//! zlib does not name the size of the result, so the buffer starts at a guess for telemetry and grows up to the
//! limit. What follows the stream is not looked at, as in Go's reader.

use bytes::Bytes;
use libdeflater::DecompressionError;

use super::{Codec, CompressError, DecompressError, bounded, kept};

/// Telemetry rarely becomes more than this many times as large.
const USUAL_RATIO: usize = 16;
const SMALLEST_BUFFER: usize = 4096;

pub(super) fn decompress(input: &[u8], limit: usize) -> Result<Bytes, DecompressError> {
    let mut room = input.len().saturating_mul(USUAL_RATIO).max(SMALLEST_BUFFER).min(limit);
    loop {
        let mut out = vec![0; room];
        match kept::with(|coders| coders.inflate().zlib_decompress(input, &mut out)) {
            Ok(size) => {
                out.truncate(size);
                return Ok(Bytes::from(out));
            }
            Err(DecompressionError::InsufficientSpace) if room < limit => {
                room = room.saturating_mul(4).min(limit);
            }
            Err(DecompressionError::InsufficientSpace) => return Err(DecompressError::TooLarge { limit }),
            Err(DecompressionError::BadData) => return Err(Codec::Zlib.corrupt("damaged or cut short")),
        }
    }
}

pub(super) fn compress(level: Option<i32>, input: &[u8], out: &mut Vec<u8>) -> Result<(), CompressError> {
    kept::with(|coders| {
        let coder = coders.deflate(level);
        let room = coder.zlib_compress_bound(input.len());
        bounded::append(out, room, |scratch| coder.zlib_compress(input, scratch))
    })
    .map_err(|error| Codec::Zlib.failed(error))
}
