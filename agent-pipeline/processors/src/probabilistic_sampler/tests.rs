//! `probabilistic_sampler`: sections, recorded cases, thresholds and the modes that carry sampling information.

use agent_otlp::Verdict;

use super::threshold::{Randomness, Threshold};
use super::trace_state::TraceState;
use super::*;
use crate::testing::{check_recorded, check_sections, context, decode};

#[test]
fn sections_are_checked_with_their_place() {
    check_sections::<Config>("probabilistic_sampler");
}

#[test]
fn recorded_cases_come_out_as_the_collectors() {
    check_recorded("probabilistic_sampler");
}

#[test]
fn thresholds_have_the_digits_asked_for() {
    for (probability, digits, text) in [
        (1.0, 4, "0"),
        (0.5, 4, "8"),
        (0.25, 4, "c"),
        (1.0 / 3.0, 4, "aaab"),
        (0.01, 4, "fd70a"),
        (0.99, 4, "028f6"),
        (0.999_999, 2, "000011"),
        (1.0 / 3.0, 14, "aaaaaaaaaaaaac"),
        (1.0 / 3.0, 1, "b"),
    ] {
        let threshold = Threshold::of_probability(probability, digits).unwrap();
        assert_eq!(threshold.text(), text, "{probability} with {digits}");
        assert_eq!(Threshold::parse(text), Some(threshold));
    }
    for impossible in [0.0, -1.0, 1.1, 1e-18, f64::NAN, f64::INFINITY] {
        assert_eq!(Threshold::of_probability(impossible, 4), None);
    }
}

#[test]
fn texts_that_are_no_numbers_are_not_read() {
    for text in ["", "g", "+1", "123456789012345", "0x1"] {
        assert_eq!(Threshold::parse(text), None, "{text}");
    }
    for text in ["", "1234567890123", "123456789012345", "+1234567890123", "1234567890123g"] {
        assert_eq!(Randomness::parse(text), None, "{text}");
    }
}

#[test]
fn trace_states_are_strict() {
    for text in [
        "",
        "a=1",
        "a=1,ot=th:8",
        "ot=th:8;rv:12345678901234;x:y",
        " a=1 ,\tb=2",
        "a=1,,b=2",
        "a@b=c d",
        "1a@b=c",
        "a=1,",
    ] {
        assert!(TraceState::parse(text).is_some(), "{text}");
    }
    for text in [
        "a",
        "=1",
        "A=1",
        "1a=1",
        "a= ",
        "a=b=c",
        "a=ä",
        "ot=",
        "ot=th",
        "ot=th:",
        "ot=th:xyz",
        "ot=rv:12",
        "ot=th:8;",
        "ot=X:1",
        "ot=a:b c",
        "a@1=2",
        "@a=1",
    ] {
        assert_eq!(TraceState::parse(text), None, "{text}");
    }
    let many = |count: usize| (0..count).map(|index| format!("k{index}=v")).collect::<Vec<_>>().join(",");
    assert!(TraceState::parse(&many(31)).is_some());
    assert_eq!(TraceState::parse(&many(32)), None);
    assert_eq!(TraceState::parse(&format!("a={}", "x".repeat(257))), None);
}

/// The trace states of the spans that are kept, of spans with these.
fn states(yaml: &str, id: &str, before: &[&str]) -> Vec<String> {
    let spans: Vec<_> =
        before.iter().map(|state| format!(r#"{{"traceId":"{id}","traceState":"{state}"}}"#)).collect();
    let json = format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{}]}}]}}]}}"#, spans.join(","));
    let mut batch = Batch::from_json(Signal::Traces, json.as_bytes()).unwrap();
    let sampler = ProbabilisticSampler::build(&decode(yaml).unwrap(), &context("traces")).unwrap();
    sampler.process(&mut batch, None).unwrap();
    let mut kept = Vec::new();
    batch.edit_spans(|_, span| {
        kept.push(span.trace_state().to_owned());
        Verdict::Keep
    });
    kept
}

const HIGH: &str = "00000000000000000fffffffffffffff";
const LOW: &str = "0000000000000000000fffffffffffff";

#[test]
fn proportional_multiplies() {
    let half = "{sampling_percentage: 50, mode: proportional}";
    let before = ["", "ot=th:8", "ot=th:c;p:1,b=2", "b=2", "ot=th:8;rv:90000000000000"];
    let after = ["ot=th:8", "ot=th:c", "ot=th:e;p:1,b=2", "ot=th:8,b=2"];
    assert_eq!(states(half, HIGH, &before), after);
    assert!(states(half, LOW, &[""]).is_empty());
}

#[test]
fn equalizing_never_lowers_a_threshold() {
    let half = "{sampling_percentage: 50, mode: equalizing}";
    assert_eq!(states(half, HIGH, &["", "ot=th:c", "ot=th:4"]), ["ot=th:8", "ot=th:c", "ot=th:8"]);
}

#[test]
fn what_makes_no_sense_is_dropped_or_kept_as_told() {
    for mode in ["equalizing", "proportional"] {
        let closed = format!("{{sampling_percentage: 50, mode: {mode}}}");
        let senseless = ["ot=th:1", "X", "ot=th:zz"];
        assert!(states(&closed, LOW, &senseless).is_empty());
        let open = format!("{{sampling_percentage: 50, mode: {mode}, fail_closed: false}}");
        assert_eq!(states(&open, LOW, &senseless), ["ot=th:0", "X", "ot=th:zz"]);
        assert_eq!(states(&open, "", &[""]), ["ot=th:0"]);
    }
}

#[test]
fn hashing_leaves_what_others_sampled_alone() {
    let all = "{sampling_percentage: 100}";
    assert!(states(all, HIGH, &["ot=th:8"]).is_empty());
    let open = "{sampling_percentage: 100, fail_closed: false}";
    assert_eq!(states(open, HIGH, &["ot=th:8"]), ["ot=th:8"]);
    assert_eq!(states(open, "", &[""]), ["ot=rv:ffffffffffffff;th:0"]);
}

#[test]
fn nothing_is_kept_at_zero_and_everything_above_a_hundred() {
    assert!(states("", HIGH, &["", "a=1"]).is_empty());
    assert!(states("sampling_percentage: 0.001", HIGH, &[""]).is_empty());
    assert_eq!(states("sampling_percentage: 250", HIGH, &[""]).len(), 1);
}

#[test]
fn a_log_record_can_ask_for_its_percentage() {
    let record = |attributes: &str| format!(r#"{{"traceId":"{LOW}","attributes":[{attributes}]}}"#);
    let attribute = |value: &str| record(&format!(r#"{{"key":"p","value":{value}}}"#));
    let records = [
        record(""),
        attribute(r#"{"intValue":"100"}"#),
        attribute(r#"{"doubleValue":99.9}"#),
        attribute(r#"{"doubleValue":0}"#),
        attribute(r#"{"intValue":"101"}"#),
        attribute(r#"{"stringValue":"100"}"#),
    ];
    let json = format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{}]}}]}}]}}"#, records.join(","));
    for (yaml, kept) in [
        ("{sampling_percentage: 1, mode: equalizing, sampling_priority: p}", 2),
        ("{sampling_percentage: 100, mode: equalizing, sampling_priority: p}", 6),
        ("{sampling_priority: p}", 2),
    ] {
        let mut batch = Batch::from_json(Signal::Logs, json.as_bytes()).unwrap();
        let sampler = ProbabilisticSampler::build(&decode(yaml).unwrap(), &context("logs")).unwrap();
        sampler.process(&mut batch, None).unwrap();
        assert_eq!(batch.items(), kept, "{yaml}");
    }
}
