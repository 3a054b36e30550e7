//! `metricstransform`: sections, recorded cases, and what those do not show.

use agent_otlp::Verdict;

use super::*;
use crate::testing::{check_recorded, check_sections, context, decode};

#[test]
fn sections_are_checked_with_their_place() {
    check_sections::<Config>("metricstransform");
}

#[test]
fn recorded_cases_come_out_as_the_collectors() {
    check_recorded("metricstransform");
}

fn batch(metrics: &str) -> Batch {
    let json = format!(r#"{{"resourceMetrics":[{{"scopeMetrics":[{{"metrics":[{metrics}]}}]}}]}}"#);
    Batch::from_json(Signal::Metrics, json.as_bytes()).unwrap()
}

fn transform(yaml: &str, batch: &mut Batch) {
    let config = decode(&format!("transforms: [{yaml}]")).unwrap();
    MetricsTransform::build(&config, &context("metrics")).unwrap().process(batch, None).unwrap();
}

/// Name and points of every metric, a point as its attributes and its value.
fn metrics(batch: &Batch) -> Vec<String> {
    let mut batch = batch.clone();
    let mut out = Vec::new();
    batch.edit_metrics(|_, metric| {
        let points = metric.points().map(|point| {
            let attributes = point.attributes().iter();
            let attributes: Vec<_> =
                attributes.map(|(key, value)| format!("{key}={}", crate::value::as_text(value))).collect();
            format!(
                "{{{}}}{}",
                attributes.join(","),
                point.value().map_or_else(String::new, |value| format!("{value:?}"))
            )
        });
        let points: Vec<_> = points.collect();
        out.push(format!("{} {}", metric.name(), points.join(" ")));
        Verdict::Keep
    });
    out
}

fn gauge(name: &str, points: &[(&str, i64)]) -> String {
    let points: Vec<_> = points
        .iter()
        .map(|(value, number)| {
            format!(
                r#"{{"asInt":"{number}","attributes":[{{"key":"k","value":{{"stringValue":"{value}"}}}}]}}"#
            )
        })
        .collect();
    format!(r#"{{"name":"{name}","gauge":{{"dataPoints":[{}]}}}}"#, points.join(","))
}

#[test]
fn what_is_not_selected_keeps_its_bytes() {
    let mut batch = batch(&gauge("m", &[("a", 1)]));
    let before = batch.to_bytes();
    for yaml in [
        "{include: other, action: update, new_name: x}",
        "{include: other, action: insert, new_name: x}",
        "{include: other, action: combine, new_name: x}",
        "{include: other, action: group, group_resource_labels: {a: b}}",
        "{include: m, experimental_match_labels: {k: b}, action: update, new_name: x}",
    ] {
        transform(yaml, &mut batch);
        assert_eq!(batch.to_bytes().as_ptr(), before.as_ptr(), "{yaml}");
    }
}

#[test]
fn inserted_metrics_hold_the_matching_points_and_are_not_met_again() {
    let mut batch = batch(&gauge("m", &[("a", 1), ("b", 2)]));
    transform(
        "{include: m, match_type: regexp, experimental_match_labels: {k: ^b}, action: insert, new_name: m.copy}",
        &mut batch,
    );
    assert_eq!(metrics(&batch), ["m {k=a}Int(1) {k=b}Int(2)", "m.copy {k=b}Int(2)"]);
    transform(
        "{include: m, action: insert, new_name: n, operations: [{action: delete_label_value, label: k, label_value: a}, {action: delete_label_value, label: k, label_value: b}]}",
        &mut batch,
    );
    assert_eq!(batch.metrics(), 2);
}

#[test]
fn an_update_of_some_points_leaves_the_rest_and_the_name() {
    let mut batch = batch(&gauge("m", &[("a", 1), ("b", 2)]));
    let yaml = "{include: m, experimental_match_labels: {k: a}, action: update, new_name: n, operations: [\
                {action: toggle_scalar_data_type}, {action: experimental_scale_value, experimental_scale: 2.5}, \
                {action: add_label, new_label: x, new_value: y}, \
                {action: aggregate_labels, label_set: [], aggregation_type: sum}]}";
    transform(yaml, &mut batch);
    assert_eq!(metrics(&batch), ["m {k=a}Double(2.5) {k=b}Int(2)"]);
}

#[test]
fn the_version_stands_in_for_its_name() {
    let mut batch = batch(&gauge("m", &[("a", 1)]));
    let yaml = "{include: m, action: update, operations: [\
                {action: add_label, new_label: v, new_value: 'v{{version}}'}, \
                {action: update_label, label: k, new_label: l, value_actions: [{value: a, new_value: '{{version}}'}]}]}";
    transform(yaml, &mut batch);
    assert_eq!(metrics(&batch), ["m {l=0.0.0,v=v0.0.0}Int(1)"]);
}

#[test]
fn grouped_metrics_get_a_resource_and_partial_ones_lose_the_rest() {
    let mut batch = batch(&[gauge("m", &[("a", 1), ("b", 2)]), gauge("n", &[("a", 3)])].join(","));
    let yaml =
        "{include: m, experimental_match_labels: {k: a}, action: group, group_resource_labels: {g: '1'}}";
    transform(yaml, &mut batch);
    assert_eq!(metrics(&batch), ["n {k=a}Int(3)", "m {k=a}Int(1)"]);
    let labels: Vec<_> = batch
        .resources()
        .map(|entry| entry.resource().attributes().get_str("g").map(str::to_owned))
        .collect();
    assert_eq!(labels, [None, Some("1".to_owned())]);
}

#[test]
fn summaries_are_neither_combined_nor_joined() {
    let summary = r#"{"name":"s","summary":{"dataPoints":[{"count":1},{"count":2}]}}"#;
    let mut batch = batch(summary);
    transform("{include: s, action: combine, new_name: t}", &mut batch);
    transform(
        "{include: s, action: update, operations: [{action: aggregate_labels, aggregation_type: sum}]}",
        &mut batch,
    );
    assert_eq!((batch.items(), metrics(&batch)[0].starts_with('s')), (2, true));
}

#[test]
fn exponential_histograms_are_scaled_with_their_buckets() {
    let point = r#"{"count":3,"sum":6,"max":4,"scale":0,"zeroThreshold":0.5,"positive":{"offset":1,"bucketCounts":[1,2]},"exemplars":[{"asInt":"3"}]}"#;
    let mut batch = batch(&format!(r#"{{"name":"e","exponentialHistogram":{{"dataPoints":[{point}]}}}}"#));
    transform(
        "{include: e, action: update, operations: [{action: experimental_scale_value, experimental_scale: 8}]}",
        &mut batch,
    );
    batch.edit_data_points(|_, _, point| {
        assert_eq!((point.sum(), point.max(), point.zero_threshold()), (Some(48.0), Some(32.0), 4.0));
        assert_eq!(point.positive(), (4, vec![1, 2]));
        Verdict::Keep
    });
}
