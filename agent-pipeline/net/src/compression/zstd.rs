//! Zstandard by the reference library.
//!
//! A frame that names its size is decoded in one pass into a buffer of that size. Others, and bodies of several
//! frames, go through the streaming decoder with a bounded window.

use bytes::Bytes;
use zstd::zstd_safe;

use super::{Codec, CompressError, DecompressError, bounded, kept};

/// Windows that the library's own encoder uses at its usual levels are accepted whatever the limit.
const USUAL_WINDOW_LOG: u32 = 23;
/// The largest window of the library's default decoder.
const LARGEST_WINDOW_LOG: u32 = 27;

pub(super) fn decompress(input: &[u8], limit: usize) -> Result<Bytes, DecompressError> {
    let named = zstd_safe::get_frame_content_size(input).ok().flatten();
    if let Some(size) = named {
        let size = usize::try_from(size).ok().filter(|size| *size <= limit);
        let size = size.ok_or(DecompressError::TooLarge { limit })?;
        if let Some(whole) = in_one_pass(input, size) {
            return Ok(whole);
        }
    }
    streamed(input, limit)
}

/// `None` when the body is not exactly one frame of that size.
fn in_one_pass(input: &[u8], size: usize) -> Option<Bytes> {
    kept::with(|coders| {
        let decoder = coders.zstd_reader().ok()?;
        let mut out = Vec::with_capacity(size);
        let written = decoder.decompress_to_buffer(input, &mut out).ok()?;
        (written == size).then(|| Bytes::from(out))
    })
}

fn streamed(input: &[u8], limit: usize) -> Result<Bytes, DecompressError> {
    let decoder = reader(input, limit).map_err(|error| Codec::Zstd.corrupt(error))?;
    bounded::read(Codec::Zstd, decoder, limit)
}

/// A decoder that takes no larger window than a body within the limit can need.
pub(super) fn reader(input: &[u8], limit: usize) -> std::io::Result<impl std::io::Read> {
    let mut decoder = zstd::stream::read::Decoder::with_buffer(input)?;
    let window = limit.checked_next_power_of_two().map_or(LARGEST_WINDOW_LOG, usize::ilog2);
    decoder.window_log_max(window.clamp(USUAL_WINDOW_LOG, LARGEST_WINDOW_LOG))?;
    Ok(decoder)
}

pub(super) fn compress(level: Option<i32>, input: &[u8], out: &mut Vec<u8>) -> Result<(), CompressError> {
    let level = level.unwrap_or_default().clamp(0, 22).max(1);
    kept::with(|coders| {
        let coder = coders.zstd_writer(level)?;
        bounded::append(out, zstd_safe::compress_bound(input.len()), |scratch| {
            coder.compress_to_buffer(input, scratch)
        })
    })
    .map_err(|error: std::io::Error| Codec::Zstd.failed(error))
}
