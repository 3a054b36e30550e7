//! Random valid messages, small but with every field.

use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, EntityRef, InstrumentationScope, KeyValue, KeyValueList, any_value::Value,
};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::metrics::v1::exponential_histogram_data_point::Buckets;
use opentelemetry_proto::tonic::metrics::v1::summary_data_point::ValueAtQuantile;
use opentelemetry_proto::tonic::metrics::v1::{
    Exemplar, ExponentialHistogram, ExponentialHistogramDataPoint, Gauge, Histogram, HistogramDataPoint,
    Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum, Summary, SummaryDataPoint, exemplar,
    metric::Data, number_data_point,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::{Logs, Metrics, Traces};

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z.]{0,12}",
        1 => "\\PC{0,20}",
        1 => Just("line\nbreak \"quoted\" back\\slash \u{1} \u{1f}".to_owned()),
        1 => "[a-z]{120,140}",
    ]
}

/// No NaN, which is not equal to itself, and no negative zero, which encoders leave out as they do zero.
fn number() -> impl Strategy<Value = f64> {
    prop_oneof![Just(0.0), Just(1.0), any::<f64>().prop_map(|v| if v.is_nan() { 2.5 } else { v + 0.0 })]
}

pub(crate) fn value() -> impl Strategy<Value = AnyValue> {
    let leaf = prop_oneof![
        Just(AnyValue { value: None }),
        text().prop_map(|v| AnyValue { value: Some(Value::StringValue(v)) }),
        any::<bool>().prop_map(|v| AnyValue { value: Some(Value::BoolValue(v)) }),
        any::<i64>().prop_map(|v| AnyValue { value: Some(Value::IntValue(v)) }),
        number().prop_map(|v| AnyValue { value: Some(Value::DoubleValue(v)) }),
        vec(any::<u8>(), 0..9).prop_map(|v| AnyValue { value: Some(Value::BytesValue(v)) }),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4)
                .prop_map(|values| AnyValue { value: Some(Value::ArrayValue(ArrayValue { values })) }),
            vec((text(), option::of(inner)), 0..4).prop_map(|members| {
                let values =
                    members.into_iter().map(|(key, value)| KeyValue { key, value, ..Default::default() });
                AnyValue { value: Some(Value::KvlistValue(KeyValueList { values: values.collect() })) }
            }),
        ]
    })
}

fn attributes() -> impl Strategy<Value = Vec<KeyValue>> {
    vec((text(), option::weighted(0.95, value())), 0..5).prop_map(|list| {
        list.into_iter().map(|(key, value)| KeyValue { key, value, ..Default::default() }).collect()
    })
}

fn id(len: usize) -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![4 => vec(any::<u8>(), len), 1 => Just(Vec::new())]
}

fn resource() -> impl Strategy<Value = Option<Resource>> {
    let entity = (text(), text(), vec(text(), 0..3)).prop_map(|(schema_url, r#type, id_keys)| EntityRef {
        schema_url,
        r#type,
        description_keys: id_keys.clone(),
        id_keys,
    });
    let resource = (attributes(), any::<u32>(), vec(entity, 0..2)).prop_map(
        |(attributes, dropped_attributes_count, entity_refs)| Resource {
            attributes,
            dropped_attributes_count,
            entity_refs,
        },
    );
    option::weighted(0.9, resource)
}

fn scope() -> impl Strategy<Value = Option<InstrumentationScope>> {
    let scope = (text(), text(), attributes(), 0u32..3).prop_map(|(name, version, attributes, dropped)| {
        InstrumentationScope { name, version, attributes, dropped_attributes_count: dropped }
    });
    option::weighted(0.9, scope)
}

fn event() -> impl Strategy<Value = Event> {
    (any::<u64>(), text(), attributes(), 0u32..3).prop_map(|(time_unix_nano, name, attributes, dropped)| {
        Event { time_unix_nano, name, attributes, dropped_attributes_count: dropped }
    })
}

fn link() -> impl Strategy<Value = Link> {
    (id(16), id(8), text(), attributes(), 0u32..3, any::<u32>()).prop_map(
        |(trace_id, span_id, trace_state, attributes, dropped, flags)| Link {
            trace_id,
            span_id,
            trace_state,
            attributes,
            dropped_attributes_count: dropped,
            flags,
        },
    )
}

