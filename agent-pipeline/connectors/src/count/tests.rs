//! `count`: what is counted, by what, and what is told of bad sections.

use std::sync::Arc;

use agent_component::Receipt;
use serde_json::{Value, json};

use super::*;
use crate::testing::{Pipeline, batch, build, issues};

const TRACES: &str = r#"{"resourceSpans":[
 {"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},"scopeSpans":[
  {"scope":{"name":"lib","attributes":[{"key":"lib.env","value":{"stringValue":"prod"}}]},"spans":[
   {"traceId":"5c1e7a90d3f84b26a1907be4f2000001","spanId":"3fa9c07e51200001","name":"a","startTimeUnixNano":"20","endTimeUnixNano":"30",
    "attributes":[{"key":"code","value":{"intValue":"200"}}],
    "events":[{"name":"x","timeUnixNano":"25"},{"name":"y","timeUnixNano":"27"}]},
   {"traceId":"5c1e7a90d3f84b26a1907be4f2000001","spanId":"3fa9c07e51200002","name":"b","startTimeUnixNano":"10","endTimeUnixNano":"15",
    "attributes":[{"key":"code","value":{"intValue":"500"}}]}]},
  {"spans":[{"traceId":"5c1e7a90d3f84b26a1907be4f2000001","spanId":"3fa9c07e51200003","name":"c","startTimeUnixNano":"40",
    "attributes":[{"key":"code","value":{"intValue":"200"}}]}]}]},
 {"scopeSpans":[{"spans":[{"traceId":"5c1e7a90d3f84b26a1907be4f2000001","spanId":"3fa9c07e51200004","name":"d","endTimeUnixNano":"7"}]}]}]}"#;

const LOGS: &str = r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[
 {"timeUnixNano":"5","severityNumber":17,"attributes":[{"key":"env","value":{"stringValue":"prod"}}]},
 {"severityNumber":9,"attributes":[{"key":"env","value":{"stringValue":"test"}}]},
 {"severityNumber":9},
 {"severityNumber":17,"attributes":[{"key":"env","value":{"boolValue":true}}]}]}]}]}"#;

const METRICS: &str = r#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[
 {"name":"cpu","gauge":{"dataPoints":[{"asInt":"1","timeUnixNano":"3"},{"asInt":"2","timeUnixNano":"9"}]}},
 {"name":"lat","histogram":{"aggregationTemporality":1,"dataPoints":[{"count":"1","timeUnixNano":"5"}]}},
 {"name":"empty"}]}]}]}"#;

fn pipeline() -> Arc<Pipeline> {
    Arc::default()
}

async fn counted(yaml: &str, signal: Signal, json: &str) -> Value {
    let metrics = pipeline();
    let count = build("count", yaml, (signal, Signal::Metrics), &[("metrics", metrics.clone())]);
    count.consume(Telemetry::new(batch(signal, json))).await.unwrap();
    let texts = metrics.texts();
    assert!(texts.len() <= 1);
    texts.first().map_or(Value::Null, |text| serde_json::from_str(text).unwrap())
}

/// The metrics of all resources: name, then for each point its attributes, start, time and value.
fn short(value: &Value) -> Value {
    let mut out = Vec::new();
    for resource in value["resourceMetrics"].as_array().into_iter().flatten() {
        for metric in resource["scopeMetrics"][0]["metrics"].as_array().unwrap() {
            let sum = &metric["sum"];
            assert_eq!((&sum["aggregationTemporality"], &sum["isMonotonic"]), (&json!(1), &json!(true)));
            let points = sum["dataPoints"].as_array().unwrap().iter().map(|point| {
                let attributes = point["attributes"].as_array().into_iter().flatten();
                let attributes: Vec<Value> = attributes
                    .map(|attribute| {
                        json!([attribute["key"], attribute["value"].as_object().unwrap().values().next()])
                    })
                    .collect();
                json!([attributes, point["startTimeUnixNano"], point["timeUnixNano"], point["asInt"]])
            });
            out.push(json!([metric["name"], points.collect::<Vec<_>>()]));
        }
    }
    Value::Array(out)
}

