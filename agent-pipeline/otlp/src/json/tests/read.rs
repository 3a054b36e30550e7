//! What a document may and may not be.

use crate::{Batch, Signal};

/// The document as this crate writes it after reading it.
fn normal(signal: Signal, json: &str) -> String {
    let mut out = Vec::new();
    Batch::from_json(signal, json.as_bytes())
        .unwrap_or_else(|error| panic!("{error}: {json}"))
        .write_json(&mut out);
    String::from_utf8(out).unwrap()
}

fn log(record: &str) -> String {
    format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{record}]}}]}}]}}"#)
}

fn normal_log(record: &str) -> String {
    let text = normal(Signal::Logs, &log(record));
    let start = r#"{"resourceLogs":[{"resource":{},"scopeLogs":[{"scope":{},"logRecords":["#;
    text.strip_prefix(start).and_then(|text| text.strip_suffix("]}]}]}")).expect(&text).to_owned()
}

fn span(members: &str) -> String {
    format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{members}]}}]}}]}}"#)
}

fn refused(signal: Signal, json: &str) -> String {
    Batch::from_json(signal, json.as_bytes()).expect_err(json).to_string()
}

#[test]
fn null_is_absent_at_every_level() {
    let json = r#"{"resourceLogs":[{"resource":null,"schemaUrl":null,"scopeLogs":[{"scope":null,"logRecords":[
        {"timeUnixNano":"1","body":null,"attributes":null,"severityText":null,"severityNumber":null,"traceId":null}]}]}]}"#;
    let expected = r#"{"resourceLogs":[{"resource":{},"scopeLogs":[{"scope":{},"logRecords":[{"timeUnixNano":"1","body":{}}]}]}]}"#;
    assert_eq!(normal(Signal::Logs, json), expected);
    assert_eq!(normal(Signal::Logs, r#"{"resourceLogs":null}"#), "{}");
}

#[test]
fn snake_case_names_are_read() {
    assert_eq!(
        normal_log(
            r#"{"time_unix_nano":5,"severity_number":9,"severity_text":"I","body":{"string_value":"b"}}"#
        ),
        r#"{"timeUnixNano":"5","severityNumber":9,"severityText":"I","body":{"stringValue":"b"}}"#
    );
}

#[test]
fn unknown_members_are_skipped_at_every_level() {
    let json = r#"{"x":{"y":[1,{}]},"resourceLogs":[{"n":1,"resource":{"c":"r","attributes":[{"key":"a","note":null}]},
        "scopeLogs":[{"e":[],"scope":{"m":{}},"logRecords":[{"z":[[{}]],"body":{"w":1,"stringValue":"b"}}]}]}]}"#;
    let expected = r#"{"resourceLogs":[{"resource":{"attributes":[{"key":"a","value":{}}]},"scopeLogs":[{"scope":{},"logRecords":[{"body":{"stringValue":"b"}}]}]}]}"#;
    assert_eq!(normal(Signal::Logs, json), expected);
    // Deeper than any recursion would bear.
    let deep = format!(r#"{{"unknown":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(normal(Signal::Logs, &deep), "{}");
}

