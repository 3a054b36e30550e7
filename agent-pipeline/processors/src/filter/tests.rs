//! `filter`: its sections, the Collector's recorded cases, and expressions.

use super::*;
use crate::testing::{check_recorded, check_sections, context, decode, logs, numbers};

#[test]
fn sections_are_checked_with_their_place() {
    check_sections::<Config>("filter");
}

#[test]
fn recorded_cases_come_out_as_the_collectors() {
    check_recorded("filter");
}

fn filter(yaml: &str) -> Filter {
    Filter::build(&decode(yaml).unwrap(), &context("logs")).unwrap()
}

#[test]
fn only_what_matches_is_dropped() {
    let mut batch = logs(0, 4);
    filter("logs: {log_record: ['body == 1', 'log.body == 3']}").process(&mut batch, None).unwrap();
    assert_eq!(numbers(&batch), [0, 2]);
    filter("logs: {resource: ['true']}").process(&mut batch, None).unwrap();
    assert_eq!(batch.resource_count(), 0);
}

#[test]
fn dropped_items_are_counted_and_refused_ones_are_not() {
    let filter = filter(
        "logs: {resource: ['attributes[\"x\"] == 1'], log_record: ['Substring(body, 0, 1) == \"x\"']}",
    );
    filter.process(&mut logs(0, 2), None).unwrap_err();
    assert_eq!(filter.filtered.get(), 0);
    let context = context("metrics");
    let config = decode("metrics: {metric: ['name == \"gone\"'], datapoint: ['value_int == 1']}").unwrap();
    let points = Filter::build(&config, &context).unwrap();
    let json = br#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[
        {"name":"gone","gauge":{"dataPoints":[{"asInt":"7"},{"asInt":"8"}]}},
        {"name":"kept","gauge":{"dataPoints":[{"asInt":"1"},{"asInt":"2"}]}}]}]}]}"#;
    let mut batch = Batch::from_json(Signal::Metrics, json).unwrap();
    points.process(&mut batch, None).unwrap();
    assert_eq!((batch.items(), points.filtered.get()), (1, 3));
    let counted = context.host.shared.of::<Metrics>().filtered(&context.id, Signal::Metrics);
    assert_eq!(counted.get(), 3, "one that replaces it counts on");
}

#[test]
fn a_batch_of_which_nothing_is_dropped_keeps_its_bytes() {
    let mut batch = logs(0, 4);
    let before = batch.to_bytes();
    let config = "logs: {resource: ['attributes[\"x\"] == 1'], log_record: ['body == 9']}";
    filter(config).process(&mut batch, None).unwrap();
    assert_eq!(batch.to_bytes().as_ptr(), before.as_ptr());
}

#[test]
fn a_failing_condition_refuses_the_batch_unless_told_otherwise() {
    let conditions = "logs: {log_record: ['Substring(body, 0, 1) == \"x\"', 'body == 1']}";
    let refusal = filter(conditions).process(&mut logs(0, 2), None).unwrap_err();
    assert!(refusal.to_string().starts_with("failed to eval condition: Substring"), "{refusal}");
    let mut batch = logs(0, 2);
    filter(&format!("error_mode: ignore\n{conditions}")).process(&mut batch, None).unwrap();
    assert_eq!(numbers(&batch), [0]);
}

#[test]
fn severities_are_named_or_numbered() {
    let severity = |min: &str| {
        let yaml = format!("logs: {{include: {{match_type: strict, severity_number: {{min: {min}}}}}}}");
        decode::<Config>(&yaml).ok()?.logs.include?.severity_number?.number()
    };
    assert_eq!(severity("INFO"), Some(9));
    assert_eq!(severity("fatal4"), Some(24));
    assert_eq!(severity("13"), Some(13));
    assert_eq!(severity("LOUD"), None);
    assert_eq!(severity("INFO5"), None);
}

#[test]
fn expressions_look_at_name_and_labels() {
    let mut seen = Vec::new();
    let json = br#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"cpu","gauge":{"dataPoints":[
        {"asInt":"1","attributes":[{"key":"host","value":{"stringValue":"a1"}},{"key":"n","value":{"intValue":"5"}}]}]}}]}]}]}"#;
    let mut batch = Batch::from_json(Signal::Metrics, json).unwrap();
    batch.edit_data_points(|_, metric, point| {
        for (text, holds) in [
            ("MetricName == \"cpu\"", true),
            ("MetricName != 'cpu' || Label(\"n\") == \"5\"", true),
            ("not HasLabel(\"host\")", false),
            ("!(Label(\"host\") startsWith \"a\") and true", false),
            ("Label(\"host\") matches `^a\\d$` && Label(\"x\") == \"\"", true),
            ("MetricName in [\"mem\", \"cpu\"]", true),
            ("Label(\"host\") contains \"z\" or MetricName endsWith \"u\"", true),
        ] {
            let expression = expression::Expression::new(text).unwrap();
            assert_eq!(expression.holds(metric.name(), point.attributes()), holds, "{text}");
            seen.push(text);
        }
        agent_otlp::Verdict::Keep
    });
    assert_eq!(seen.len(), 7);
    for wrong in [
        "",
        "MetricName",
        "MetricName ==",
        "1 == 2",
        "Label(x) == \"a\"",
        "(true",
        "true true",
        "\"a",
        "MetricName matches \"(\"",
    ] {
        assert!(expression::Expression::new(wrong).is_err(), "{wrong}");
    }
    assert!(expression::Expression::new(&"(".repeat(1000)).is_err());
}
