//! Spans.

use super::Kind::{Enum, Fixed32, Fixed64, Message as Msg, SpanId, Str, TraceId, UInt32};
use super::Presence::{Always, List, Plain};
use super::common::{KEY_VALUE, RESOURCE, SCHEMA_URL, SCOPE};
use super::{Message, field, item, message};

pub(crate) static TRACES_DATA: Message = message(
    "ExportTraceServiceRequest",
    &[field(1, "resourceSpans", "resource_spans", Msg(&RESOURCE_SPANS), List)],
);

static RESOURCE_SPANS: Message = message(
    "ResourceSpans",
    &[RESOURCE, field(2, "scopeSpans", "scope_spans", Msg(&SCOPE_SPANS), List), SCHEMA_URL],
);

static SCOPE_SPANS: Message =
    message("ScopeSpans", &[SCOPE, field(2, "spans", "spans", Msg(&SPAN), List), SCHEMA_URL]);

static SPAN_KIND: [(&str, i32); 6] = [
    ("SPAN_KIND_UNSPECIFIED", 0),
    ("SPAN_KIND_INTERNAL", 1),
    ("SPAN_KIND_SERVER", 2),
    ("SPAN_KIND_CLIENT", 3),
    ("SPAN_KIND_PRODUCER", 4),
    ("SPAN_KIND_CONSUMER", 5),
];

static STATUS_CODE: [(&str, i32); 3] =
    [("STATUS_CODE_UNSET", 0), ("STATUS_CODE_OK", 1), ("STATUS_CODE_ERROR", 2)];

pub(crate) static SPAN: Message = item(
    "Span",
    &[
        field(1, "traceId", "trace_id", TraceId, Plain),
        field(2, "spanId", "span_id", SpanId, Plain),
        field(3, "traceState", "trace_state", Str, Plain),
        field(4, "parentSpanId", "parent_span_id", SpanId, Plain),
        field(16, "flags", "flags", Fixed32, Plain),
        field(5, "name", "name", Str, Plain),
        field(6, "kind", "kind", Enum(&SPAN_KIND), Plain),
        field(7, "startTimeUnixNano", "start_time_unix_nano", Fixed64, Plain),
        field(8, "endTimeUnixNano", "end_time_unix_nano", Fixed64, Plain),
        field(9, "attributes", "attributes", Msg(&KEY_VALUE), List),
        field(10, "droppedAttributesCount", "dropped_attributes_count", UInt32, Plain),
        field(11, "events", "events", Msg(&EVENT), List),
        field(12, "droppedEventsCount", "dropped_events_count", UInt32, Plain),
        field(13, "links", "links", Msg(&LINK), List),
        field(14, "droppedLinksCount", "dropped_links_count", UInt32, Plain),
        field(15, "status", "status", Msg(&STATUS), Always),
    ],
);

static EVENT: Message = message(
    "Event",
    &[
        field(1, "timeUnixNano", "time_unix_nano", Fixed64, Plain),
        field(2, "name", "name", Str, Plain),
        field(3, "attributes", "attributes", Msg(&KEY_VALUE), List),
        field(4, "droppedAttributesCount", "dropped_attributes_count", UInt32, Plain),
    ],
);

static LINK: Message = message(
    "Link",
    &[
        field(1, "traceId", "trace_id", TraceId, Plain),
        field(2, "spanId", "span_id", SpanId, Plain),
        field(3, "traceState", "trace_state", Str, Plain),
        field(4, "attributes", "attributes", Msg(&KEY_VALUE), List),
        field(5, "droppedAttributesCount", "dropped_attributes_count", UInt32, Plain),
        field(6, "flags", "flags", Fixed32, Plain),
    ],
);

static STATUS: Message = message(
    "Status",
    &[field(2, "message", "message", Str, Plain), field(3, "code", "code", Enum(&STATUS_CODE), Plain)],
);
