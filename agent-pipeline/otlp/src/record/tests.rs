//! Getters against the reference decoder, setters of every kind of point.

use bytes::Bytes;
use opentelemetry_proto::tonic::metrics::v1::{metric::Data, number_data_point::Value};
use proptest::prelude::*;
use prost::Message as _;

use super::{DataPoint, LogRecord, Metric, MetricKind, NumberValue, PointKind, Span};
use crate::testing;
use crate::{Batch, Signal, Verdict};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_span_reads_as_the_reference_reads_it(message in testing::traces()) {
        for span in message.resource_spans.iter().flat_map(|r| &r.scope_spans).flat_map(|s| &s.spans) {
            let bytes = span.encode_to_vec();
            let view = Span::new(&bytes);
            prop_assert_eq!(view.trace_id(), &span.trace_id[..]);
            prop_assert_eq!(view.span_id(), &span.span_id[..]);
            prop_assert_eq!(view.parent_span_id(), &span.parent_span_id[..]);
            prop_assert_eq!((view.name(), view.trace_state()), (&span.name[..], &span.trace_state[..]));
            prop_assert_eq!((view.kind(), view.flags()), (span.kind, span.flags));
            prop_assert_eq!(view.start_time_unix_nano(), span.start_time_unix_nano);
            prop_assert_eq!(view.end_time_unix_nano(), span.end_time_unix_nano);
            prop_assert_eq!(view.dropped_attributes_count(), span.dropped_attributes_count);
            prop_assert_eq!(view.dropped_events_count(), span.dropped_events_count);
            prop_assert_eq!(view.dropped_links_count(), span.dropped_links_count);
            prop_assert_eq!(view.attributes().len(), span.attributes.len());
            let status = span.status.clone().unwrap_or_default();
            prop_assert_eq!((view.status_code(), view.status_message()), (status.code, &status.message[..]));
            let events: Vec<_> = view.events().map(|e| (e.name().to_owned(), e.time_unix_nano())).collect();
            prop_assert_eq!(events, span.events.iter().map(|e| (e.name.clone(), e.time_unix_nano)).collect::<Vec<_>>());
            let links: Vec<_> = view.links().map(|l| (l.trace_id().to_vec(), l.flags())).collect();
            prop_assert_eq!(links, span.links.iter().map(|l| (l.trace_id.clone(), l.flags)).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_log_record_reads_as_the_reference_reads_it(message in testing::logs()) {
        for record in message.resource_logs.iter().flat_map(|r| &r.scope_logs).flat_map(|s| &s.log_records) {
            let bytes = record.encode_to_vec();
            let view = LogRecord::new(&bytes);
            prop_assert_eq!(view.time_unix_nano(), record.time_unix_nano);
            prop_assert_eq!(view.observed_time_unix_nano(), record.observed_time_unix_nano);
            prop_assert_eq!((view.severity_number(), view.severity_text()), (record.severity_number, &record.severity_text[..]));
            prop_assert_eq!((view.flags(), view.event_name()), (record.flags, &record.event_name[..]));
            prop_assert_eq!((view.trace_id(), view.span_id()), (&record.trace_id[..], &record.span_id[..]));
            prop_assert_eq!(view.body().is_empty(), record.body.as_ref().is_none_or(|b| b.value.is_none()));
        }
    }

    #[test]
    fn points_read_as_the_reference_reads_them(message in testing::metrics()) {
        for metric in message.resource_metrics.iter().flat_map(|r| &r.scope_metrics).flat_map(|s| &s.metrics) {
            let bytes = metric.encode_to_vec();
            let view = Metric::new(&bytes);
            prop_assert_eq!((view.name(), view.description(), view.unit()), (&metric.name[..], &metric.description[..], &metric.unit[..]));
            prop_assert_eq!(view.metadata().len(), metric.metadata.len());
            let points: Vec<_> = view.points().collect();
            match &metric.data {
                None => prop_assert_eq!((view.kind(), points.len()), (None, 0)),
                Some(Data::Gauge(data)) => number_points(&points, &data.data_points),
                Some(Data::Sum(data)) => {
                    prop_assert_eq!(view.kind(), Some(MetricKind::Sum));
                    prop_assert_eq!((view.aggregation_temporality(), view.is_monotonic()), (data.aggregation_temporality, data.is_monotonic));
                    number_points(&points, &data.data_points);
                }
                Some(Data::Histogram(data)) => for (point, expected) in points.iter().zip(&data.data_points) {
                    prop_assert_eq!(point.kind(), PointKind::Histogram);
                    prop_assert_eq!((point.count(), point.sum(), point.min(), point.max()), (expected.count, expected.sum, expected.min, expected.max));
                    prop_assert_eq!((point.bucket_counts(), point.explicit_bounds()), (expected.bucket_counts.clone(), expected.explicit_bounds.clone()));
                    prop_assert_eq!((point.flags(), point.exemplar_count()), (expected.flags, expected.exemplars.len()));
                },
                Some(Data::ExponentialHistogram(data)) => for (point, expected) in points.iter().zip(&data.data_points) {
                    prop_assert_eq!((point.scale(), point.zero_count(), point.zero_threshold()), (expected.scale, expected.zero_count, expected.zero_threshold));
                    let buckets = expected.positive.clone().unwrap_or_default();
                    prop_assert_eq!(point.positive(), (buckets.offset, buckets.bucket_counts));
                    let buckets = expected.negative.clone().unwrap_or_default();
                    prop_assert_eq!(point.negative(), (buckets.offset, buckets.bucket_counts));
                    prop_assert_eq!((point.sum(), point.min(), point.max()), (expected.sum, expected.min, expected.max));
                },
                Some(Data::Summary(data)) => for (point, expected) in points.iter().zip(&data.data_points) {
                    prop_assert_eq!((point.count(), point.sum()), (expected.count, Some(expected.sum)));
                    let quantiles: Vec<_> = expected.quantile_values.iter().map(|q| (q.quantile, q.value)).collect();
                    prop_assert_eq!(point.quantiles(), quantiles);
                },
            }
        }
    }

    #[test]
    fn setting_a_point_reads_back(message in testing::metrics()) {
        let mut batch = Batch::from_protobuf(Signal::Metrics, Bytes::from(message.encode_to_vec())).unwrap();
        batch.edit_data_points(|_, _, point| {
            point.set_value(NumberValue::Int(-5));
            point.set_start_time_unix_nano(1);
            point.set_count(3);
            point.set_sum(Some(0.0));
            point.set_min(None);
            point.set_max(Some(2.0));
            point.set_bucket_counts(&[1, 2]);
            point.set_explicit_bounds(&[0.5]);
            point.set_scale(-2);
            point.set_zero_count(4);
            point.set_positive(-3, &[1, 300]);
            point.set_negative(0, &[]);
            Verdict::Keep
        });
        let bytes = batch.to_bytes();
        let again = Batch::from_protobuf(Signal::Metrics, bytes).unwrap();
        for entry in again.resources() {
            for metric in entry.scopes().flat_map(|scope| scope.metrics().collect::<Vec<_>>()) {
                for point in metric.points() {
                    check_set(&point);
                }
            }
        }
    }
}

fn check_set(point: &DataPoint<'_>) {
    assert_eq!(point.start_time_unix_nano(), 1);
    let (number, histogram, exponential) = (
        point.kind() == PointKind::Number,
        point.kind() == PointKind::Histogram,
        point.kind() == PointKind::ExponentialHistogram,
    );
    assert_eq!(point.value(), number.then_some(NumberValue::Int(-5)));
    assert_eq!((point.count(), point.sum()), if number { (0, None) } else { (3, Some(0.0)) });
    assert_eq!((point.min(), point.max()), (None, (histogram || exponential).then_some(2.0)));
    assert_eq!(point.bucket_counts(), if histogram { vec![1, 2] } else { vec![] });
    assert_eq!(point.explicit_bounds(), if histogram { vec![0.5] } else { vec![] });
    assert_eq!((point.scale(), point.zero_count()), if exponential { (-2, 4) } else { (0, 0) });
    assert_eq!(point.positive(), if exponential { (-3, vec![1, 300]) } else { (0, vec![]) });
    assert_eq!(point.negative(), (0, vec![]));
}

fn number_points(
    points: &[DataPoint<'_>],
    expected: &[opentelemetry_proto::tonic::metrics::v1::NumberDataPoint],
) {
    assert_eq!(points.len(), expected.len());
    for (point, expected) in points.iter().zip(expected) {
        assert_eq!(point.time_unix_nano(), expected.time_unix_nano);
        let value = expected.value.map(|value| match value {
            Value::AsDouble(number) => NumberValue::Double(number),
            Value::AsInt(number) => NumberValue::Int(number),
        });
        assert_eq!(point.value(), value);
        assert_eq!((point.flags(), point.exemplar_count()), (expected.flags, expected.exemplars.len()));
    }
}

#[test]
fn a_metric_has_the_points_of_its_last_kind() {
    // gauge{point 1} sum{point 2} gauge{point 3} gauge{point 4}, told apart by their flags.
    let data = |kind: u8, flags: u8| [kind, 4, 0x0A, 2, 0x40, flags];
    let bytes = [data(0x2A, 1), data(0x3A, 2), data(0x2A, 3), data(0x2A, 4)].concat();
    let mut metric = Metric::new(&bytes);
    assert_eq!((metric.kind(), metric.point_count()), (Some(MetricKind::Gauge), 2));
    let flags = |metric: &Metric<'_>| metric.points().map(|point| point.flags()).collect::<Vec<_>>();
    assert_eq!(flags(&metric), [3, 4]);
    metric.edit_points(|metric, point| {
        metric.set_name("n");
        if point.flags() == 3 { Verdict::Drop } else { Verdict::Keep }
    });
    assert_eq!(flags(&metric), [4]);
    let mut out = Vec::new();
    metric.message.encode(&mut out);
    assert_eq!((flags(&Metric::new(&out)), Metric::new(&out).name()), (vec![4], "n"));
}

#[test]
fn status_and_ids_can_be_set_and_taken_back() {
    // status{code 1} status{message "m"}: two messages that are one.
    let bytes = [0x7A, 2, 0x18, 1, 0x7A, 3, 0x12, 1, b'm'];
    let mut span = Span::new(&bytes);
    assert_eq!((span.status_code(), span.status_message()), (1, "m"));
    span.set_status_code(1);
    span.set_status_message("m");
    assert!(!span.message.changed());
    span.set_status_code(2);
    span.set_trace_id([1; 16]);
    assert_eq!((span.status_code(), span.status_message(), span.trace_id()), (2, "m", &[1; 16][..]));
    span.set_trace_id([0; 16]);
    assert_eq!(span.trace_id(), b"");
}

#[test]
fn a_point_changes_its_kind_of_value() {
    // as_double 1.0, then as_int 2: the last counts.
    let bytes = [&[0x21][..], &1f64.to_le_bytes(), &[0x31], &2i64.to_le_bytes()].concat();
    let mut point = DataPoint::new(PointKind::Number, &bytes);
    assert_eq!(point.value(), Some(NumberValue::Int(2)));
    point.set_value(NumberValue::Double(0.0));
    assert_eq!(point.value(), Some(NumberValue::Double(0.0)));
    let mut out = Vec::new();
    point.message.encode(&mut out);
    assert_eq!(DataPoint::new(PointKind::Number, &out).value(), Some(NumberValue::Double(0.0)));
}
