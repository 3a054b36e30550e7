//! The pass accepts what the reference decoder accepts, and counts as it does.

use proptest::prelude::*;
use prost::Message as _;

use super::{hot, scan, table};
use crate::error::Malformed;
use crate::testing::{self, reference};
use crate::{Batch, MAX_VALUE_DEPTH, Signal, schema};

fn any_request() -> impl Strategy<Value = (Signal, Vec<u8>)> {
    prop_oneof![
        testing::traces().prop_map(|m| (Signal::Traces, m.encode_to_vec())),
        testing::logs().prop_map(|m| (Signal::Logs, m.encode_to_vec())),
        testing::metrics().prop_map(|m| (Signal::Metrics, m.encode_to_vec())),
    ]
}

/// The scan and the reference agree, but for the rules that are ours.
fn check_against_reference(signal: Signal, bytes: &[u8]) {
    let ours = scan(signal, bytes);
    match (&ours, reference(signal, bytes)) {
        (Ok(items), Ok((_, expected))) => assert_eq!(*items, expected),
        (Ok(_), Err(error)) if error.to_string().contains("recursion limit") => {}
        (Ok(_), Err(error)) => panic!("accepted what the reference refuses: {error}: {bytes:02x?}"),
        (Err(error), Ok(_)) => {
            assert!(
                matches!(error.reason, Malformed::TraceId | Malformed::SpanId),
                "refused what the reference accepts: {error}: {bytes:02x?}"
            );
        }
        (Err(error), Err(_)) => assert!(error.offset <= bytes.len() && !error.path.is_empty()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn accepts_and_counts_valid_requests((signal, bytes) in any_request()) {
        let (_, expected) = reference(signal, &bytes).unwrap();
        prop_assert_eq!(scan(signal, &bytes).unwrap(), expected);
    }

    #[test]
    fn agrees_with_the_reference_on_corrupted_requests(
        (signal, mut bytes) in any_request(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        prop_assume!(!bytes.is_empty());
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        check_against_reference(signal, &bytes);
    }

    #[test]
    fn agrees_with_the_reference_on_bit_flips((signal, mut bytes) in any_request(), at in any::<prop::sample::Index>(), bit in 0u8..8) {
        prop_assume!(!bytes.is_empty());
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        check_against_reference(signal, &bytes);
    }

    #[test]
    fn agrees_with_the_reference_on_truncated_requests((signal, bytes) in any_request(), at in any::<prop::sample::Index>()) {
        let at = at.index(bytes.len() + 1);
        check_against_reference(signal, &bytes[..at]);
    }

    #[test]
    fn agrees_with_the_reference_on_inserted_and_doubled_bytes(
        (signal, bytes) in any_request(),
        from in any::<prop::sample::Index>(),
        to in any::<prop::sample::Index>(),
    ) {
        let (from, to) = (from.index(bytes.len() + 1), to.index(bytes.len() + 1));
        let (from, to) = (from.min(to), from.max(to));
        let doubled = [&bytes[..to], &bytes[from..]].concat();
        check_against_reference(signal, &doubled);
    }

    #[test]
    fn agrees_with_the_reference_on_noise(bytes in prop::collection::vec(prop_oneof![0u8..0x30, any::<u8>()], 0..40)) {
        for signal in Signal::ALL {
            check_against_reference(signal, &bytes);
        }
    }

    #[test]
    fn the_hot_reader_and_the_table_agree((signal, bytes) in any_request()) {
        let table = table::message(schema::request(signal), &bytes, 0).unwrap();
        prop_assert_eq!(hot::request(signal, &bytes).unwrap(), table);
    }
}

/// `{"": {"": ... }}` with `levels` values, the last of them `innermost`, as the body of a log record.
fn nested_body(levels: usize, innermost: &[u8]) -> Vec<u8> {
    let value = (1..levels).fold(innermost.to_vec(), |value, _| wrap(&[0x12, 0x0A, 0x32], &value));
    wrap(&[0x2A, 0x12, 0x12, 0x0A], &value)
}

#[test]
fn nesting_is_relayed_up_to_the_limit_and_refused_beyond() {
    assert_eq!(scan(Signal::Logs, &nested_body(MAX_VALUE_DEPTH, &[])).unwrap(), 1);
    let error = scan(Signal::Logs, &nested_body(MAX_VALUE_DEPTH + 1, &[])).unwrap_err();
    assert_eq!(error.reason, Malformed::Depth);
    assert!(error.path.len() < 300 && error.path.ends_with("..."), "{error}");
    // The same with a member in the shape that the hot reader knows.
    let map = [0x32, 0x0A, 0x0A, 0x08, 0x0A, 0x01, b'k', 0x12, 0x03, 0x0A, 0x01, b'v'];
    assert_eq!(scan(Signal::Logs, &nested_body(MAX_VALUE_DEPTH - 1, &map)).unwrap(), 1);
    assert_eq!(scan(Signal::Logs, &nested_body(MAX_VALUE_DEPTH, &map)).unwrap_err().reason, Malformed::Depth);
}

#[test]
fn documents_nest_as_deep_as_the_wire() {
    let document = |levels: usize| {
        let (open, close) = (r#"{"kvlistValue":{"values":[{"key":"k","value":"#, "}]}}");
        let body = [&open.repeat(levels - 1), "{}", &close.repeat(levels - 1)].concat();
        format!(
            r#"{{"resourceLogs":[{{"resource":{{}},"scopeLogs":[{{"scope":{{}},"logRecords":[{{"body":{body}}}]}}]}}]}}"#
        )
    };
    let deepest = document(MAX_VALUE_DEPTH);
    let mut batch = Batch::from_json(Signal::Logs, deepest.as_bytes()).unwrap();
    // Through the decoder and the encoder of values, too.
    batch.edit_log_records(|_, record| {
        let _ = record.body_mut();
        crate::Verdict::Keep
    });
    let again = Batch::from_protobuf(Signal::Logs, batch.to_bytes()).unwrap();
    let mut written = Vec::new();
    again.write_json(&mut written);
    assert_eq!(String::from_utf8(written).unwrap(), deepest);
    let error = Batch::from_json(Signal::Logs, document(MAX_VALUE_DEPTH + 1).as_bytes()).unwrap_err();
    assert_eq!(error.reason, "values are nested too deeply");
}

#[test]
fn an_error_names_the_field_and_the_byte() {
    // One span whose trace id has 3 bytes.
    let bytes = [0x0A, 0x09, 0x12, 0x07, 0x12, 0x05, 0x0A, 0x03, 1, 2, 3];
    let error = scan(Signal::Traces, &bytes).unwrap_err();
    assert_eq!(error.path, "resource_spans[0].scope_spans[0].spans[0].trace_id");
    assert_eq!((error.offset, error.reason), (8, Malformed::TraceId));
    assert_eq!(
        error.to_string(),
        "resource_spans[0].scope_spans[0].spans[0].trace_id at byte 8: trace id must have 16 bytes or none"
    );
}

#[test]
fn text_is_not_protobuf() {
    let error = scan(Signal::Logs, b"{}").unwrap_err();
    assert_eq!(error.path, "ExportLogsServiceRequest");
}

#[test]
fn an_empty_request_has_no_items() {
    for signal in Signal::ALL {
        assert_eq!(scan(signal, &[]).unwrap(), 0);
    }
}

#[test]
fn unknown_fields_and_groups_are_skipped() {
    // Field 99 as varint, fixed64, bytes, fixed32 and a group with a group inside.
    let bytes = [
        0x98, 0x06, 0x05, 0x99, 0x06, 1, 2, 3, 4, 5, 6, 7, 8, 0x9A, 0x06, 0x02, 1, 2, 0x9D, 0x06, 1, 2, 3, 4,
        0x9B, 0x06, 0x08, 0x01, 0x13, 0x14, 0x9C, 0x06,
    ];
    assert_eq!(scan(Signal::Metrics, &bytes).unwrap(), 0);
    check_against_reference(Signal::Metrics, &bytes);
}

#[test]
fn a_metric_counts_the_points_of_its_last_kind_only() {
    // gauge{2 points} sum{1 point} sum{1 point}: the sums merge, the gauge is replaced.
    let metric = [0x2A, 4, 0x0A, 0, 0x0A, 0, 0x3A, 2, 0x0A, 0, 0x3A, 2, 0x0A, 0];
    let scope = [&[0x12, 14][..], &metric].concat();
    let entry = [&[0x12, 16][..], &scope].concat();
    let request = [&[0x0A, 18][..], &entry].concat();
    assert_eq!(scan(Signal::Metrics, &request).unwrap(), 2);
    check_against_reference(Signal::Metrics, &request);
}

/// Wraps `content` in length-delimited fields with one-byte keys, the innermost first.
fn wrap(keys: &[u8], content: &[u8]) -> Vec<u8> {
    keys.iter().fold(content.to_vec(), |inner, key| {
        let mut out = vec![*key];
        crate::wire::put_varint(&mut out, inner.len() as u64);
        out.extend_from_slice(&inner);
        out
    })
}

#[test]
fn the_hot_reader_accepts_no_field_the_table_refuses() {
    let homes: [(Signal, &[u8]); 5] = [
        (Signal::Traces, &[0x12, 0x12, 0x0A]),
        (Signal::Logs, &[0x12, 0x12, 0x0A]),
        (Signal::Metrics, &[0x12, 0x12, 0x0A]),
        (Signal::Metrics, &[0x3A, 0x12, 0x12, 0x0A]),
        (Signal::Metrics, &[0x0A, 0x2A, 0x12, 0x12, 0x0A]),
    ];
    for (signal, keys) in homes {
        for first in 0..=u8::MAX {
            for second in [0, 1, 2, 4, 8, 9, 16, 17, 0x7F, 0x80, 0x81, 0xFF] {
                for filler in [
                    &[][..],
                    &[0; 3],
                    &[0; 4],
                    &[0; 7],
                    &[0; 8],
                    &[1, 1, 1, 1, 1, 0, 0, 0, 0],
                    &[0; 16],
                    &[0xC3; 8],
                ] {
                    let request = wrap(keys, &[&[first, second], filler].concat());
                    let table = table::message(schema::request(signal), &request, 0).ok();
                    assert_eq!(hot::request(signal, &request).ok(), table, "{request:02x?}");
                }
            }
        }
    }
}
