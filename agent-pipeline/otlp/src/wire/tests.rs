//! Varints, groups, conversions, UTF-8.

use proptest::prelude::*;

use super::{Fields, int, put_varint, skip_group, take_varint, utf8, varint_len};
use crate::error::Malformed;

proptest! {
    #[test]
    fn varints_survive(value in any::<u64>(), shift in 0u32..64) {
        let value = value >> shift;
        let mut bytes = Vec::new();
        put_varint(&mut bytes, value);
        prop_assert_eq!(bytes.len(), varint_len(value));
        let mut rest = &bytes[..];
        prop_assert_eq!(take_varint(&mut rest), Some(value));
        prop_assert!(rest.is_empty());
    }

    #[test]
    fn zigzag_survives(value in any::<i32>()) {
        prop_assert_eq!(int::sint32(int::from_sint32(value)), value);
        prop_assert_eq!(int::int32(int::from_int32(value)), value);
    }

    #[test]
    fn ascii_and_utf8_are_what_the_standard_library_says(bytes in prop::collection::vec(prop_oneof![9 => 0u8..0x80, 1 => any::<u8>()], 0..40)) {
        prop_assert_eq!(utf8::is_ascii(&bytes), bytes.is_ascii());
        prop_assert_eq!(utf8::is_utf8(&bytes), std::str::from_utf8(&bytes).is_ok());
    }

    #[test]
    fn reading_fields_of_anything_ends(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        let read: usize = Fields::new(&bytes).map(|field| field.raw.len()).sum();
        prop_assert!(read <= bytes.len());
    }
}

#[test]
fn a_varint_has_at_most_64_bits() {
    let mut largest: &[u8] = &[0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01];
    assert_eq!(take_varint(&mut largest), Some(u64::MAX));
    for bad in
        [&[0xFF; 9][..], &[0xFF; 10], &[0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x02], &[]]
    {
        let mut rest = bad;
        assert_eq!(take_varint(&mut rest), None);
    }
    // Longer than needed is allowed.
    let mut padded: &[u8] = &[0x81, 0x80, 0x00];
    assert_eq!(take_varint(&mut padded), Some(1));
}

#[test]
fn groups_must_balance_and_end() {
    let skip = |bytes: &[u8]| {
        let mut rest = bytes;
        skip_group(&mut rest, 1).map(|()| rest.len())
    };
    assert_eq!(skip(&[0x08, 0x05, 0x0C, 0x77]), Ok(1));
    assert_eq!(skip(&[0x14]), Err(Malformed::Group));
    assert_eq!(skip(&[0x08, 0x05]), Err(Malformed::Varint));
    assert_eq!(skip(&[0x12, 0x05, 0x01]), Err(Malformed::Truncated));
    assert_eq!(skip(&[0x07]), Err(Malformed::Key));
    assert_eq!(skip(&[0x0B; 200]), Err(Malformed::Depth));
}