#[tokio::test]
async fn without_settings_everything_is_counted_resource_by_resource() {
    let out = counted("", Signal::Traces, TRACES).await;
    let expected = json!([
        ["trace.span.count", [[[], "10", "40", "3"]]],
        ["trace.span.event.count", [[[], "25", "27", "2"]]],
        ["trace.span.count", [[[], "7", "7", "1"]]],
    ]);
    assert_eq!(short(&out), expected);
    let first = &out["resourceMetrics"][0];
    assert_eq!(first["resource"]["attributes"][0]["value"]["stringValue"], "shop");
    assert_eq!(first["scopeMetrics"][0]["scope"]["name"], SCOPE);
    assert_eq!(first["scopeMetrics"][0]["metrics"][0]["description"], "The number of spans observed.");
    let out = counted("", Signal::Metrics, METRICS).await;
    assert_eq!(short(&out)[1], json!(["metric.datapoint.count", [[[], "3", "9", "3"]]]));
    assert_eq!(short(&out)[0][1][0][3], "3");
    assert_eq!(
        short(&counted("", Signal::Logs, LOGS).await),
        json!([["log.record.count", [[[], "5", "5", "4"]]]])
    );
}

#[tokio::test]
async fn metrics_have_no_time_of_their_own_and_get_that_of_now() {
    let before = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos();
    let out = counted("datapoints: {}", Signal::Metrics, METRICS).await;
    let point = &short(&out)[0][1][0];
    assert_eq!(point[1], point[2]);
    assert!(point[1].as_str().unwrap().parse::<u128>().unwrap() >= before);
}

#[tokio::test]
async fn one_of_the_conditions_must_hold() {
    let yaml = r#"
logs:
  errors: {conditions: ['severity_number >= SEVERITY_NUMBER_ERROR']}
  either: {conditions: ['attributes["env"] == "test"', 'log.attributes["env"] == nil']}
  none: {conditions: ['resource.attributes["x"] == 1']}
"#;
    let out = short(&counted(yaml, Signal::Logs, LOGS).await);
    assert_eq!(out, json!([["errors", [[[], "5", "5", "2"]]], ["either", [[[], "5", "5", "2"]]]]));
    let yaml = "
spans: {}
spanevents: {y: {conditions: ['name == \"y\" and span.name == \"a\"']}}
";
    assert_eq!(short(&counted(yaml, Signal::Traces, TRACES).await), json!([["y", [[[], "25", "27", "1"]]]]));
    let yaml = "
metrics: {some: {conditions: ['type == METRIC_DATA_TYPE_HISTOGRAM', 'name == \"empty\"']}}
datapoints: {big: {conditions: ['value_int > 1', 'count > 0']}}
";
    let out = short(&counted(yaml, Signal::Metrics, METRICS).await);
    assert_eq!((&out[0][1][0][3], &out[1]), (&json!("2"), &json!(["big", [[[], "3", "9", "2"]]])));
}

#[tokio::test]
async fn attributes_are_those_of_the_record_its_scope_or_its_resource() {
    let yaml = "
spanevents: {}
spans:
  by.code: {attributes: [{key: code}]}
  by.both: {attributes: [{key: code}, {key: lib.env}]}
  by.service: {conditions: ['true'], attributes: [{key: service.name}]}
";
    let out = short(&counted(yaml, Signal::Traces, TRACES).await);
    let expected = json!([
        ["by.code", [[[["code", "200"]], "10", "40", "2"], [[["code", "500"]], "10", "40", "1"]]],
        [
            "by.both",
            [
                [[["code", "200"], ["lib.env", "prod"]], "10", "40", "1"],
                [[["code", "500"], ["lib.env", "prod"]], "10", "40", "1"]
            ]
        ],
        ["by.service", [[[["service.name", "shop"]], "10", "40", "3"]]],
    ]);
    assert_eq!(out, expected);
}

