//! `include` and `exclude`: which records are worked on.

use agent_otlp::Signal;
use serde_json::{Value, json};

use super::*;

/// The names (or bodies) of the records that get a mark from a processor with this selection.
fn selected(signal: Signal, selection: &str, input: &Value) -> Vec<String> {
    let config =
        decode(&format!("{selection}\nactions: [{{key: hit, value: true, action: insert}}]")).unwrap();
    let mut batch = Batch::from_json(signal, input.to_string().as_bytes()).unwrap();
    Attributes::build(&config, &context(signal.as_str())).unwrap().process(&mut batch, None).unwrap();
    let mut out = Vec::new();
    batch.write_json(&mut out);
    let mut found = Vec::new();
    hits(&serde_json::from_slice(&out).unwrap(), "", &mut found);
    found
}

/// Walks the document; a record is known by the nearest name or body around the mark.
fn hits(value: &Value, name: &str, found: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| hits(item, name, found)),
        Value::Object(members) => {
            let body = members.get("body").and_then(|body| body["stringValue"].as_str());
            let name = members.get("name").and_then(Value::as_str).or(body).unwrap_or(name);
            if members.get("key").is_some_and(|key| key == "hit") {
                found.push(name.to_owned());
            }
            members.values().for_each(|member| hits(member, name, found));
        }
        _ => {}
    }
}

fn attributes(pairs: &[(&str, Value)]) -> Value {
    pairs.iter().map(|(key, value)| json!({"key": key, "value": value})).collect()
}

fn spans() -> Value {
    let span = |name: &str, kind: u32, pairs: &[(&str, Value)]| {
        json!({"traceId": "5c1e7a90d3f84b26a1907be4f2000001", "spanId": "3fa9c07e51200001",
               "name": name, "kind": kind, "attributes": attributes(pairs)})
    };
    json!({"resourceSpans": [
        {
            "resource": {"attributes": attributes(&[("service.name", json!({"stringValue": "till"})), ("zone", json!({"stringValue": "a"}))])},
            "scopeSpans": [
                {"scope": {"name": "lib", "version": "1"}, "spans": [
                    span("GET /", 2, &[("code", json!({"intValue": "200"})), ("ok", json!({"boolValue": true}))]),
                    span("POST /", 3, &[("code", json!({"intValue": "404"})), ("ratio", json!({"doubleValue": 0.5}))]),
                ]},
                {"scope": {"name": "lib"}, "spans": [span("tick", 1, &[])]},
            ],
        },
        {"scopeSpans": [{"spans": [span("lost", 0, &[("code", json!({"stringValue": "200"}))])]}]},
    ]})
}

#[test]
fn spans_are_selected_by_each_field() {
    for (selection, expected) in [
        ("{match_type: strict, services: [till]}", vec!["GET /", "POST /", "tick"]),
        ("{match_type: strict, services: [other, till]}", vec!["GET /", "POST /", "tick"]),
        ("{match_type: regexp, services: [nil-service]}", vec!["lost"]),
        ("{match_type: strict, span_names: ['GET']}", vec![]),
        ("{match_type: regexp, span_names: ['^GET', ick]}", vec!["GET /", "tick"]),
        ("{match_type: strict, span_kinds: [SPAN_KIND_SERVER, SPAN_KIND_CLIENT]}", vec!["GET /", "POST /"]),
        ("{match_type: regexp, span_kinds: [UNSPECIFIED]}", vec!["lost"]),
        ("{match_type: strict, attributes: [{key: code}]}", vec!["GET /", "POST /", "lost"]),
        ("{match_type: strict, attributes: [{key: code, value: 200}]}", vec!["GET /"]),
        ("{match_type: strict, attributes: [{key: code, value: '200'}]}", vec!["lost"]),
        (
            "{match_type: regexp, attributes: [{key: code, value: '^(200|404)$'}]}",
            vec!["GET /", "POST /", "lost"],
        ),
        ("{match_type: regexp, attributes: [{key: ratio, value: '^0[.]5$'}]}", vec!["POST /"]),
        ("{match_type: strict, attributes: [{key: code}, {key: ok, value: true}]}", vec!["GET /"]),
        ("{match_type: strict, resources: [{key: zone, value: a}]}", vec!["GET /", "POST /", "tick"]),
        ("{match_type: strict, resources: [{key: zone, value: a}, {key: none}]}", vec![]),
        ("{match_type: strict, libraries: [{name: lib}]}", vec!["GET /", "POST /", "tick"]),
        ("{match_type: strict, libraries: [{name: lib, version: '1'}]}", vec!["GET /", "POST /"]),
        ("{match_type: strict, libraries: [{name: lib, version: ''}]}", vec!["tick"]),
        ("{match_type: strict, span_names: 'tick,lost'}", vec!["tick", "lost"]),
        ("{match_type: strict, libraries: [{name: lib}, {name: other}]}", vec![]),
        ("{match_type: strict, services: [till], span_names: [tick, lost]}", vec!["tick"]),
    ] {
        assert_eq!(
            selected(Signal::Traces, &format!("include: {selection}"), &spans()),
            expected,
            "{selection}"
        );
    }
}

