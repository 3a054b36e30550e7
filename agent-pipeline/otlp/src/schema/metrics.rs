//! Metrics and their data points.

use super::Kind::{
    Bool, Double, Enum, Fixed64, Message as Msg, SFixed64, SInt32, SpanId, Str, TraceId, UInt32, UInt64,
};
use super::Presence::{Always, Explicit, List, OneOf, Plain};
use super::common::{KEY_VALUE, RESOURCE, SCHEMA_URL, SCOPE};
use super::{Field, Message, field, item, message};

pub(crate) static METRICS_DATA: Message = message(
    "ExportMetricsServiceRequest",
    &[field(1, "resourceMetrics", "resource_metrics", Msg(&RESOURCE_METRICS), List)],
);

static RESOURCE_METRICS: Message = message(
    "ResourceMetrics",
    &[RESOURCE, field(2, "scopeMetrics", "scope_metrics", Msg(&SCOPE_METRICS), List), SCHEMA_URL],
);

static SCOPE_METRICS: Message =
    message("ScopeMetrics", &[SCOPE, field(2, "metrics", "metrics", Msg(&METRIC), List), SCHEMA_URL]);

static METRIC: Message = message(
    "Metric",
    &[
        field(1, "name", "name", Str, Plain),
        field(2, "description", "description", Str, Plain),
        field(3, "unit", "unit", Str, Plain),
        field(5, "gauge", "gauge", Msg(&GAUGE), OneOf),
        field(7, "sum", "sum", Msg(&SUM), OneOf),
        field(9, "histogram", "histogram", Msg(&HISTOGRAM), OneOf),
        field(10, "exponentialHistogram", "exponential_histogram", Msg(&EXPONENTIAL_HISTOGRAM), OneOf),
        field(11, "summary", "summary", Msg(&SUMMARY), OneOf),
        field(12, "metadata", "metadata", Msg(&KEY_VALUE), List),
    ],
);

static TEMPORALITY_NAMES: [(&str, i32); 3] = [
    ("AGGREGATION_TEMPORALITY_UNSPECIFIED", 0),
    ("AGGREGATION_TEMPORALITY_DELTA", 1),
    ("AGGREGATION_TEMPORALITY_CUMULATIVE", 2),
];

const TEMPORALITY: Field =
    field(2, "aggregationTemporality", "aggregation_temporality", Enum(&TEMPORALITY_NAMES), Plain);
const START_TIME: Field = field(2, "startTimeUnixNano", "start_time_unix_nano", Fixed64, Plain);
const TIME: Field = field(3, "timeUnixNano", "time_unix_nano", Fixed64, Plain);

const fn points(of: &'static Message) -> Field {
    field(1, "dataPoints", "data_points", Msg(of), List)
}

const fn attributes(number: u32) -> Field {
    field(number, "attributes", "attributes", Msg(&KEY_VALUE), List)
}

const fn exemplars(number: u32) -> Field {
    field(number, "exemplars", "exemplars", Msg(&EXEMPLAR), List)
}

const fn flags(number: u32) -> Field {
    field(number, "flags", "flags", UInt32, Plain)
}

static GAUGE: Message = message("Gauge", &[points(&NUMBER_DATA_POINT)]);

static SUM: Message = message(
    "Sum",
    &[points(&NUMBER_DATA_POINT), TEMPORALITY, field(3, "isMonotonic", "is_monotonic", Bool, Plain)],
);

static HISTOGRAM: Message = message("Histogram", &[points(&HISTOGRAM_DATA_POINT), TEMPORALITY]);

static EXPONENTIAL_HISTOGRAM: Message =
    message("ExponentialHistogram", &[points(&EXPONENTIAL_HISTOGRAM_DATA_POINT), TEMPORALITY]);

static SUMMARY: Message = message("Summary", &[points(&SUMMARY_DATA_POINT)]);

pub(crate) static NUMBER_DATA_POINT: Message = item(
    "NumberDataPoint",
    &[
        attributes(7),
        START_TIME,
        TIME,
        field(4, "asDouble", "as_double", Double, OneOf),
        field(6, "asInt", "as_int", SFixed64, OneOf),
        exemplars(5),
        flags(8),
    ],
);

static HISTOGRAM_DATA_POINT: Message = item(
    "HistogramDataPoint",
    &[
        attributes(9),
        START_TIME,
        TIME,
        field(4, "count", "count", Fixed64, Plain),
        field(5, "sum", "sum", Double, Explicit),
        field(6, "bucketCounts", "bucket_counts", Fixed64, List),
        field(7, "explicitBounds", "explicit_bounds", Double, List),
        exemplars(8),
        flags(10),
        field(11, "min", "min", Double, Explicit),
        field(12, "max", "max", Double, Explicit),
    ],
);

static EXPONENTIAL_HISTOGRAM_DATA_POINT: Message = item(
    "ExponentialHistogramDataPoint",
    &[
        attributes(1),
        START_TIME,
        TIME,
        field(4, "count", "count", Fixed64, Plain),
        field(5, "sum", "sum", Double, Explicit),
        field(6, "scale", "scale", SInt32, Plain),
        field(7, "zeroCount", "zero_count", Fixed64, Plain),
        field(8, "positive", "positive", Msg(&BUCKETS), Always),
        field(9, "negative", "negative", Msg(&BUCKETS), Always),
        flags(10),
        exemplars(11),
        field(12, "min", "min", Double, Explicit),
        field(13, "max", "max", Double, Explicit),
        field(14, "zeroThreshold", "zero_threshold", Double, Plain),
    ],
);

static BUCKETS: Message = message(
    "Buckets",
    &[field(1, "offset", "offset", SInt32, Plain), field(2, "bucketCounts", "bucket_counts", UInt64, List)],
);

static SUMMARY_DATA_POINT: Message = item(
    "SummaryDataPoint",
    &[
        attributes(7),
        START_TIME,
        TIME,
        field(4, "count", "count", Fixed64, Plain),
        field(5, "sum", "sum", Double, Plain),
        field(6, "quantileValues", "quantile_values", Msg(&VALUE_AT_QUANTILE), List),
        flags(8),
    ],
);

static VALUE_AT_QUANTILE: Message = message(
    "ValueAtQuantile",
    &[field(1, "quantile", "quantile", Double, Plain), field(2, "value", "value", Double, Plain)],
);

static EXEMPLAR: Message = message(
    "Exemplar",
    &[
        field(7, "filteredAttributes", "filtered_attributes", Msg(&KEY_VALUE), List),
        field(2, "timeUnixNano", "time_unix_nano", Fixed64, Plain),
        field(3, "asDouble", "as_double", Double, OneOf),
        field(6, "asInt", "as_int", SFixed64, OneOf),
        field(4, "spanId", "span_id", SpanId, Plain),
        field(5, "traceId", "trace_id", TraceId, Plain),
    ],
);
