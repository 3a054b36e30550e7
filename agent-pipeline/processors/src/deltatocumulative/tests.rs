//! `deltatocumulative`: sections, totals of every kind, and what is dropped.

use serde_json::{Value, json};

use super::*;
use crate::testing::{check_sections, context, decode};

#[test]
fn sections_are_checked_with_their_place() {
    check_sections::<Config>("deltatocumulative");
}

fn processor(yaml: &str) -> DeltaToCumulative {
    DeltaToCumulative::build(&decode(yaml).unwrap(), &context("metrics")).unwrap()
}

/// One metric with these points goes through; its points come out.
fn pass(processor: &DeltaToCumulative, kind: &str, points: &[Value]) -> Vec<Value> {
    let metric = json!({"name": "m", kind: {"aggregationTemporality": 1, "dataPoints": points}});
    let document = json!({"resourceMetrics": [{"scopeMetrics": [{"metrics": [metric]}]}]}).to_string();
    let mut batch = Batch::from_json(Signal::Metrics, document.as_bytes()).unwrap();
    processor.process(&mut batch, None).unwrap();
    let mut out = Vec::new();
    batch.write_json(&mut out);
    let out: Value = serde_json::from_slice(&out).unwrap();
    let metric = &out["resourceMetrics"][0]["scopeMetrics"][0]["metrics"][0][kind];
    assert!(metric.is_null() || metric["aggregationTemporality"] == 2);
    metric["dataPoints"].as_array().cloned().unwrap_or_default()
}

#[test]
fn sums_add_up_from_their_first_start() {
    let processor = processor("");
    let point = |start: u64, time: u64, value: i64| json!({"startTimeUnixNano": start.to_string(), "timeUnixNano": time.to_string(), "asInt": value.to_string()});
    assert_eq!(pass(&processor, "sum", &[point(1, 2, 5)]), [point(1, 2, 5)]);
    assert_eq!(
        pass(&processor, "sum", &[point(2, 3, 7), point(3, 4, -2)]),
        [point(1, 3, 12), point(1, 4, 10)]
    );
    assert!(pass(&processor, "sum", &[point(0, 9, 1), point(3, 4, 1), point(3, 3, 1)]).is_empty());
    assert_eq!(pass(&processor, "sum", &[point(4, 5, 1)]), [point(1, 5, 11)]);
}

#[test]
fn streams_are_told_apart_and_bounded() {
    let processor = processor("max_streams: 2");
    let point = |key: &str| json!({"timeUnixNano": "1", "asDouble": 1.5, "attributes": [{"key": "k", "value": {"stringValue": key}}]});
    let out = pass(&processor, "sum", &[point("a"), point("b"), point("c")]);
    assert_eq!(out.len(), 2);
    processor.sweep(Duration::from_secs(59));
    assert!(pass(&processor, "sum", &[point("c")]).is_empty());
    processor.sweep(Duration::from_secs(1000));
    assert_eq!(pass(&processor, "sum", &[point("c")]).len(), 1);
}

#[test]
fn histograms_add_up_while_their_bounds_are_the_same() {
    let processor = processor("");
    let point = |time: u64, bounds: &[f64], buckets: &[u64], max: Option<f64>| {
        let buckets: Vec<String> = buckets.iter().map(u64::to_string).collect();
        let mut point = json!({"timeUnixNano": time.to_string(), "count": "3", "sum": 2.5, "min": 1.0, "explicitBounds": bounds, "bucketCounts": buckets});
        if let Some(max) = max {
            point["max"] = max.into();
        }
        point
    };
    pass(&processor, "histogram", &[point(1, &[1.0], &[1, 2], Some(4.0))]);
    let out = &pass(&processor, "histogram", &[point(2, &[1.0], &[3, 0], Some(5.0))])[0];
    assert_eq!((&out["count"], &out["sum"], &out["max"]), (&json!("6"), &json!(5.0), &json!(5.0)));
    assert_eq!(out["bucketCounts"], json!(["4", "2"]));
    let out = &pass(&processor, "histogram", &[point(3, &[1.0], &[1, 1], None)])[0];
    assert_eq!((&out["count"], &out["max"], &out["min"]), (&json!("9"), &Value::Null, &json!(1.0)));
    let out = &pass(&processor, "histogram", &[point(4, &[2.0], &[1, 1], None)])[0];
    assert_eq!(out["count"], "3");
}

#[test]
fn exponential_histograms_meet_at_the_coarser_scale_and_wider_zero() {
    let processor = processor("");
    let point = |time: u64, scale: i32, threshold: f64, offset: i32, buckets: &[&str]| {
        json!({"timeUnixNano": time.to_string(), "count": "4", "scale": scale, "zeroCount": "1", "zeroThreshold": threshold,
               "positive": {"offset": offset, "bucketCounts": buckets}})
    };
    pass(&processor, "exponentialHistogram", &[point(1, 1, 0.0, -4, &["1", "1", "1", "1"])]);
    let out = &pass(&processor, "exponentialHistogram", &[point(2, 0, 0.0, 1, &["3"])])[0];
    assert_eq!((&out["count"], &out["zeroCount"]), (&json!("8"), &json!("2")));
    assert_eq!(out["positive"], json!({"offset": -2, "bucketCounts": ["2", "2", "0", "3"]}));
    // The lowest bucket, up to 1/2, is zero now.
    let out = &pass(&processor, "exponentialHistogram", &[point(3, 0, 0.5, 1, &["1"])])[0];
    assert_eq!((&out["zeroCount"], &out["zeroThreshold"]), (&json!("5"), &json!(0.5)));
    assert_eq!(out["positive"], json!({"offset": -1, "bucketCounts": ["2", "0", "4"]}));
}

#[test]
fn buckets_far_apart_make_the_scale_coarser_at_once() {
    let processor = processor("");
    for (time, offset) in [(1, i32::MIN), (2, i32::MAX - 1), (3, 0)] {
        let point = json!({"timeUnixNano": time.to_string(), "count": "1", "scale": 20, "positive": {"offset": offset, "bucketCounts": ["1"]}});
        let out = &pass(&processor, "exponentialHistogram", &[point])[0];
        assert!(out["positive"]["bucketCounts"].as_array().unwrap().len() <= 161);
    }
}
