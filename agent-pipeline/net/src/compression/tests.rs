//! Every codec there and back, its limit, and what damage becomes.

use std::io::Write;

use bytes::Bytes;
use proptest::prelude::*;

use super::{Codec, DecompressError, compress, decompress, exceeds, glance};

const LIMIT: usize = 1 << 20;

/// Text that compresses as telemetry does.
fn telemetry(items: usize) -> Vec<u8> {
    (0..items)
        .flat_map(|n| format!("http.server.duration route=/api/v1/users/{n} status={}\n", n % 7).into_bytes())
        .collect()
}

fn packed(codec: Codec, input: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    compress(codec, None, input, &mut out).unwrap();
    out
}

fn unpack(codec: Codec, input: &[u8], limit: usize) -> Result<Bytes, DecompressError> {
    decompress(codec, Bytes::copy_from_slice(input), limit)
}

fn is_corrupt(result: &Result<Bytes, DecompressError>) -> bool {
    matches!(result, Err(DecompressError::Corrupt { .. }))
}

fn compressing() -> impl Iterator<Item = Codec> {
    Codec::ALL.into_iter()
}

#[test]
fn every_codec_gives_back_what_it_was_given() {
    for codec in compressing().chain([Codec::None]) {
        for items in [0, 1, 100, 5000] {
            let input = telemetry(items);
            assert_eq!(unpack(codec, &packed(codec, &input), LIMIT).unwrap(), input, "{codec:?} {items}");
        }
    }
}

#[test]
fn names_lead_to_codecs_and_back() {
    for codec in compressing() {
        assert_eq!(Codec::from_name(codec.name()), Some(codec));
    }
    assert_eq!(Codec::from_name(""), Some(Codec::None));
    assert_eq!(Codec::from_name("none"), Some(Codec::None));
    for unknown in ["identity", "GZIP", "br", "squeeze", "gzip, zstd"] {
        assert_eq!(Codec::from_name(unknown), None, "{unknown}");
    }
    assert_eq!(Codec::from_grpc("identity"), Some(Codec::None));
    assert_eq!(Codec::from_grpc("snappy"), Some(Codec::SnappyFramed));
    assert_eq!(Codec::from_grpc("deflate"), None);
}

#[test]
fn compressed_bytes_are_appended() {
    for codec in compressing() {
        let mut out = b"12345".to_vec();
        compress(codec, None, &telemetry(10), &mut out).unwrap();
        assert!(out.starts_with(b"12345"));
        assert_eq!(unpack(codec, &out[5..], LIMIT).unwrap(), telemetry(10), "{codec:?}");
    }
}

#[test]
fn a_body_of_exactly_the_limit_passes_and_one_byte_more_does_not() {
    let input = telemetry(500);
    for codec in compressing().chain([Codec::None]) {
        let body = packed(codec, &input);
        assert_eq!(unpack(codec, &body, input.len()).unwrap(), input, "{codec:?}");
        let refused = unpack(codec, &body, input.len() - 1);
        assert_eq!(refused, Err(DecompressError::TooLarge { limit: input.len() - 1 }), "{codec:?}");
    }
}

#[test]
fn bombs_are_refused() {
    let bomb = vec![0_u8; 64 << 20];
    for codec in compressing() {
        let refused = unpack(codec, &packed(codec, &bomb), LIMIT);
        assert_eq!(refused, Err(DecompressError::TooLarge { limit: LIMIT }), "{codec:?}");
    }
}

#[test]
fn a_body_cut_short_anywhere_is_never_taken_for_a_whole_one() {
    let input = telemetry(40);
    for codec in compressing() {
        let body = packed(codec, &input);
        for len in 1..body.len() {
            let cut = unpack(codec, &body[..len], LIMIT);
            // The framed format has no end mark: a cut between two frames cannot be seen.
            assert!(
                is_corrupt(&cut) || codec == Codec::SnappyFramed && cut.unwrap().is_empty(),
                "{codec:?} {len}"
            );
        }
    }
}

#[test]
fn bodies_that_are_something_else_are_corrupt() {
    for codec in compressing() {
        for body in [&b"certainly not compressed"[..], &[0xff; 40], &[0x1f, 0x8b, 8]] {
            assert!(is_corrupt(&unpack(codec, body, LIMIT)), "{codec:?} {body:?}");
        }
    }
}

