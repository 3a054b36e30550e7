//! Snappy: one raw block, or the framed format.
//!
//! Under the HTTP name `snappy` both are read, told apart by the framed format's first chunk, because the
//! Collector wrote frames under that name for years (fixed in v0.120, still read in v0.145).

use std::io::Read;

use bytes::Bytes;

use super::{Codec, CompressError, DecompressError, bounded};

/// The stream identifier chunk that every framed body starts with.
const FRAMED: [u8; 10] = *b"\xff\x06\x00\x00sNaPpY";
/// Kinds of chunks with content, the checksum before it, and what it becomes at most.
const COMPRESSED: u8 = 0;
const STORED: u8 = 1;
const CHECKSUM: usize = 4;
const LARGEST_CHUNK: usize = 64 << 10;
/// A raw block makes at most 64 bytes of one copy element, which takes at least 2 bytes.
const MOST_FROM_A_BYTE: usize = 32;

pub(super) fn decompress(input: &[u8], limit: usize) -> Result<Bytes, DecompressError> {
    if input.starts_with(&FRAMED) {
        return framed(Codec::Snappy, input, limit);
    }
    let size = snap::raw::decompress_len(input).map_err(|error| Codec::Snappy.corrupt(error))?;
    if size > limit {
        return Err(DecompressError::TooLarge { limit });
    }
    if size > input.len().saturating_mul(MOST_FROM_A_BYTE) {
        return Err(Codec::Snappy.corrupt("names a size that it cannot have"));
    }
    if input.is_empty() {
        return Err(Codec::Snappy.corrupt("empty"));
    }
    let mut out = vec![0; size];
    let written = snap::raw::Decoder::new().decompress(input, &mut out);
    let written = written.map_err(|error| Codec::Snappy.corrupt(error))?;
    out.truncate(written);
    Ok(Bytes::from(out))
}

pub(super) fn exceeds(start: &[u8], limit: usize) -> bool {
    if start.starts_with(&FRAMED) {
        return frames_exceed(start, limit);
    }
    snap::raw::decompress_len(start).is_ok_and(|size| size > limit)
}

/// Adds up what the chunks say that they become, up to the end of what there is or to damage.
pub(super) fn frames_exceed(start: &[u8], limit: usize) -> bool {
    let (mut rest, mut length) = (start, 0_usize);
    while let Some(([kind, low, middle, high], behind)) = rest.split_first_chunk() {
        let (size, here) = (u32::from_le_bytes([*low, *middle, *high, 0]), behind);
        let Ok(size) = usize::try_from(size) else { break };
        let content = here.get(CHECKSUM..size.min(here.len())).unwrap_or_default();
        let becomes = match *kind {
            COMPRESSED => snap::raw::decompress_len(content).unwrap_or_default(),
            STORED => content.len(),
            _ => 0,
        };
        if becomes > LARGEST_CHUNK {
            break;
        }
        length = length.saturating_add(becomes);
        if length > limit {
            return true;
        }
        rest = here.get(size..).unwrap_or_default();
    }
    false
}

pub(super) fn decompress_framed(input: &[u8], limit: usize) -> Result<Bytes, DecompressError> {
    framed(Codec::SnappyFramed, input, limit)
}

fn framed(codec: Codec, input: &[u8], limit: usize) -> Result<Bytes, DecompressError> {
    bounded::read(codec, snap::read::FrameDecoder::new(input), limit)
}

pub(super) fn compress(input: &[u8], out: &mut Vec<u8>) -> Result<(), CompressError> {
    let room = snap::raw::max_compress_len(input.len());
    bounded::append(out, room, |scratch| snap::raw::Encoder::new().compress(input, scratch))
        .map_err(|error| Codec::Snappy.failed(error))
}

pub(super) fn compress_framed(input: &[u8], out: &mut Vec<u8>) -> Result<(), CompressError> {
    let before = out.len();
    match snap::read::FrameEncoder::new(input).read_to_end(out) {
        Ok(_) => Ok(()),
        Err(error) => {
            out.truncate(before);
            Err(Codec::SnappyFramed.failed(error))
        }
    }
}