#[test]
fn a_map_is_equal_in_whatever_order() {
    let map = json!({"kvlistValue": {"values": [
        {"key": "a", "value": {"doubleValue": 1.0}}, {"key": "b", "value": {"arrayValue": {"values": [{"intValue": "2"}]}}},
    ]}});
    let record = json!({"body": {"stringValue": "it"}, "attributes": attributes(&[("map", map)])});
    let input = json!({"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]});
    for (value, expected) in
        [("{b: [2], a: 1.0}", vec!["it"]), ("{a: 1.0, b: [3]}", vec![]), ("{a: 1.0}", vec![])]
    {
        let selection =
            format!("include: {{match_type: strict, attributes: [{{key: map, value: {value}}}]}}");
        assert_eq!(selected(Signal::Logs, &selection, &input), expected, "{value}");
    }
}

#[test]
fn exclude_wins_over_include() {
    let selection =
        "include: {match_type: strict, services: [till]}\nexclude: {match_type: regexp, span_names: [/]}";
    assert_eq!(selected(Signal::Traces, selection, &spans()), ["tick"]);
    let selection = "exclude: {match_type: regexp, span_names: [/]}";
    assert_eq!(selected(Signal::Traces, selection, &spans()), ["tick", "lost"]);
}

#[test]
fn log_records_are_selected_by_each_field() {
    let record = |body: &str, severity: u32, text: &str| json!({"body": {"stringValue": body}, "severityNumber": severity, "severityText": text});
    let input = json!({"resourceLogs": [{"scopeLogs": [{"logRecords": [
        record("pay", 9, "INFO"), record("repay", 17, "ERROR"), record("other", 0, ""),
        {"body": {"kvlistValue": {"values": [{"key": "k", "value": {"intValue": "1"}}]}}, "severityText": "WARN"},
    ]}]}]});
    for (selection, expected) in [
        ("{match_type: regexp, log_bodies: [^pay, ^o]}", vec!["pay", "other"]),
        ("{match_type: strict, log_bodies: ['{\"k\":1}']}", vec![""]),
        ("{match_type: strict, log_severity_texts: [INFO, ERROR]}", vec!["pay", "repay"]),
        ("{log_severity_number: {min: 10}}", vec!["repay"]),
        ("{log_severity_number: {min: 10, match_undefined: true}}", vec!["repay", "other", ""]),
        ("{match_type: strict, log_severity_number: {min: 9}, log_bodies: [pay]}", vec!["pay"]),
    ] {
        assert_eq!(selected(Signal::Logs, &format!("include: {selection}"), &input), expected, "{selection}");
    }
}

#[test]
fn metrics_are_selected_by_name_alone() {
    let point = json!({"dataPoints": [{"timeUnixNano": "1"}]});
    let input = json!({"resourceMetrics": [{"scopeMetrics": [{"metrics": [
        {"name": "cpu", "gauge": point}, {"name": "cores", "histogram": point}, {"name": "mem", "summary": point},
    ]}]}]});
    for (selection, expected) in [
        ("{match_type: strict, metric_names: [cpu, mem]}", vec!["cpu", "mem"]),
        ("{match_type: regexp, metric_names: [^c]}", vec!["cpu", "cores"]),
        ("{match_type: strict, services: [none]}", vec!["cpu", "cores", "mem"]),
    ] {
        assert_eq!(
            selected(Signal::Metrics, &format!("include: {selection}"), &input),
            expected,
            "{selection}"
        );
    }
}

#[test]
fn fields_of_other_signals_are_refused_when_the_pipeline_is_built() {
    for (pipeline, selection, at, problem) in [
        (
            "traces",
            "{match_type: strict, log_bodies: [x]}",
            "include::log_bodies",
            "log_bodies should not be specified for trace spans",
        ),
        (
            "traces",
            "{log_severity_number: {min: 1}}",
            "include::log_severity_number",
            "log_severity_number should not be specified for trace spans",
        ),
        (
            "logs/a",
            "{match_type: strict, span_names: [x]}",
            "include::span_names",
            "services, span_names, and span_kinds are not valid for log records",
        ),
        (
            "traces",
            "{match_type: strict}",
            "include",
            r#"at least one of "attributes", "libraries",  or "resources" field must be specified"#,
        ),
        (
            "logs",
            "{match_type: strict, metric_names: [x]}",
            "include",
            r#"at least one of "attributes", "libraries", "span_kinds", "resources", "log_bodies", "log_severity_texts" or "log_severity_number" field must be specified"#,
        ),
    ] {
        let yaml = format!("include: {selection}\nactions: [{{key: a, action: delete}}]");
        let error = Attributes::build(&decode(&yaml).unwrap(), &context(pipeline)).unwrap_err();
        assert_eq!((&*error.at, &*error.message), (at, problem), "{selection}");
    }
}