#[test]
fn an_empty_body_is_no_gzip_zlib_or_snappy_block() {
    for codec in [Codec::Gzip, Codec::Zlib, Codec::Deflate, Codec::Snappy] {
        assert!(is_corrupt(&unpack(codec, b"", LIMIT)), "{codec:?}");
    }
}

#[test]
fn gzip_members_are_joined_even_when_they_are_equal() {
    let one = packed(Codec::Gzip, b"same ");
    let mut body = one.clone();
    body.extend_from_slice(&one);
    assert_eq!(unpack(Codec::Gzip, &body, LIMIT).unwrap(), "same same ");
    assert_eq!(unpack(Codec::Gzip, &body, 9), Err(DecompressError::TooLarge { limit: 9 }));
}

#[test]
fn gzip_followed_by_something_else_is_corrupt() {
    for tail in [&b"x"[..], &[0; 8], &[0x1f, 0x8b, 8, 0]] {
        let mut body = packed(Codec::Gzip, &telemetry(3));
        body.extend_from_slice(tail);
        assert!(is_corrupt(&unpack(Codec::Gzip, &body, LIMIT)), "{tail:?}");
    }
}

#[test]
fn a_gzip_size_that_lies_is_corrupt_and_costs_no_memory() {
    let mut body = packed(Codec::Gzip, &telemetry(3));
    let end = body.len();
    body[end - 4..].copy_from_slice(&u32::try_from(LIMIT - 1).unwrap().to_le_bytes());
    assert!(is_corrupt(&unpack(Codec::Gzip, &body, LIMIT)));
}

#[test]
fn gzip_with_name_and_comment_in_its_header_is_read() {
    let mut coder =
        flate2::GzBuilder::new().filename("f").comment("c").write(Vec::new(), flate2::Compression::best());
    coder.write_all(&telemetry(3)).unwrap();
    assert_eq!(unpack(Codec::Gzip, &coder.finish().unwrap(), LIMIT).unwrap(), telemetry(3));
}

#[test]
fn a_snappy_body_is_read_in_either_format() {
    let framed = packed(Codec::SnappyFramed, b"old sender");
    assert_eq!(unpack(Codec::Snappy, &framed, LIMIT).unwrap(), "old sender");
    let raw = packed(Codec::Snappy, b"new sender");
    assert_eq!(unpack(Codec::Snappy, &raw, LIMIT).unwrap(), "new sender");
    assert!(is_corrupt(&unpack(Codec::SnappyFramed, &raw, LIMIT)));
}

#[test]
fn a_snappy_block_that_promises_too_much_costs_no_memory() {
    // 1 MiB - 1 promised by a block of five bytes.
    assert!(is_corrupt(&unpack(Codec::Snappy, &[0xff, 0xff, 0x3f, 0, 0], LIMIT)));
    assert_eq!(
        unpack(Codec::Snappy, &[0xff, 0xff, 0xff, 0xff, 0x0f], LIMIT),
        Err(DecompressError::TooLarge { limit: LIMIT })
    );
}

#[test]
fn a_beginning_tells_that_a_body_becomes_too_large() {
    let zeros = vec![0; 4 * LIMIT];
    for codec in compressing() {
        let packed = packed(codec, &zeros);
        // Only the end is missing: lz4 makes one block of it.
        let start = &packed[..packed.len() - 4];
        assert!(exceeds(codec, start, LIMIT), "{codec:?}");
        assert!(!exceeds(codec, start, 4 * LIMIT), "{codec:?}: no more than there is");
        assert!(!exceeds(codec, b"\x01\x02\x03", LIMIT), "{codec:?}: damage is for the whole body to tell");
    }
    assert!(exceeds(Codec::None, &zeros, LIMIT) && !exceeds(Codec::None, &zeros, 4 * LIMIT));
}

#[test]
fn what_a_codec_tells_at_a_glance_is_true() {
    for (items, codec) in
        [0, 1, 100, 9000].into_iter().flat_map(|items| compressing().map(move |codec| (items, codec)))
    {
        let input = telemetry(items);
        let body = packed(codec, &input);
        for (limit, is_more) in
            [(input.len(), false), (input.len().saturating_sub(1), items > 0), (100 << 20, false)]
        {
            let told = glance(codec, &body, limit);
            assert!(
                told == Some(is_more) || told.is_none() && codec == Codec::Zstd,
                "{codec:?} {items} {told:?}"
            );
        }
    }
}

