//! Snappy: one raw block, or the framed format.
//!
//! Under the HTTP name `snappy` both are read, told apart by the framed format's first chunk, because the
//! Collector wrote frames under that name for years (fixed in v0.120, still read in v0.145).

use std::io::Read;

use bytes::Bytes;

use super::{Codec, CompressError, DecompressError, bounded};

/// The stream identifier chunk that every framed body starts with.
const FRAMED: [u8; 10] = *b"\xff\x06\x00\x00sNaPpY";
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
        return bounded::exceeds(snap::read::FrameDecoder::new(start), limit);
    }
    snap::raw::decompress_len(start).is_ok_and(|size| size > limit)
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
