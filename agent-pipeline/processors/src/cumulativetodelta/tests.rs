//! `cumulativetodelta`: sections, recorded cases, resets of every kind, and the bound on memory.

use super::*;
use crate::testing::{check_recorded, check_recorded_case, check_sections, context, decode};

#[test]
fn sections_are_checked_with_their_place() {
    check_sections::<Config>("cumulativetodelta");
}

#[test]
fn recorded_cases_come_out_as_the_collectors() {
    check_recorded("cumulativetodelta");
}

#[test]
fn one_section_in_two_pipelines_keeps_two_states() {
    check_recorded_case("config-processors/shared-stateful-processor");
}

fn processor(yaml: &str) -> CumulativeToDelta {
    CumulativeToDelta::build(&decode(yaml).unwrap(), &context("metrics")).unwrap()
}

/// One metric with these points goes through; its points come out as OTLP/JSON.
fn pass(processor: &CumulativeToDelta, kind: &str, points: &str) -> Vec<serde_json::Value> {
    let json = format!(
        r#"{{"resourceMetrics":[{{"scopeMetrics":[{{"metrics":[{{"name":"m","{kind}":{{"aggregationTemporality":2,"isMonotonic":true,"dataPoints":[{points}]}}}}]}}]}}]}}"#
    );
    let json = if kind == "sum" { json } else { json.replace(r#""isMonotonic":true,"#, "") };
    let mut batch = Batch::from_json(Signal::Metrics, json.as_bytes()).unwrap();
    processor.process(&mut batch, None).unwrap();
    let mut out = Vec::new();
    batch.write_json(&mut out);
    let out: serde_json::Value = serde_json::from_slice(&out).unwrap();
    let metric = &out["resourceMetrics"][0]["scopeMetrics"][0]["metrics"][0][kind];
    if !metric.is_null() {
        assert_eq!(metric["aggregationTemporality"], 1);
    }
    metric["dataPoints"].as_array().cloned().unwrap_or_default()
}

#[test]
fn a_decrease_is_dropped_and_counts_from_there() {
    let keep = processor("initial_value: keep");
    for (value, delta) in [("5", Some("5")), ("7", Some("2")), ("1", None), ("4", Some("3"))] {
        let out = pass(&keep, "sum", &format!(r#"{{"asInt":"{value}","timeUnixNano":"1"}}"#));
        assert_eq!(out.first().map(|point| point["asInt"].as_str().unwrap()), delta);
    }
}

#[test]
fn a_nan_passes_and_leaves_no_trace() {
    let keep = processor("initial_value: keep");
    for (value, delta) in
        [("1.5", "1.5"), (r#""NaN""#, r#""NaN""#), ("2", "0.5"), (r#""Infinity""#, r#""Infinity""#)]
    {
        let out = pass(&keep, "sum", &format!(r#"{{"asDouble":{value},"startTimeUnixNano":"7"}}"#));
        assert_eq!(out[0]["asDouble"].to_string(), delta);
        assert_eq!(out[0]["startTimeUnixNano"] == "7", value.contains("NaN"));
    }
}

#[test]
fn histograms_drop_changed_buckets_and_pass_a_lower_count_whole() {
    let keep = processor("initial_value: keep");
    let point = |count: u32, sum: &str, bounds: &str, buckets: &str| {
        format!(
            r#"{{"count":{count},"sum":{sum},"min":1,"max":2,"explicitBounds":{bounds},"bucketCounts":{buckets}}}"#
        )
    };
    assert_eq!(pass(&keep, "histogram", &point(3, "3", "[1]", "[1,2]"))[0]["count"], "3");
    let out = &pass(&keep, "histogram", &point(5, "4", "[1]", "[1,4]"))[0];
    assert_eq!(
        (&out["count"], &out["sum"], &out["min"]),
        (&"2".into(), &1.0.into(), &serde_json::Value::Null)
    );
    assert!(pass(&keep, "histogram", &point(6, "5", "[2]", "[1,5]")).is_empty());
    assert!(pass(&keep, "histogram", &point(6, "5", "[2,3]", "[1,5,0]")).is_empty());
    assert_eq!(pass(&keep, "histogram", &point(2, "9", "[2,3]", "[1,1,0]"))[0]["count"], "2");
    let unknown = pass(&keep, "histogram", &point(4, r#""NaN""#, "[2,3]", "[1,3,0]"));
    assert_eq!((&unknown[0]["sum"], &unknown[0]["count"]), (&"NaN".into(), &"2".into()));
    assert_eq!(pass(&keep, "histogram", &point(5, "10", "[2,3]", "[1,4,0]"))[0]["sum"], 1.0);
}

#[test]
fn exponential_histograms_follow_a_coarser_scale_and_a_wider_zero() {
    let keep = processor("initial_value: keep");
    let first =
        r#"{"count":10,"sum":1,"scale":1,"zeroCount":1,"positive":{"offset":-4,"bucketCounts":[1,2,3,3]}}"#;
    pass(&keep, "exponentialHistogram", first);
    // Two buckets each become one; those below the threshold of 1/4 are zero now.
    let second = r#"{"count":11,"sum":2,"scale":0,"zeroCount":4,"zeroThreshold":0.5,"positive":{"offset":-1,"bucketCounts":[7]}}"#;
    let out = &pass(&keep, "exponentialHistogram", second)[0];
    assert_eq!((&out["count"], out["zeroCount"].as_str()), (&"1".into(), None));
    assert_eq!(out["positive"]["bucketCounts"], serde_json::json!(["1"]));
    assert_eq!(out["positive"]["offset"], -1);
    // A finer scale makes no sense and is not remembered.
    let finer = r#"{"count":12,"sum":2,"scale":3,"zeroThreshold":0.5}"#;
    assert!(pass(&keep, "exponentialHistogram", finer).is_empty());
    let third = second.replace(r#""count":11"#, r#""count":13"#);
    assert_eq!(pass(&keep, "exponentialHistogram", &third)[0]["count"], "2");
}

#[test]
fn many_changed_buckets_stay_many() {
    let keep = processor("initial_value: keep");
    let point = |count: u64| {
        let buckets: Vec<_> = (0..160).map(|_| count.to_string()).collect();
        format!(r#"{{"count":{},"positive":{{"bucketCounts":[{}]}}}}"#, count * 160, buckets.join(","))
    };
    pass(&keep, "exponentialHistogram", &point(1));
    let out = &pass(&keep, "exponentialHistogram", &point(3))[0];
    assert_eq!(out["positive"]["bucketCounts"], serde_json::json!(vec!["2"; 160]));
}

#[test]
fn extreme_scales_and_offsets_do_no_harm() {
    let keep = processor("initial_value: keep");
    for (scale, offset) in [(i32::MAX, i32::MAX), (0, i32::MIN), (i32::MIN, i32::MAX)] {
        for threshold in ["0", "1e300", r#""Infinity""#] {
            let point = format!(
                r#"{{"count":5,"scale":{scale},"zeroThreshold":{threshold},"positive":{{"offset":{offset},"bucketCounts":[1,2]}},"negative":{{"offset":{offset},"bucketCounts":[2]}}}}"#
            );
            pass(&keep, "exponentialHistogram", &point);
        }
    }
}

#[test]
fn stale_and_too_many_streams_are_forgotten() {
    let id = |number: u8| {
        let identities = &processor("").identities;
        let mut batch = crate::testing::logs(0, 1);
        let mut id = None;
        batch.edit_log_records(|ctx, record| {
            id = Some(identities.metric(ctx, &Metric::empty()).point(record.attributes(), &[number]));
            Verdict::Keep
        });
        id.unwrap()
    };
    let tracker = Tracker::new("it".parse().unwrap(), Initial::Drop, 100, 1000, 2);
    let [a, b, c] = [id(1), id(2), id(3)];
    let convert = |id, time, value| {
        let delta = tracker.convert(Point { id, start: 0, time, value: Value::Int(value) });
        delta.map(|delta| delta.value)
    };
    assert_eq!(convert(a, 950, 1), None);
    assert_eq!(convert(b, 1000, 1), None);
    tracker.sweep(1099);
    assert_eq!(convert(a, 950, 2), Some(Value::Int(1)));
    tracker.sweep(1100);
    assert_eq!(convert(a, 1050, 3), None, "it was stale");
    assert_eq!(convert(b, 1060, 2), Some(Value::Int(1)));
    assert_eq!(convert(c, 1070, 1), None);
    assert_eq!(convert(b, 1080, 4), Some(Value::Int(2)));
    assert_eq!(convert(a, 1090, 9), None, "there was no room");
}