#[test]
fn zstd_frames_are_joined_and_frames_without_a_size_are_read() {
    let mut unsized_frame = zstd::stream::write::Encoder::new(Vec::new(), 3).unwrap();
    unsized_frame.write_all(b"one ").unwrap();
    let mut body = unsized_frame.finish().unwrap();
    assert_eq!(unpack(Codec::Zstd, &body, LIMIT).unwrap(), "one ");
    body.extend(packed(Codec::Zstd, b"two"));
    assert_eq!(unpack(Codec::Zstd, &body, LIMIT).unwrap(), "one two");
    let mut sized = packed(Codec::Zstd, b"two ");
    sized.extend(packed(Codec::Zstd, b"three"));
    assert_eq!(unpack(Codec::Zstd, &sized, LIMIT).unwrap(), "two three");
    sized.extend(b"junk");
    assert!(is_corrupt(&unpack(Codec::Zstd, &sized, LIMIT)));
}

#[test]
fn lz4_with_a_checksum_is_read_and_its_cuts_are_seen() {
    let info = lz4_flex::frame::FrameInfo::new().content_checksum(true);
    let mut coder = lz4_flex::frame::FrameEncoder::with_frame_info(info, Vec::new());
    coder.write_all(&telemetry(30)).unwrap();
    let body = coder.finish().unwrap();
    assert_eq!(unpack(Codec::Lz4, &body, LIMIT).unwrap(), telemetry(30));
    for cut in 1..body.len() {
        assert!(is_corrupt(&unpack(Codec::Lz4, &body[..cut], LIMIT)), "{cut}");
    }
}

#[test]
fn levels_are_honoured_and_none_is_the_fastest() {
    let input = telemetry(2000);
    for codec in [Codec::Gzip, Codec::Zlib, Codec::Deflate, Codec::Zstd] {
        let size = |level| {
            let mut out = Vec::new();
            compress(codec, level, &input, &mut out).unwrap();
            assert_eq!(unpack(codec, &out, LIMIT).unwrap(), input);
            out.len()
        };
        assert!(size(Some(9)) < size(Some(1)), "{codec:?}");
        assert_eq!(size(None), size(Some(1)), "{codec:?}");
        assert_eq!(size(Some(0)), size(Some(1)), "{codec:?}");
        assert_eq!(size(Some(-1)), size(Some(1)), "{codec:?}");
    }
}

#[test]
fn levels_out_of_range_are_known() {
    assert!(Codec::Gzip.takes_level(9) && Codec::Gzip.takes_level(-1) && !Codec::Gzip.takes_level(10));
    assert!(Codec::Zstd.takes_level(11) && !Codec::Zstd.takes_level(-1));
    assert!(Codec::Snappy.takes_level(0) && !Codec::Snappy.takes_level(1));
}

proptest! {
    #[test]
    fn any_bytes_survive_any_codec(input in proptest::collection::vec(any::<u8>(), 0..3000)) {
        for codec in compressing() {
            prop_assert_eq!(unpack(codec, &packed(codec, &input), LIMIT).unwrap(), input.clone());
        }
    }

    #[test]
    fn no_bytes_make_a_decoder_panic_or_pass_the_limit(input in proptest::collection::vec(any::<u8>(), 0..600)) {
        for codec in compressing() {
            if let Ok(out) = unpack(codec, &input, 1000) {
                prop_assert!(out.len() <= 1000);
            }
        }
    }

    #[test]
    fn a_damaged_byte_is_found_or_harmless(at in any::<prop::sample::Index>(), flip in 1_u8..) {
        // The two formats with a checksum over the content that is always there.
        for codec in [Codec::Gzip, Codec::Zlib] {
            let input = telemetry(5);
            let mut body = packed(codec, &input);
            let at = at.index(body.len());
            body[at] ^= flip;
            if let Ok(out) = unpack(codec, &body, LIMIT) {
                prop_assert_eq!(out, input.clone());
            }
        }
    }
}