fn span() -> impl Strategy<Value = Span> {
    let ids = (id(16), id(8), id(8), text(), text());
    let numbers = (any::<u32>(), -1i32..9, any::<u64>(), any::<u64>(), 0u32..300);
    let status = option::of((text(), -2i32..5).prop_map(|(message, code)| Status { message, code }));
    (ids, numbers, attributes(), vec(event(), 0..3), vec(link(), 0..3), status).prop_map(
        |(ids, (flags, kind, start, end, dropped), attributes, events, links, status)| Span {
            trace_id: ids.0,
            span_id: ids.1,
            parent_span_id: ids.2,
            trace_state: ids.3,
            name: ids.4,
            flags,
            kind,
            start_time_unix_nano: start,
            end_time_unix_nano: end,
            attributes,
            dropped_attributes_count: dropped,
            events,
            dropped_events_count: dropped / 2,
            links,
            dropped_links_count: dropped / 3,
            status,
        },
    )
}

fn log_record() -> impl Strategy<Value = LogRecord> {
    let texts = (text(), text(), id(16), id(8));
    let numbers = (any::<u64>(), any::<u64>(), -1i32..30, 0u32..300, any::<u32>());
    (texts, numbers, option::of(value()), attributes()).prop_map(|(texts, numbers, body, attributes)| {
        LogRecord {
            time_unix_nano: numbers.0,
            observed_time_unix_nano: numbers.1,
            severity_number: numbers.2,
            severity_text: texts.0,
            body,
            attributes,
            dropped_attributes_count: numbers.3,
            flags: numbers.4,
            trace_id: texts.2,
            span_id: texts.3,
            event_name: texts.1,
        }
    })
}

fn exemplar() -> impl Strategy<Value = Exemplar> {
    let value = prop_oneof![
        number().prop_map(exemplar::Value::AsDouble),
        any::<i64>().prop_map(exemplar::Value::AsInt),
    ];
    (attributes(), any::<u64>(), id(8), id(16), option::of(value)).prop_map(
        |(filtered_attributes, time_unix_nano, span_id, trace_id, value)| Exemplar {
            filtered_attributes,
            time_unix_nano,
            span_id,
            trace_id,
            value,
        },
    )
}

fn number_point() -> impl Strategy<Value = NumberDataPoint> {
    let value = prop_oneof![
        number().prop_map(number_data_point::Value::AsDouble),
        any::<i64>().prop_map(number_data_point::Value::AsInt),
    ];
    (attributes(), any::<u64>(), vec(exemplar(), 0..2), 0u32..3, option::of(value)).prop_map(
        |(attributes, time, exemplars, flags, value)| NumberDataPoint {
            attributes,
            start_time_unix_nano: time / 2,
            time_unix_nano: time,
            exemplars,
            flags,
            value,
        },
    )
}

fn histogram_point() -> impl Strategy<Value = HistogramDataPoint> {
    let numbers = (option::of(number()), option::of(number()), option::of(number()));
    (attributes(), any::<u64>(), vec(any::<u64>(), 0..4), vec(number(), 0..4), vec(exemplar(), 0..2), numbers)
        .prop_map(|(attributes, time, bucket_counts, explicit_bounds, exemplars, numbers)| {
            HistogramDataPoint {
                attributes,
                start_time_unix_nano: 0,
                time_unix_nano: time,
                count: time % 7,
                sum: numbers.0,
                bucket_counts,
                explicit_bounds,
                exemplars,
                flags: 1,
                min: numbers.1,
                max: numbers.2,
            }
        })
}

fn exponential_point() -> impl Strategy<Value = ExponentialHistogramDataPoint> {
    let buckets = || {
        option::of(
            (any::<i32>(), vec(any::<u64>(), 0..4))
                .prop_map(|(offset, bucket_counts)| Buckets { offset, bucket_counts }),
        )
    };
    let numbers = (option::of(number()), option::of(number()), option::of(number()), number());
    (attributes(), any::<u64>(), any::<i32>(), buckets(), buckets(), vec(exemplar(), 0..2), numbers).prop_map(
        |(attributes, time, scale, positive, negative, exemplars, numbers)| ExponentialHistogramDataPoint {
            attributes,
            start_time_unix_nano: time,
            time_unix_nano: time,
            count: time % 7,
            sum: numbers.0,
            scale,
            zero_count: time % 3,
            positive,
            negative,
            flags: 0,
            exemplars,
            min: numbers.1,
            max: numbers.2,
            zero_threshold: numbers.3,
        },
    )
}

