//! zlib by libdeflate, and the compressor that gzip shares with it.
//!
//! zlib does not name the size of the result, so the buffer starts at a guess for telemetry and grows up to the
//! limit. What follows the stream is not looked at, as in Go's reader.

use std::cell::RefCell;

use bytes::Bytes;
use libdeflater::{CompressionLvl, Compressor, DecompressionError};

use super::gzip::with_decompressor;
use super::{Codec, CompressError, DecompressError, bounded};

/// Telemetry rarely becomes more than this many times as large.
const USUAL_RATIO: usize = 16;
const SMALLEST_BUFFER: usize = 4096;

thread_local! {
    static COMPRESSORS: RefCell<[Option<Compressor>; 9]> = const { RefCell::new([const { None }; 9]) };
}

/// Lends this thread's compressor of a level, made when the level is first asked for.
pub(super) fn with_compressor<T>(level: Option<i32>, work: impl FnOnce(&mut Compressor) -> T) -> T {
    let level = match level {
        Some(level @ 1..=9) => level,
        Some(10..) => 9,
        // Absent, Go's "default" (-1, 0) and "Huffman only" (-2): the fastest.
        Some(_) | None => 1,
    };
    COMPRESSORS.with_borrow_mut(|[fastest, rest @ ..]| {
        let place = usize::try_from(level - 2).ok().and_then(|place| rest.get_mut(place));
        work(place.unwrap_or(fastest).get_or_insert_with(|| new_compressor(level)))
    })
}

fn new_compressor(level: i32) -> Compressor {
    Compressor::new(CompressionLvl::new(level).unwrap_or(CompressionLvl::fastest()))
}

pub(super) fn decompress(input: &[u8], limit: usize) -> Result<Bytes, DecompressError> {
    let mut room = input.len().saturating_mul(USUAL_RATIO).max(SMALLEST_BUFFER).min(limit);
    loop {
        let mut out = vec![0; room];
        match with_decompressor(|decoder| decoder.zlib_decompress(input, &mut out)) {
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
    with_compressor(level, |coder| {
        let room = coder.zlib_compress_bound(input.len());
        bounded::append(out, room, |scratch| coder.zlib_compress(input, scratch))
    })
    .map_err(|error| Codec::Zlib.failed(error))
}
