//! The shape of OTLP/JSON as far as a comparison needs it: which fields a message has and when two spellings of a
//! value are the same value.
//!
//! Not a decoder: a field that is absent from these tables is kept as it is, so that it shows up as a difference.

use Kind::{Attributes, Many, Marked, Message, Messages, One, Present};
use Scalar::{Bool, Double, Hex, Int32, Int64, Text};

/// A single value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scalar {
    /// A string.
    Text,
    /// `true` or `false`.
    Bool,
    /// An enumeration or an integer of at most 32 bits.
    Int32,
    /// A 64-bit integer: a number or its decimal digits in a string.
    Int64,
    /// A double, with NaN and the infinities as names.
    Double,
    /// Bytes in base64.
    Base64,
    /// A trace or span id.
    Hex,
}

/// What a field holds.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// A value whose default is the same as its absence.
    One(Scalar),
    /// A value whose presence says something by itself.
    Present(Scalar),
    /// Values in an order that counts.
    Many(Scalar),
    /// A message; an empty one is the same as none.
    Message(&'static Shape),
    /// A message whose presence says something by itself: the data of a metric.
    Marked(&'static Shape),
    /// Messages.
    Messages(&'static Shape),
    /// Attributes, without an order.
    Attributes,
    /// An attribute value.
    Any,
}

/// The fields of a message.
#[derive(Debug)]
pub(super) struct Shape {
    /// For error texts.
    pub(super) name: &'static str,
    /// Field name and kind.
    pub(super) fields: &'static [(&'static str, Kind)],
}

/// A kind of telemetry in the agent's output.
#[derive(Debug)]
pub(super) struct Signal {
    /// Name in `expected.json` and in request paths.
    pub(super) name: &'static str,
    /// The outermost array.
    pub(super) resources: &'static str,
    /// The array of scopes within a resource entry.
    pub(super) scopes: &'static str,
    /// The array of items (for metrics: of metrics) within a scope entry.
    pub(super) leaves: &'static str,
    /// The shape of a resource entry.
    pub(super) shape: &'static Shape,
}

/// The signals, in the order in which they are compared.
pub(super) const SIGNALS: [&Signal; 3] = [
    &Signal {
        name: "traces",
        resources: "resourceSpans",
        scopes: "scopeSpans",
        leaves: "spans",
        shape: &Shape {
            name: "ResourceSpans",
            fields: &[("resource", Message(&RESOURCE)), ("scopeSpans", Messages(&SCOPE_SPANS)), URL],
        },
    },
    &Signal {
        name: "metrics",
        resources: "resourceMetrics",
        scopes: "scopeMetrics",
        leaves: "metrics",
        shape: &Shape {
            name: "ResourceMetrics",
            fields: &[("resource", Message(&RESOURCE)), ("scopeMetrics", Messages(&SCOPE_METRICS)), URL],
        },
    },
    &Signal {
        name: "logs",
        resources: "resourceLogs",
        scopes: "scopeLogs",
        leaves: "logRecords",
        shape: &Shape {
            name: "ResourceLogs",
            fields: &[("resource", Message(&RESOURCE)), ("scopeLogs", Messages(&SCOPE_LOGS)), URL],
        },
    },
];

/// Arrays whose order says nothing. Events, links, exemplars, quantiles, buckets and array values keep theirs.
pub(super) fn is_unordered(field: &str) -> bool {
    matches!(
        field,
        "scopeSpans" | "scopeMetrics" | "scopeLogs" | "spans" | "metrics" | "logRecords" | "dataPoints"
    )
}

