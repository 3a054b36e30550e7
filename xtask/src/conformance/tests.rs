//! The comparison sees every real difference and no other one.

use serde_json::{Value, json};

use super::canon::Canon;
use super::case::{Case, read_areas};
use super::diff;
use super::schema::{SIGNALS, Signal};

fn canon() -> Canon {
    Canon { ignore: [].into(), ignore_attributes: [].into(), merge: true }
}

fn signal(name: &str) -> &'static Signal {
    SIGNALS.into_iter().find(|signal| signal.name == name).unwrap()
}

fn compare(canon: &Canon, name: &str, left: &Value, right: &Value) -> Option<String> {
    let form = |value: &Value| canon.signal(signal(name), value.as_array().unwrap()).unwrap();
    diff::first(&form(left), &form(right), name).map(|difference| difference.path)
}

fn spans(spans: &Value) -> Value {
    json!([{"resource": {"attributes": [{"key": "host", "value": {"stringValue": "a"}}]},
            "scopeSpans": [{"scope": {"name": "lib"}, "spans": spans}]}])
}

#[test]
fn order_spelling_and_defaults_say_nothing() {
    let left = spans(&json!([
        {"traceId": "AB01", "spanId": "01", "name": "one", "startTimeUnixNano": "5", "flags": 0, "attributes": [
            {"key": "b", "value": {"intValue": "7"}}, {"key": "a", "value": {"bytesValue": "-_8="}}]},
        {"spanId": "02", "name": "two", "parentSpanId": "0000", "status": {}},
    ]));
    let right = spans(&json!([
        {"name": "two", "spanId": "02", "events": []},
        {"name": "one", "startTimeUnixNano": 5, "spanId": "01", "traceId": "ab01", "attributes": [
            {"key": "a", "value": {"bytesValue": "+/8"}}, {"key": "b", "value": {"intValue": 7}}]},
    ]));
    assert_eq!(compare(&canon(), "traces", &left, &right), None);
}

#[test]
fn entries_with_one_resource_are_one_entry_unless_the_case_is_about_grouping() {
    let one = spans(&json!([{"name": "one"}, {"name": "two"}]));
    let cut = json!([spans(&json!([{"name": "two"}]))[0], spans(&json!([{"name": "one"}]))[0]]);
    assert_eq!(compare(&canon(), "traces", &one, &cut), None);
    let apart = Canon { merge: false, ..canon() };
    assert!(compare(&apart, "traces", &one, &cut).is_some());
}

#[test]
fn a_difference_is_named_by_its_place() {
    let left = spans(&json!([{"name": "one", "events": [{"name": "e1"}, {"name": "e2"}]}]));
    let right = spans(&json!([{"name": "one", "events": [{"name": "e2"}, {"name": "e1"}]}]));
    let path = compare(&canon(), "traces", &left, &right).unwrap();
    assert_eq!(path, "traces[0].scopeSpans[0].spans[0 one].events[0 e1].name");
    let none = json!([]);
    assert_eq!(compare(&canon(), "traces", &left, &none).as_deref(), Some("traces[0]"));
}

#[test]
fn presence_counts_where_otlp_says_so() {
    let gauge = |point: Value| json!([{"scopeMetrics": [{"metrics": [{"name": "m", "gauge": {"dataPoints": [point]}}]}]}]);
    assert!(compare(&canon(), "metrics", &gauge(json!({"asInt": "0"})), &gauge(json!({}))).is_some());
    assert!(
        compare(&canon(), "metrics", &gauge(json!({"asInt": 0})), &gauge(json!({"asDouble": 0}))).is_some()
    );
    let empty = json!([{"scopeMetrics": [{"metrics": [{"name": "m", "gauge": {}}]}]}]);
    let none = json!([{"scopeMetrics": [{"metrics": [{"name": "m"}]}]}]);
    assert!(compare(&canon(), "metrics", &empty, &none).is_some());
    let body = |body: Value| json!([{"scopeLogs": [{"logRecords": [{"body": body}]}]}]);
    assert!(compare(&canon(), "logs", &body(json!({"stringValue": ""})), &body(json!({}))).is_some());
}

#[test]
fn doubles_are_near_and_special_values_are_names() {
    let point = |value: Value| json!([{"scopeMetrics": [{"metrics": [{"name": "m", "gauge": {"dataPoints": [{"asDouble": value}]}}]}]}]);
    let differs =
        |left: Value, right: Value| compare(&canon(), "metrics", &point(left), &point(right)).is_some();
    assert!(!differs(json!(1.0), json!(1.000_000_000_1)));
    assert!(differs(json!(1.0), json!(1.000_001)));
    assert!(!differs(json!("nan"), json!("NaN")));
    assert!(!differs(json!("-inf"), json!("-Infinity")));
    assert!(differs(json!("NaN"), json!(1.0)));
    assert!(!differs(json!("2.5"), json!(2.5)));
}

