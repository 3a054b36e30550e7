//! Lengths are those of the content, whole and cut, and damage is never larger than a decoder makes of it.

use std::io::{Read, Write};

use flate2::bufread::MultiGzDecoder;
use flate2::write::{GzEncoder, ZlibEncoder};
use flate2::{Compression, Decompress, FlushDecompress, GzBuilder};

use super::super::random::{noise, numbers};
use super::{gzip_exceeds, zlib_exceeds};

fn contents() -> Vec<Vec<u8>> {
    let noise = noise(300_000);
    let few = noise.iter().map(|byte| byte % 3).collect();
    let skewed = noise.iter().map(|byte| byte.leading_zeros().to_le_bytes()[0] * 31).collect();
    let text =
        (0..9000).flat_map(|n| format!("service.name=checkout-{};", n * n % 1013).into_bytes()).collect();
    vec![Vec::new(), b"short".to_vec(), vec![0; 3_000_000], noise, few, skewed, text]
}

fn gzip(content: &[u8], level: u32) -> Vec<u8> {
    let mut coder = GzEncoder::new(Vec::new(), Compression::new(level));
    coder.write_all(content).unwrap();
    coder.finish().unwrap()
}

fn zlib(content: &[u8], level: u32) -> Vec<u8> {
    let mut coder = ZlibEncoder::new(Vec::new(), Compression::new(level));
    coder.write_all(content).unwrap();
    coder.finish().unwrap()
}

/// What a decoder makes of a damaged zlib body before it finds the damage.
fn made(body: &[u8]) -> usize {
    let (mut decoder, mut space) = (Decompress::new(true), vec![0; 1 << 20]);
    let _ = decoder.decompress(body, &mut space, FlushDecompress::None);
    usize::try_from(decoder.total_out()).unwrap()
}

/// What a decoder gives before it ends or fails.
fn given(mut decoder: impl Read) -> usize {
    let (mut space, mut given) = ([0; 1000], 0);
    while let Ok(read @ 1..) = decoder.read(&mut space) {
        given += read;
    }
    given
}

#[test]
fn the_length_is_that_of_the_content() {
    for content in contents() {
        for level in [0, 1, 6, 9] {
            let (gzip, zlib) = (gzip(&content, level), zlib(&content, level));
            assert!(!gzip_exceeds(&gzip, content.len()) && !zlib_exceeds(&zlib, content.len()));
            if let Some(less) = content.len().checked_sub(1) {
                assert!(gzip_exceeds(&gzip, less) && zlib_exceeds(&zlib, less), "{level}");
            }
        }
    }
}

#[test]
fn what_the_own_compressor_makes_is_counted_as_well() {
    for content in contents() {
        let mut body = Vec::new();
        super::super::gzip::compress(Some(9), &content, &mut body).unwrap();
        assert!(!gzip_exceeds(&body, content.len()));
        assert_eq!(gzip_exceeds(&body, content.len().saturating_sub(1)), !content.is_empty());
    }
}

#[test]
fn a_beginning_becomes_what_a_decoder_makes_of_it() {
    let mut random = numbers();
    for content in contents() {
        let whole = gzip(&content, 6);
        for _ in 0..50 {
            let start = &whole[..random() % (whole.len() + 1)];
            // A decoder that waits for more may hold a few bytes back.
            let given = given(MultiGzDecoder::new(start));
            assert!(!gzip_exceeds(start, given + 1000));
            assert!(given == 0 || gzip_exceeds(start, given - 1));
        }
    }
}

#[test]
fn members_and_what_stands_in_their_headers_are_passed() {
    let mut body = Vec::new();
    for _ in 0..3 {
        let builder = GzBuilder::new().filename("name").comment("comment").extra(vec![8; 300]);
        let mut coder = builder.write(&mut body, Compression::fast());
        coder.write_all(&[7; 10_000]).unwrap();
        coder.finish().unwrap();
    }
    assert!(!gzip_exceeds(&body, 30_000) && gzip_exceeds(&body, 29_999));
}

#[test]
fn damage_never_becomes_more_than_a_decoder_makes_of_it() {
    let mut random = numbers();
    let text: Vec<u8> = contents().pop().unwrap().into_iter().take(3000).collect();
    let good = [zlib(&text, 6), zlib(&text[..50], 1)];
    for n in 0..20_000 {
        let mut bad = good[n % 2].clone();
        let place = random() % bad.len();
        bad[place] = random().to_le_bytes()[0];
        bad.truncate(1 + random() % bad.len());
        assert!(!zlib_exceeds(&bad, made(&bad)), "{bad:?}");
    }
}

#[test]
fn no_bytes_make_it_panic() {
    let mut random = numbers();
    for _ in 0..20_000 {
        let length = random() % 100;
        let mut bytes: Vec<u8> = (0..length).map(|_| random().to_le_bytes()[0]).collect();
        zlib_exceeds(&bytes, 10);
        bytes.splice(0..0, [0x78, 0x9c]);
        assert!(!zlib_exceeds(&bytes, made(&bytes)), "{bytes:?}");
    }
}
