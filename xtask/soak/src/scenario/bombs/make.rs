//! Bodies of a gibibyte of zeros, as small as each format lets them be. Made by hand where a coder would take long.

use anyhow::Result;
use bytes::Bytes;
use flate2::{Compress, Compression, FlushCompress};

const MIB: usize = 1 << 20;
const GIB: usize = 1 << 30;

/// A deflate stream in pieces of a mebibyte, and its end: a stored block of no bytes, marked as the last (RFC 1951).
fn deflated() -> Result<Vec<u8>> {
    let mut coder = Compress::new(Compression::best(), false);
    let mut piece = Vec::with_capacity(MIB);
    coder.compress_vec(&vec![0; MIB], &mut piece, FlushCompress::Full)?;
    // After a full flush nothing refers to what was before it, so the piece can be repeated.
    let mut stream = piece.repeat(GIB / MIB);
    stream.extend_from_slice(&[1, 0, 0, 0xff, 0xff]);
    Ok(stream)
}

/// RFC 1952; its trailer says `size`.
pub(super) fn gzip(size: u32) -> Result<Bytes> {
    let head = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    Ok([&head[..], &deflated()?, &[0; 4], &size.to_le_bytes()].concat().into())
}

/// RFC 1950.
pub(super) fn zlib() -> Result<Bytes> {
    Ok([&[0x78, 0xda][..], &deflated()?, &[0; 4]].concat().into())
}

/// RFC 8878: a window of eight mebibytes and blocks of one repeated byte.
pub(super) fn zstd() -> Bytes {
    const BLOCK: usize = 128 << 10;
    let count = GIB / BLOCK;
    let mut body = vec![0x28, 0xb5, 0x2f, 0xfd, 0, 13 << 3];
    for number in 1..=count {
        let head = BLOCK << 3 | 1 << 1 | usize::from(number == count);
        body.extend(head.to_le_bytes().into_iter().take(3));
        body.push(0);
    }
    body.into()
}

/// The LZ4 frame format, blocks of four mebibytes: one literal, one match as long as the block, five literals.
pub(super) fn lz4() -> Bytes {
    const BLOCK: usize = 4 * MIB;
    // A length that is 19 or more goes on in bytes of 255 and a smaller one.
    let rest = BLOCK - 1 - 5 - 19;
    let mut block = vec![0x1f, 0, 1, 0];
    block.resize(block.len() + rest / 255, 255);
    block.push((rest % 255) as u8);
    block.extend_from_slice(&[0x50, 0, 0, 0, 0, 0]);
    let mut body = vec![0x04, 0x22, 0x4d, 0x18, 0x60, 0x70, 0x73];
    for _ in 0..GIB / BLOCK {
        body.extend_from_slice(&(block.len() as u32).to_le_bytes());
        body.extend_from_slice(&block);
    }
    body.extend_from_slice(&[0; 4]);
    body.into()
}

/// A raw snappy block that says it becomes a gibibyte; nothing of it has to be true for a decoder that reserves it.
pub(super) fn snappy_block() -> Bytes {
    [&[0x80, 0x80, 0x80, 0x80, 4], &[0; 1000][..]].concat().into()
}

/// The framed snappy format, in chunks of 64 kibibytes; it cannot be made smaller than a twentieth.
pub(super) fn snappy_framed() -> Bytes {
    const CHUNK: usize = 64 << 10;
    // The length as a varint, a literal of one byte, copies of at most 64 bytes from one byte before.
    let mut block = vec![0x80, 0x80, 4, 0, 0];
    let mut left = CHUNK - 1;
    while left > 0 {
        let copy = left.min(64);
        block.extend_from_slice(&[((copy - 1) << 2 | 2) as u8, 1, 0]);
        left -= copy;
    }
    let mut chunk = vec![0];
    chunk.extend((block.len() + 4).to_le_bytes().into_iter().take(3));
    let masked = crc32c_of_zeros(CHUNK).rotate_right(15).wrapping_add(0xa282_ead8);
    chunk.extend_from_slice(&masked.to_le_bytes());
    chunk.extend_from_slice(&block);
    [&b"\xff\x06\x00\x00sNaPpY"[..], &chunk.repeat(GIB / CHUNK)].concat().into()
}

fn crc32c_of_zeros(length: usize) -> u32 {
    let step = |crc: u32, _| if crc & 1 == 1 { crc >> 1 ^ 0x82f6_3b78 } else { crc >> 1 };
    !(0..length * 8).fold(u32::MAX, step)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read as _;

    #[test]
    fn gzip_becomes_a_gibibyte() {
        let body = gzip(0).unwrap();
        assert!(body.len() < 2 * MIB);
        let mut decoder = flate2::read::GzDecoder::new(&body[..]);
        let mut first = vec![1; 3 * MIB];
        decoder.read_exact(&mut first).unwrap();
        assert!(first.iter().all(|byte| *byte == 0));
    }

    #[test]
    fn sizes_are_those_of_a_gibibyte() {
        // 128 KiB of each four bytes; 4 MiB of each 16,464 or so; 64 KiB of each 3,085 or so.
        assert_eq!(zstd().len(), 6 + 8192 * 4);
        assert_eq!(lz4().len(), 7 + 256 * (4 + 16_459) + 4);
        assert_eq!(snappy_framed().len(), 10 + 16_384 * (8 + 5 + 3 * 1024));
    }

    #[test]
    fn the_checksum_is_castagnoli() {
        // RFC 3720, B.4: 32 bytes of zeros.
        assert_eq!(crc32c_of_zeros(32), 0x8a91_36aa);
    }
}
