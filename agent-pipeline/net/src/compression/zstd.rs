//! Zstandard by the reference library.
//!
//! A body is decoded in one pass into a buffer that is as large as its heads say at most. Where that is more than it may become,
//! the streaming decoder with a bounded window decides.

use bytes::Bytes;
use zstd::zstd_safe;

use super::{Codec, CompressError, DecompressError, bounded, kept, zstd_length};

/// Windows that the library's own encoder uses at its usual levels are accepted whatever the limit.
const USUAL_WINDOW_LOG: u32 = 23;
/// The largest window of the library's default decoder.
const LARGEST_WINDOW_LOG: u32 = 27;
/// Room that a result may keep without being used.
const LEEWAY: usize = 16 << 10;

pub(super) fn decompress(input: &[u8], limit: usize) -> Result<Bytes, DecompressError> {
    let named = zstd_safe::get_frame_content_size(input).ok().flatten();
    let length = zstd_length::of(input);
    let is_larger = |size: u64| usize::try_from(size).map_or(true, |size| size > limit);
    if named.is_some_and(is_larger) || length.least > limit {
        return Err(DecompressError::TooLarge { limit });
    }
    let named = named.and_then(|size| usize::try_from(size).ok());
    // The sizes of compressed blocks are bounds far off for small bodies, and the first frame need not be the only one.
    let sizes = [named, Some(length.most).filter(|most| length.is_whole && *most <= limit)];
    match sizes.into_iter().flatten().find_map(|size| in_one_pass(input, size)) {
        Some(whole) => Ok(whole),
        None => streamed(input, limit),
    }
}

/// `None` when that is no room for all of it, or it is damaged.
fn in_one_pass(input: &[u8], size: usize) -> Option<Bytes> {
    kept::with(|coders| {
        let decoder = coders.zstd_reader().ok()?;
        let mut out = Vec::with_capacity(size);
        decoder.decompress_to_buffer(input, &mut out).ok()?;
        if out.capacity() - out.len() > LEEWAY {
            out.shrink_to_fit();
        }
        Some(Bytes::from(out))
    })
}

fn streamed(input: &[u8], limit: usize) -> Result<Bytes, DecompressError> {
    let decoder = reader(input, limit).map_err(|error| Codec::Zstd.corrupt(error))?;
    bounded::read(Codec::Zstd, decoder, limit)
}

/// Whether a body that begins with `start` becomes larger, if its heads tell.
pub(super) fn glance(start: &[u8], limit: usize) -> Option<bool> {
    let length = zstd_length::of(start);
    (length.least > limit || length.most <= limit).then_some(length.least > limit)
}

/// The same, decoded.
pub(super) fn exceeds(start: &[u8], limit: usize) -> bool {
    reader(start, limit).is_ok_and(|decoder| bounded::exceeds(decoder, limit))
}

/// A decoder that takes no larger window than a body within the limit can need.
fn reader(input: &[u8], limit: usize) -> std::io::Result<impl std::io::Read> {
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