fn summary_point() -> impl Strategy<Value = SummaryDataPoint> {
    let quantile = (number(), number()).prop_map(|(quantile, value)| ValueAtQuantile { quantile, value });
    (attributes(), any::<u64>(), number(), vec(quantile, 0..3)).prop_map(
        |(attributes, time, sum, quantile_values)| SummaryDataPoint {
            attributes,
            start_time_unix_nano: time,
            time_unix_nano: time,
            count: time % 5,
            sum,
            quantile_values,
            flags: 1,
        },
    )
}

fn data() -> impl Strategy<Value = Data> {
    prop_oneof![
        vec(number_point(), 0..4).prop_map(|data_points| Data::Gauge(Gauge { data_points })),
        (vec(number_point(), 0..4), 0i32..4, any::<bool>()).prop_map(
            |(data_points, aggregation_temporality, is_monotonic)| {
                Data::Sum(Sum { data_points, aggregation_temporality, is_monotonic })
            }
        ),
        (vec(histogram_point(), 0..3), 0i32..3).prop_map(|(data_points, aggregation_temporality)| {
            Data::Histogram(Histogram { data_points, aggregation_temporality })
        }),
        (vec(exponential_point(), 0..3), 0i32..3).prop_map(|(data_points, aggregation_temporality)| {
            Data::ExponentialHistogram(ExponentialHistogram { data_points, aggregation_temporality })
        }),
        vec(summary_point(), 0..3).prop_map(|data_points| Data::Summary(Summary { data_points })),
    ]
}

fn metric() -> impl Strategy<Value = Metric> {
    (text(), text(), text(), option::weighted(0.9, data()), attributes()).prop_map(
        |(name, description, unit, data, metadata)| Metric { name, description, unit, metadata, data },
    )
}

/// Up to three resources with up to three scopes of up to four spans.
pub(crate) fn traces() -> impl Strategy<Value = Traces> {
    let scopes = vec((scope(), vec(span(), 0..4), text()), 0..3);
    vec((resource(), scopes, text()), 0..4).prop_map(|entries| Traces {
        resource_spans: entries
            .into_iter()
            .map(|(resource, scopes, schema_url)| ResourceSpans {
                resource,
                scope_spans: scopes
                    .into_iter()
                    .map(|(scope, spans, schema_url)| ScopeSpans { scope, spans, schema_url })
                    .collect(),
                schema_url,
            })
            .collect(),
    })
}

/// Up to three resources with up to two scopes of up to four log records.
pub(crate) fn logs() -> impl Strategy<Value = Logs> {
    let scopes = vec((scope(), vec(log_record(), 0..5), text()), 0..3);
    vec((resource(), scopes, text()), 0..4).prop_map(|entries| Logs {
        resource_logs: entries
            .into_iter()
            .map(|(resource, scopes, schema_url)| ResourceLogs {
                resource,
                scope_logs: scopes
                    .into_iter()
                    .map(|(scope, log_records, schema_url)| ScopeLogs { scope, log_records, schema_url })
                    .collect(),
                schema_url,
            })
            .collect(),
    })
}

/// Up to three resources with up to two scopes of up to three metrics.
pub(crate) fn metrics() -> impl Strategy<Value = Metrics> {
    let scopes = vec((scope(), vec(metric(), 0..4), text()), 0..3);
    vec((resource(), scopes, text()), 0..4).prop_map(|entries| Metrics {
        resource_metrics: entries
            .into_iter()
            .map(|(resource, scopes, schema_url)| ResourceMetrics {
                resource,
                scope_metrics: scopes
                    .into_iter()
                    .map(|(scope, metrics, schema_url)| ScopeMetrics { scope, metrics, schema_url })
                    .collect(),
                schema_url,
            })
            .collect(),
    })
}