#[tokio::test]
async fn what_lacks_an_attribute_is_counted_under_the_default_or_not_at_all() {
    let yaml = "
logs:
  with: {attributes: [{key: env, default_value: unknown}]}
  number: {attributes: [{key: env, default_value: 7}]}
  without: {attributes: [{key: env, default_value: ''}]}
";
    let out = short(&counted(yaml, Signal::Logs, LOGS).await);
    let values = |metric: usize| -> Vec<&Value> {
        out[metric][1].as_array().unwrap().iter().map(|point| &point[0][0][1]).collect()
    };
    // What is neither text nor a number is counted as empty text.
    assert_eq!(values(0), ["prod", "test", "unknown", ""]);
    assert_eq!(values(1), ["prod", "test", "7", ""]);
    assert_eq!(values(2), ["prod", "test", ""]);
}

#[tokio::test]
async fn a_failing_condition_refuses_the_batch() {
    let metrics = pipeline();
    let yaml = "logs: {bad: {conditions: ['Substring(body, 0, 1) == \"x\"']}}";
    let count = build("count", yaml, (Signal::Logs, Signal::Metrics), &[("metrics", metrics.clone())]);
    let refusal = count.consume(Telemetry::new(batch(Signal::Logs, LOGS))).await.unwrap_err();
    assert!(refusal.to_string().starts_with("failed to eval condition: Substring"), "{refusal}");
    assert!(!refusal.is_permanent() && metrics.texts().is_empty());
}

#[tokio::test]
async fn a_batch_without_counts_ends_here_and_is_delivered() {
    let yaml = "logs: {none: {conditions: ['false']}}";
    let (metrics, (receipt, delivered)) = (pipeline(), Receipt::new());
    let count = build("count", yaml, (Signal::Logs, Signal::Metrics), &[("metrics", metrics.clone())]);
    let data = Telemetry { receipt: Some(receipt), ..Telemetry::new(batch(Signal::Logs, LOGS)) };
    count.consume(data).await.unwrap();
    delivered.wait().await.unwrap();
    assert!(metrics.texts().is_empty());
}

#[tokio::test]
async fn what_a_backend_says_of_points_is_not_told_of_records() {
    let answer = Accepted { rejected: 1, message: "no".to_owned() };
    let metrics = Arc::new(Pipeline { answer, ..Pipeline::default() });
    let count = build("count", "", (Signal::Logs, Signal::Metrics), &[("metrics", metrics)]);
    let answer = count.consume(Telemetry::new(batch(Signal::Logs, LOGS))).await.unwrap();
    assert_eq!(answer, Accepted::default());
}

#[test]
fn bad_sections_are_told_with_their_place() {
    let yaml = "
spans:
  '': {}
  a.b: {conditions: ['name ==', 'true'], attributes: [{key: x}, {default_value: 1}]}
metrics: {m: {attributes: [{key: x}]}}
logs: {l: {condition: 'true'}}
";
    assert_eq!(
        issues("count", "logs: {l: {condition: 'true'}}"),
        "connectors::count::logs::l::condition: unknown key, did you mean `conditions`? (line 1, column 12)"
    );
    let told =
        issues("count", &yaml.replace("condition: ", "conditions: [").replace("'true'}}", "'true']}}"));
    for expected in [
        "connectors::count::spans: spans: metric name missing (line 3",
        "connectors::count::spans::a.b::conditions[0]: spans condition: metric \"a.b\": unable to parse OTTL condition",
        "connectors::count::spans::a.b::attributes[1]: spans attributes: metric \"a.b\": attribute key missing (line 4",
        "connectors::count::metrics::m::attributes: metrics attributes not supported: metric \"m\" (line 5",
    ] {
        assert!(told.contains(expected), "{expected}\n{told}");
    }
    assert_eq!(told.lines().count(), 4, "{told}");
}

#[test]
fn a_metric_without_settings_and_profiles_are_accepted() {
    assert_eq!(issues("count", "spans: {my.count: }\nprofiles: {p: {description: d, conditions: [x]}}"), "");
    assert_eq!(issues("count", ""), "");
}
