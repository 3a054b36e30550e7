//! Edits of whole levels: resources dropped, scopes without their records, metrics added, lists moved.

use crate::{Batch, BatchBuilder, DataPoint, MetricKind, NumberValue, PointKind, Signal, Verdict};

/// Two resources `0` and `1`, each with a scope that has a metric `m` of one point.
fn metrics() -> Batch {
    let mut builder = BatchBuilder::new(Signal::Metrics);
    for number in 0..2_i64 {
        builder.resource(|resource| resource.attributes_mut().upsert("n", number));
        builder.scope(|scope| scope.set_name("s"));
        builder.metric(MetricKind::Sum, |metric| {
            metric.set_name("m");
            metric.set_aggregation_temporality(2);
        });
        builder.point(|point| point.set_value(NumberValue::Int(number)));
    }
    builder.build()
}

fn json(batch: &Batch) -> String {
    // What was written must be valid.
    let again = Batch::from_protobuf(batch.signal(), batch.to_bytes()).unwrap();
    assert_eq!(again.items(), batch.items());
    let mut out = Vec::new();
    again.write_json(&mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn a_dropped_resource_takes_its_records_along() {
    let mut batch = metrics();
    batch.filter_resources(|resource| {
        let first = resource.attributes().get("n").and_then(crate::AnyValue::as_int) == Some(0);
        if first { Verdict::Drop } else { Verdict::Keep }
    });
    assert_eq!((batch.resource_count(), batch.items()), (1, 1));
    assert!(json(&batch).contains(r#""asInt":"1""#));
}

#[test]
fn scopes_are_edited_without_their_records_and_kept_when_nothing_changed() {
    let mut batch = metrics();
    let before = batch.to_bytes();
    batch.edit_scopes(|ctx| {
        let _ = ctx.scope().name();
    });
    assert_eq!(batch.to_bytes().as_ptr(), before.as_ptr());
    batch.edit_scopes(|ctx| {
        let is_first = ctx.resource().attributes().get("n") == Some(&crate::AnyValue::Int(0));
        if is_first {
            ctx.scope_mut().set_name("renamed");
        }
        ctx.resource_mut().attributes_mut().upsert("seen", true);
    });
    let text = json(&batch);
    assert_eq!((text.matches("renamed").count(), text.matches("seen").count()), (1, 2));
    assert_eq!(batch.items(), 2);
}

#[test]
fn added_metrics_are_visited_and_stand_at_the_end_of_their_scope() {
    let mut batch = metrics();
    let mut names = Vec::new();
    batch.edit_and_add_metrics(|_, metric, new| {
        names.push(metric.name().to_owned());
        if metric.name() == "m" {
            let mut copy = metric.duplicate();
            copy.set_name("copy");
            copy.convert(MetricKind::Gauge);
            assert!(new.push(&copy));
        } else {
            metric.set_unit("1");
        }
        Verdict::Keep
    });
    assert_eq!(names, ["m", "copy", "m", "copy"]);
    assert_eq!((batch.items(), batch.metrics()), (4, 4));
    let text = json(&batch);
    assert_eq!((text.matches(r#""gauge":"#).count(), text.matches(r#""unit":"1""#).count()), (2, 2));
    assert_eq!(text.matches("aggregationTemporality").count(), 2);
}

#[test]
fn an_edit_that_adds_without_end_is_ended() {
    let mut batch = metrics();
    batch.edit_and_add_metrics(|_, metric, new| {
        new.push(&metric.duplicate());
        Verdict::Keep
    });
    assert_eq!(batch.metrics(), 2 + 2 * 10_000);
}

#[test]
fn points_are_replaced_with_their_kind() {
    let mut batch = metrics();
    batch.edit_metrics(|_, metric| {
        let mut point = DataPoint::empty(PointKind::Number);
        point.set_value(NumberValue::Double(2.5));
        let owned: Vec<DataPoint<'_>> = vec![point.clone(), point];
        metric.set_points(MetricKind::Sum, &owned);
        assert_eq!((metric.point_count(), metric.aggregation_temporality()), (2, 2));
        metric.set_points(MetricKind::Gauge, &owned);
        assert_eq!(metric.point_list().unwrap().1.len(), 2);
        Verdict::Keep
    });
    assert_eq!(batch.items(), 4);
    assert_eq!(json(&batch).matches(r#""asDouble":2.5"#).count(), 4);
}

#[test]
fn events_and_exemplars_are_edited_in_their_record() {
    let spans =
        br#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"a","events":[{"name":"x"},{"name":"y"}],
        "links":[{"spanId":"0102030405060708"}]}]}]}]}"#;
    let mut batch = Batch::from_json(Signal::Traces, spans).unwrap();
    batch.edit_spans(|_, span| {
        span.edit_events(|span, event| {
            let name = format!("{}.{}", span.name(), event.name());
            event.set_name(&name);
            span.set_name("b");
            if event.name() == "b.y" { Verdict::Drop } else { Verdict::Keep }
        });
        let (events, links) = (span.event_list().into_owned(), span.link_list().into_owned());
        assert!(!span.set_event_list(&links) && !span.set_link_list(&events));
        assert!(span.set_event_list(&events));
        Verdict::Keep
    });
    assert!(json(&batch).contains(r#""events":[{"name":"a.x"}]"#));
    let metrics = br#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"gauge":{"dataPoints":[{"asInt":"1",
        "exemplars":[{"asInt":"3"},{"asDouble":1.5}]}]}}]}]}]}"#;
    let mut batch = Batch::from_json(Signal::Metrics, metrics).unwrap();
    batch.edit_data_points(|_, _, point| {
        assert_eq!(point.exemplars().count(), 2);
        point.edit_exemplars(|exemplar| {
            if exemplar.value() == Some(NumberValue::Int(3)) {
                exemplar.set_value(NumberValue::Double(0.5));
            }
            Verdict::Keep
        });
        Verdict::Keep
    });
    assert!(json(&batch).contains(r#""exemplars":[{"asDouble":0.5},{"asDouble":1.5}]"#));
}

#[test]
fn metric_lists_are_changed_in_every_way() {
    let mut batch = metrics();
    let before = batch.to_bytes();
    batch.edit_metric_lists(|_, metrics| metrics.reverse());
    assert_eq!(batch.to_bytes().as_ptr(), before.as_ptr());
    batch.edit_metric_lists(|ctx, metrics| {
        let number = ctx.resource().attributes().get("n").and_then(crate::AnyValue::as_int);
        if number == Some(0) {
            metrics.clear();
        } else {
            let mut copy = metrics[0].duplicate();
            copy.set_name("copy");
            metrics.insert(0, copy);
            ctx.scope_mut().set_version("2");
        }
    });
    assert_eq!((batch.resource_count(), batch.metrics(), batch.items()), (1, 2, 2));
    let text = json(&batch);
    let place = |name: &str| text.find(name).unwrap();
    assert!(
        place(r#""name":"copy""#) < place(r#""name":"m""#) && text.contains(r#""version":"2""#),
        "{text}"
    );
}

#[test]
fn lists_of_the_same_field_are_joined() {
    let point = |kind| {
        let mut point = DataPoint::empty(kind);
        point.set_quantiles(&[(0.5, 1.0)]);
        point
    };
    let summary = point(PointKind::Summary);
    let quantiles = summary.quantile_list().unwrap();
    assert_eq!(quantiles.joined(&quantiles).unwrap().len(), 2);
    assert!(quantiles.joined(&point(PointKind::Histogram).exemplar_list().unwrap()).is_none());
}