#[test]
fn a_document_of_another_signal_has_nothing_for_us() {
    assert_eq!(normal(Signal::Logs, &span(r#"{"name":"n"}"#)), "{}");
}

#[test]
fn enums_are_numbers_or_names_and_unknown_numbers_pass() {
    let severity = |text: &str| normal_log(&format!(r#"{{"severityNumber":{text}}}"#));
    assert_eq!(severity("\"SEVERITY_NUMBER_FATAL4\""), r#"{"severityNumber":24,"body":{}}"#);
    assert_eq!(severity("99"), r#"{"severityNumber":99,"body":{}}"#);
    assert_eq!(severity("-1"), r#"{"severityNumber":-1,"body":{}}"#);
    let error = refused(Signal::Logs, &log(r#"{"severityNumber":"LOUD"}"#));
    assert!(error.contains("severityNumber must be a number or a name of its enum"), "{error}");
}

#[test]
fn ids_are_hex_of_either_case_and_the_right_length() {
    let id = "5C1E7A90D3F84B26a1907be4f2abCDEF";
    let text = normal(
        Signal::Traces,
        &span(&format!(r#"{{"traceId":"{id}","spanId":"","parentSpanId":"00000000000000ff"}}"#)),
    );
    assert!(text.contains(&format!(
        r#"{{"traceId":"{}","parentSpanId":"00000000000000ff","status":{{}}}}"#,
        id.to_lowercase()
    )));
    for bad in ["xyz", "abcd", "5c1e7a90d3f84b26a1907be4f200000g", "5c1e7a90d3f84b26a1907be4f2000001ff"] {
        let error = refused(Signal::Traces, &span(&format!(r#"{{"traceId":"{bad}"}}"#)));
        assert!(error.contains("traceId must be 32 hex digits"), "{error}");
        assert!(!error.contains(bad), "errors do not repeat data: {error}");
    }
}

#[test]
fn integers_are_exact_as_numbers_and_as_strings() {
    let body = |text: &str| normal_log(&format!(r#"{{"body":{{"intValue":{text}}}}}"#));
    for exact in ["9223372036854775807", "-9223372036854775808", "9007199254740993", "0"] {
        let expected = format!(r#"{{"body":{{"intValue":"{exact}"}}}}"#);
        assert_eq!(body(exact), expected);
        assert_eq!(body(&format!("\"{exact}\"")), expected);
    }
    assert_eq!(
        normal_log(r#"{"timeUnixNano":18446744073709551615}"#),
        r#"{"timeUnixNano":"18446744073709551615","body":{}}"#
    );
    for bad in ["9223372036854775808", "1.5", "\"soon\"", "\"\"", "1e400", "true", "[]", "{}"] {
        refused(Signal::Logs, &log(&format!(r#"{{"body":{{"intValue":{bad}}}}}"#)));
    }
    for bad in ["-1", "18446744073709551616", "\"-1\""] {
        refused(Signal::Logs, &log(&format!(r#"{{"timeUnixNano":{bad}}}"#)));
    }
    refused(Signal::Logs, &log(r#"{"droppedAttributesCount":4294967296}"#));
}

#[test]
fn doubles_are_numbers_or_their_names() {
    let body = |text: &str| normal_log(&format!(r#"{{"body":{{"doubleValue":{text}}}}}"#));
    let expected = |text: &str| format!(r#"{{"body":{{"doubleValue":{text}}}}}"#);
    for same in ["1.5", "\"NaN\"", "\"Infinity\"", "\"-Infinity\"", "0.0", "5e-324", "1.7976931348623157e308"]
    {
        assert_eq!(body(same).replace("e+", "e"), expected(same));
    }
    assert_eq!(body("3"), expected("3.0"));
    assert_eq!(body("\"2.5\""), expected("2.5"));
    for bad in ["\"inf\"", "\"nan\"", "\"x\"", "null1"] {
        refused(Signal::Logs, &log(&format!(r#"{{"body":{{"doubleValue":{bad}}}}}"#)));
    }
}

#[test]
fn bytes_are_base64_of_any_flavour() {
    let body = |text: &str| normal_log(&format!(r#"{{"body":{{"bytesValue":"{text}"}}}}"#));
    for (given, written) in [("AP8Q", "AP8Q"), ("-_8=", "+/8="), ("+/8", "+/8="), ("", "")] {
        assert_eq!(body(given), format!(r#"{{"body":{{"bytesValue":"{written}"}}}}"#));
    }
    refused(Signal::Logs, &log(r#"{"body":{"bytesValue":"*"}}"#));
}

#[test]
fn every_kind_of_value_nests() {
    let value = r#"{"arrayValue":{"values":[{"stringValue":""},{"boolValue":false},{},{"kvlistValue":{"values":[{"key":"k","value":{"arrayValue":{}}}]}},{"kvlistValue":{}}]}}"#;
    assert_eq!(normal_log(&format!(r#"{{"body":{value}}}"#)), format!(r#"{{"body":{value}}}"#));
    let empty = value.replace("{\"arrayValue\":{}}", "{\"arrayValue\":{\"values\":[]}}");
    assert_eq!(normal_log(&format!(r#"{{"body":{empty}}}"#)), format!(r#"{{"body":{value}}}"#));
}

#[test]
fn an_empty_list_is_an_absent_one() {
    let point =
        r#"{"histogram":{"dataPoints":[{"bucketCounts":[],"explicitBounds":[],"exemplars":[],"sum":1.5}]}}"#;
    let json = format!(r#"{{"resourceMetrics":[{{"scopeMetrics":[{{"metrics":[{point}]}}]}}]}}"#);
    let text = normal(Signal::Metrics, &json);
    assert!(text.contains(r#""metrics":[{"histogram":{"dataPoints":[{"sum":1.5}]}}]"#), "{text}");
}

#[test]
fn a_oneof_given_twice_is_its_last_member() {
    assert_eq!(normal_log(r#"{"body":{"stringValue":"a","intValue":1}}"#), r#"{"body":{"intValue":"1"}}"#);
    assert_eq!(
        normal_log(r#"{"severityText":"a","severity_text":"b"}"#),
        r#"{"severityText":"b","body":{}}"#
    );
}

#[test]
fn what_is_not_a_document_is_refused_with_its_place() {
    for (json, reason) in [
        ("", "line 1 column 0: EOF while parsing a value"),
        ("hello", "line 1 column 1: expected value"),
        ("[]", "line 1 column 2: invalid type: sequence, expected an object (ExportLogsServiceRequest)"),
        ("null", "line 1 column 4: invalid type: null, expected an object (ExportLogsServiceRequest)"),
        ("{\"resourceLogs\":[", "line 1 column 17: EOF while parsing a list"),
        ("{\"resourceLogs\":{}}", "line 1 column 18: invalid type: map, expected a list for resourceLogs"),
        ("{} {}", "line 1 column 4: trailing characters"),
        ("{\"resourceLogs\":[1]}", "line 1 column 18: resourceLogs must be an object"),
        ("{\n\"resourceLogs\": \"x\"}", "line 2 column 19: resourceLogs must be a list"),
    ] {
        assert_eq!(refused(Signal::Logs, json), reason, "{json}");
    }
}

#[test]
fn an_error_text_has_a_bound() {
    let error =
        refused(Signal::Logs, &format!("{{\"resourceLogs\":[{{\"scopeLogs\":\"{}\"}}]}}", "é".repeat(5_000)));
    assert!(error.len() < 300, "{error}");
}