type Field = (&'static str, Kind);
const URL: Field = ("schemaUrl", One(Text));
const ATTRIBUTES: Field = ("attributes", Attributes);
const DROPPED: Field = ("droppedAttributesCount", One(Int32));
const TRACE_ID: Field = ("traceId", One(Hex));
const SPAN_ID: Field = ("spanId", One(Hex));
const FLAGS: Field = ("flags", One(Int32));
const START: Field = ("startTimeUnixNano", One(Int64));
const TIME: Field = ("timeUnixNano", One(Int64));
const COUNT: Field = ("count", One(Int64));
const TEMPORALITY: Field = ("aggregationTemporality", One(Int32));
const SUM_VALUE: Field = ("sum", Present(Double));
const MIN: Field = ("min", Present(Double));
const MAX: Field = ("max", Present(Double));
const AS_INT: Field = ("asInt", Present(Int64));
const AS_DOUBLE: Field = ("asDouble", Present(Double));
const EXEMPLARS: Field = ("exemplars", Messages(&EXEMPLAR));
const BUCKET_COUNTS: Field = ("bucketCounts", Many(Int64));

static RESOURCE: Shape =
    Shape { name: "Resource", fields: &[ATTRIBUTES, DROPPED, ("entityRefs", Messages(&ENTITY_REF))] };
static ENTITY_REF: Shape = Shape {
    name: "EntityRef",
    fields: &[URL, ("type", One(Text)), ("idKeys", Many(Text)), ("descriptionKeys", Many(Text))],
};
static SCOPE: Shape =
    Shape { name: "Scope", fields: &[("name", One(Text)), ("version", One(Text)), ATTRIBUTES, DROPPED] };
static SCOPE_SPANS: Shape =
    Shape { name: "ScopeSpans", fields: &[("scope", Message(&SCOPE)), ("spans", Messages(&SPAN)), URL] };
static SCOPE_METRICS: Shape = Shape {
    name: "ScopeMetrics",
    fields: &[("scope", Message(&SCOPE)), ("metrics", Messages(&METRIC)), URL],
};
static SCOPE_LOGS: Shape = Shape {
    name: "ScopeLogs",
    fields: &[("scope", Message(&SCOPE)), ("logRecords", Messages(&LOG_RECORD)), URL],
};
static SPAN: Shape = Shape {
    name: "Span",
    fields: &[
        TRACE_ID,
        SPAN_ID,
        ("parentSpanId", One(Hex)),
        ("traceState", One(Text)),
        FLAGS,
        ("name", One(Text)),
        ("kind", One(Int32)),
        START,
        ("endTimeUnixNano", One(Int64)),
        ATTRIBUTES,
        DROPPED,
        ("events", Messages(&EVENT)),
        ("droppedEventsCount", One(Int32)),
        ("links", Messages(&LINK)),
        ("droppedLinksCount", One(Int32)),
        ("status", Message(&STATUS)),
    ],
};
static EVENT: Shape = Shape { name: "Event", fields: &[TIME, ("name", One(Text)), ATTRIBUTES, DROPPED] };
static LINK: Shape = Shape {
    name: "Link",
    fields: &[TRACE_ID, SPAN_ID, ("traceState", One(Text)), ATTRIBUTES, DROPPED, FLAGS],
};
static STATUS: Shape = Shape { name: "Status", fields: &[("message", One(Text)), ("code", One(Int32))] };
static METRIC: Shape = Shape {
    name: "Metric",
    fields: &[
        ("name", One(Text)),
        ("description", One(Text)),
        ("unit", One(Text)),
        ("metadata", Attributes),
        ("gauge", Marked(&GAUGE)),
        ("sum", Marked(&SUM)),
        ("histogram", Marked(&HISTOGRAM)),
        ("exponentialHistogram", Marked(&EXPONENTIAL)),
        ("summary", Marked(&SUMMARY)),
    ],
};
static GAUGE: Shape = Shape { name: "Gauge", fields: &[("dataPoints", Messages(&NUMBER_POINT))] };
static SUM: Shape = Shape {
    name: "Sum",
    fields: &[("dataPoints", Messages(&NUMBER_POINT)), TEMPORALITY, ("isMonotonic", One(Bool))],
};
static HISTOGRAM: Shape =
    Shape { name: "Histogram", fields: &[("dataPoints", Messages(&HISTOGRAM_POINT)), TEMPORALITY] };
static EXPONENTIAL: Shape = Shape {
    name: "ExponentialHistogram",
    fields: &[("dataPoints", Messages(&EXPONENTIAL_POINT)), TEMPORALITY],
};
static SUMMARY: Shape = Shape { name: "Summary", fields: &[("dataPoints", Messages(&SUMMARY_POINT))] };
static NUMBER_POINT: Shape = Shape {
    name: "NumberDataPoint",
    fields: &[ATTRIBUTES, START, TIME, FLAGS, AS_INT, AS_DOUBLE, EXEMPLARS],
};
static HISTOGRAM_POINT: Shape = Shape {
    name: "HistogramDataPoint",
    fields: &[
        ATTRIBUTES,
        START,
        TIME,
        FLAGS,
        COUNT,
        SUM_VALUE,
        BUCKET_COUNTS,
        ("explicitBounds", Many(Double)),
        EXEMPLARS,
        MIN,
        MAX,
    ],
};
static EXPONENTIAL_POINT: Shape = Shape {
    name: "ExponentialHistogramDataPoint",
    fields: &[
        ATTRIBUTES,
        START,
        TIME,
        FLAGS,
        COUNT,
        SUM_VALUE,
        ("scale", One(Int32)),
        ("zeroCount", One(Int64)),
        ("positive", Message(&BUCKETS)),
        ("negative", Message(&BUCKETS)),
        EXEMPLARS,
        MIN,
        MAX,
        ("zeroThreshold", One(Double)),
    ],
};
static BUCKETS: Shape = Shape { name: "Buckets", fields: &[("offset", One(Int32)), BUCKET_COUNTS] };
static SUMMARY_POINT: Shape = Shape {
    name: "SummaryDataPoint",
    fields: &[
        ATTRIBUTES,
        START,
        TIME,
        FLAGS,
        COUNT,
        ("sum", One(Double)),
        ("quantileValues", Messages(&QUANTILE)),
    ],
};
static QUANTILE: Shape =
    Shape { name: "ValueAtQuantile", fields: &[("quantile", One(Double)), ("value", One(Double))] };
static EXEMPLAR: Shape = Shape {
    name: "Exemplar",
    fields: &[("filteredAttributes", Attributes), TIME, AS_INT, AS_DOUBLE, SPAN_ID, TRACE_ID],
};
static LOG_RECORD: Shape = Shape {
    name: "LogRecord",
    fields: &[
        TIME,
        ("observedTimeUnixNano", One(Int64)),
        ("severityNumber", One(Int32)),
        ("severityText", One(Text)),
        ("body", Kind::Any),
        ATTRIBUTES,
        DROPPED,
        FLAGS,
        TRACE_ID,
        SPAN_ID,
        ("eventName", One(Text)),
    ],
};