#[test]
fn ignored_fields_and_attributes_are_not_compared_and_unknown_fields_are() {
    let log = |record: Value| json!([{"scopeLogs": [{"logRecords": [record]}]}]);
    let left =
        log(json!({"observedTimeUnixNano": "1", "attributes": [{"key": "x", "value": {"intValue": 1}}]}));
    let right = log(json!({"observedTimeUnixNano": "2"}));
    let ignoring = Canon {
        ignore: ["observedTimeUnixNano".to_owned()].into(),
        ignore_attributes: ["x".to_owned()].into(),
        merge: true,
    };
    assert_eq!(compare(&ignoring, "logs", &left, &right), None);
    assert!(compare(&canon(), "logs", &left, &right).is_some());
    assert!(compare(&canon(), "logs", &log(json!({"extra": 1})), &log(json!({}))).is_some());
}

#[test]
fn what_is_not_otlp_json_is_refused_with_its_field() {
    let refused =
        |name: &str, value: Value| canon().signal(signal(name), value.as_array().unwrap()).unwrap_err();
    let reason = refused("traces", json!([{"scopeSpans": [{"spans": [{"kind": "SERVER"}]}]}]));
    assert_eq!(reason, "ResourceSpans.scopeSpans: ScopeSpans.spans: Span.kind: not an integer: \"SERVER\"");
    assert!(refused("logs", json!([{"scopeLogs": {}}])).contains("not an array"));
    assert!(refused("logs", json!([3])).contains("not an object"));
}

#[test]
fn integers_beyond_two_to_the_63rd_keep_their_digits() {
    let histogram = |count: Value| json!([{"scopeMetrics": [{"metrics": [{"name": "m", "histogram": {"dataPoints": [{"count": count}]}}]}]}]);
    let (exact, near) =
        (histogram(json!(18_446_744_073_709_551_615_u64)), histogram(json!("18446744073709551614")));
    assert!(compare(&canon(), "metrics", &exact, &near).is_some());
    assert!(compare(&canon(), "metrics", &exact, &histogram(json!("18446744073709551615"))).is_none());
}

/// Every single value of a document, changed once.
fn changes(document: &Value) -> Vec<Value> {
    match document {
        Value::Object(members) => {
            let with = |key: &String, value| {
                let mut copy = members.clone();
                copy.insert(key.clone(), value);
                Value::Object(copy)
            };
            members
                .iter()
                .flat_map(|(key, inner)| changes(inner).into_iter().map(move |new| with(key, new)))
                .collect()
        }
        Value::Array(items) => {
            let with = |index: usize, value| {
                let mut copy = items.clone();
                copy[index] = value;
                Value::Array(copy)
            };
            items
                .iter()
                .enumerate()
                .flat_map(|(at, inner)| changes(inner).into_iter().map(move |new| with(at, new)))
                .collect()
        }
        Value::Bool(flag) => vec![json!(!flag)],
        Value::Number(number) => vec![json!(changed(number.as_f64().unwrap()))],
        Value::String(text) => match text.parse::<i128>() {
            Ok(number) => vec![json!((number + 1).to_string())],
            Err(_) => vec![json!(format!("{text}a"))],
        },
        Value::Null => vec![],
    }
}

#[test]
fn every_change_of_a_recorded_output_is_seen() {
    let cases: Vec<Case> = read_areas(&crate::cargo::root().join("conformance/cases"), super::AREAS).unwrap();
    let mut seen = 0;
    for case in cases.iter().filter(|case| case.start_error.is_none()) {
        let expected = case.expected().unwrap();
        for signal in SIGNALS {
            let want = &expected[signal.name];
            for changed in changes(want) {
                // A change may leave OTLP altogether, which is seen as well.
                if let Ok(got) = case.canon.signal(signal, changed.as_array().unwrap()) {
                    assert!(diff::first(want, &got, "").is_some(), "{}: unseen in {changed}", case.name);
                    seen += 1;
                }
            }
        }
    }
    assert!(seen > 1000, "{seen}");
}

#[test]
fn no_pattern_of_a_refusal_matches_a_message_without_a_reason() {
    const BLAND: &str =
        "Error: invalid configuration: cannot start the agent\n2024-01-01T00:00:00Z error exiting\n";
    let cases = read_areas(&crate::cargo::root().join("conformance/cases"), super::AREAS).unwrap();
    let patterns: Vec<_> = cases.iter().filter_map(|case| case.start_error.as_ref()).collect();
    assert!(!patterns.is_empty());
    for pattern in patterns {
        assert!(!pattern.is_match(BLAND), "{pattern}");
    }
}

/// A number that is not near `number`.
fn changed(number: f64) -> f64 {
    number + number.abs().max(4.0) / 4.0
}
