//! Attribute lists and values.

use proptest::prelude::*;
use prost::Message as _;

use super::{AnyValue, Attributes, codec};
use crate::testing;

/// A resource with `a` = "x", `n` = 5, `a` = "y".
const DOUBLE: [u8; 30] = [
    0x0A, 0x08, 0x0A, 0x01, b'a', 0x12, 0x03, 0x0A, 0x01, b'x', //
    0x0A, 0x07, 0x0A, 0x01, b'n', 0x12, 0x02, 0x18, 0x05, //
    0x0A, 0x09, 0x0A, 0x01, b'a', 0x12, 0x04, 0x0A, 0x02, b'y', b'y',
];

#[test]
fn deleting_removes_every_one_and_tells() {
    let mut attributes = Attributes::decode(&DOUBLE, 1, Vec::new());
    assert!(!attributes.delete("z") && !attributes.changed());
    assert!(attributes.delete("a") && attributes.changed());
    assert_eq!(keys(&attributes), "n");
}

fn keys(attributes: &Attributes<'_>) -> String {
    attributes.iter().map(|(key, _)| key).collect()
}

proptest! {
    #[test]
    fn values_survive_decode_and_encode(value in testing::value()) {
        let bytes = value.encode_to_vec();
        let decoded = codec::decode(&bytes);
        let mut again = Vec::new();
        codec::encode_in(1, &decoded, &mut again);
        let again = crate::wire::last(&again, 1).map_or(&[][..], crate::wire::Value::bytes);
        let reference = opentelemetry_proto::tonic::common::v1::AnyValue::decode(again).unwrap();
        // A map member without a value gets an unset one.
        let canonical = |text: String| text.replace("Some(AnyValue { value: None })", "None");
        prop_assert_eq!(canonical(format!("{reference:?}")), canonical(format!("{value:?}")));
        prop_assert_eq!(&codec::decode(again), &decoded);
        prop_assert_eq!(&decoded.clone().into_owned(), &decoded);
    }
}

#[test]
fn strings_are_slices_of_the_buffer() {
    let attributes = Attributes::decode(&DOUBLE, 1, Vec::new());
    assert!(DOUBLE.as_ptr_range().contains(&attributes.get_str("a").unwrap().as_ptr()));
}

#[test]
fn order_and_duplicates_are_kept() {
    let attributes = Attributes::decode(&DOUBLE, 1, Vec::new());
    assert_eq!(keys(&attributes), "ana");
    assert_eq!(attributes.get_str("a"), Some("x"));
    let mut out = Vec::new();
    attributes.encode(1, &mut out);
    assert_eq!(out, DOUBLE);
}

#[test]
fn only_what_changes_something_counts_as_a_change() {
    let mut attributes = Attributes::decode(&DOUBLE, 1, Vec::new());
    attributes.upsert("a", "x");
    assert!(attributes.update("n", 5i64));
    assert!(!attributes.update("missing", 5i64));
    assert!(!attributes.insert("n", "no"));
    assert!(attributes.remove("missing").is_none());
    assert!(attributes.rename("n", "n"));
    attributes.retain(|_, _| true);
    attributes.update_each(|_, _| false);
    assert!(!attributes.changed());
    attributes.upsert("n", 5.0);
    assert!(attributes.changed());
}

#[test]
fn removing_takes_all_of_a_key_and_renaming_replaces() {
    let mut attributes = Attributes::decode(&DOUBLE, 1, Vec::new());
    assert_eq!(attributes.remove("a"), Some(AnyValue::from("x")));
    assert_eq!(keys(&attributes), "n");
    assert!(attributes.insert("b", true));
    assert!(attributes.rename("b", "n"));
    assert_eq!(attributes.get("n"), Some(&AnyValue::Bool(true)));
    assert_eq!(attributes.len(), 1);
    *attributes.get_mut("n").unwrap() = AnyValue::Empty;
    attributes.clear();
    assert!(attributes.is_empty() && attributes.changed());
}

#[test]
fn a_value_met_twice_replaces_and_two_lists_become_one() {
    // string "a", then array [1], then array [2].
    let bytes = [0x0A, 1, b'a', 0x2A, 4, 0x0A, 2, 0x18, 1, 0x2A, 4, 0x0A, 2, 0x18, 2];
    assert_eq!(codec::decode(&bytes), AnyValue::Array(vec![AnyValue::Int(1), AnyValue::Int(2)]));
    let interrupted = [&bytes[3..9], &bytes[..3], &bytes[9..]].concat();
    assert_eq!(codec::decode(&interrupted), AnyValue::Array(vec![AnyValue::Int(2)]));
}

#[test]
fn a_key_met_twice_is_the_last() {
    let bytes = [0x0A, 0x0B, 0x0A, 0x01, b'a', 0x12, 0x03, 0x0A, 0x01, b'v', 0x0A, 0x01, b'b'];
    let attributes = Attributes::decode(&bytes, 1, Vec::new());
    assert_eq!((keys(&attributes).as_str(), attributes.get_str("b")), ("b", Some("v")));
}

#[test]
fn a_nan_equals_itself_and_kinds_differ() {
    assert_eq!(AnyValue::from(f64::NAN), AnyValue::from(f64::NAN));
    assert_ne!(AnyValue::from(1i64), AnyValue::from(1.0));
    assert_ne!(AnyValue::Empty, AnyValue::from(""));
}
