//! Log records.

use super::Kind::{Enum, Fixed32, Fixed64, Message as Msg, SpanId, Str, TraceId, UInt32};
use super::Presence::{Always, List, Plain};
use super::common::{ANY_VALUE, KEY_VALUE, RESOURCE, SCHEMA_URL, SCOPE};
use super::{Message, field, item, message};

pub(crate) static LOGS_DATA: Message = message(
    "ExportLogsServiceRequest",
    &[field(1, "resourceLogs", "resource_logs", Msg(&RESOURCE_LOGS), List)],
);

static RESOURCE_LOGS: Message = message(
    "ResourceLogs",
    &[RESOURCE, field(2, "scopeLogs", "scope_logs", Msg(&SCOPE_LOGS), List), SCHEMA_URL],
);

static SCOPE_LOGS: Message =
    message("ScopeLogs", &[SCOPE, field(2, "logRecords", "log_records", Msg(&LOG_RECORD), List), SCHEMA_URL]);

static SEVERITY: [(&str, i32); 25] = [
    ("SEVERITY_NUMBER_UNSPECIFIED", 0),
    ("SEVERITY_NUMBER_TRACE", 1),
    ("SEVERITY_NUMBER_TRACE2", 2),
    ("SEVERITY_NUMBER_TRACE3", 3),
    ("SEVERITY_NUMBER_TRACE4", 4),
    ("SEVERITY_NUMBER_DEBUG", 5),
    ("SEVERITY_NUMBER_DEBUG2", 6),
    ("SEVERITY_NUMBER_DEBUG3", 7),
    ("SEVERITY_NUMBER_DEBUG4", 8),
    ("SEVERITY_NUMBER_INFO", 9),
    ("SEVERITY_NUMBER_INFO2", 10),
    ("SEVERITY_NUMBER_INFO3", 11),
    ("SEVERITY_NUMBER_INFO4", 12),
    ("SEVERITY_NUMBER_WARN", 13),
    ("SEVERITY_NUMBER_WARN2", 14),
    ("SEVERITY_NUMBER_WARN3", 15),
    ("SEVERITY_NUMBER_WARN4", 16),
    ("SEVERITY_NUMBER_ERROR", 17),
    ("SEVERITY_NUMBER_ERROR2", 18),
    ("SEVERITY_NUMBER_ERROR3", 19),
    ("SEVERITY_NUMBER_ERROR4", 20),
    ("SEVERITY_NUMBER_FATAL", 21),
    ("SEVERITY_NUMBER_FATAL2", 22),
    ("SEVERITY_NUMBER_FATAL3", 23),
    ("SEVERITY_NUMBER_FATAL4", 24),
];

pub(crate) static LOG_RECORD: Message = item(
    "LogRecord",
    &[
        field(1, "timeUnixNano", "time_unix_nano", Fixed64, Plain),
        field(11, "observedTimeUnixNano", "observed_time_unix_nano", Fixed64, Plain),
        field(2, "severityNumber", "severity_number", Enum(&SEVERITY), Plain),
        field(3, "severityText", "severity_text", Str, Plain),
        field(5, "body", "body", Msg(&ANY_VALUE), Always),
        field(6, "attributes", "attributes", Msg(&KEY_VALUE), List),
        field(7, "droppedAttributesCount", "dropped_attributes_count", UInt32, Plain),
        field(8, "flags", "flags", Fixed32, Plain),
        field(9, "traceId", "trace_id", TraceId, Plain),
        field(10, "spanId", "span_id", SpanId, Plain),
        field(12, "eventName", "event_name", Str, Plain),
    ],
);
