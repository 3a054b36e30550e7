//! Fields of a log record. A value of the wrong type is an error.

use agent_otlp::LogRecord;

use super::fields::LogField;
use super::scalar::{count, id8, id16, low_i32, low32, set_id8, set_id16, time, whole};
use crate::error::Eval;
use crate::text::hex;
use crate::value::{Value, check, string_like};

pub(super) fn get<'v>(record: &'v LogRecord<'_>, field: LogField) -> Eval<Value<'v>> {
    Ok(match field {
        LogField::Attributes => whole(record.attributes()),
        LogField::Body => Value::of(record.body()),
        LogField::BodyString => Value::string(string_like(Value::of(record.body()))?.unwrap_or_default()),
        LogField::DroppedAttributes => count(record.dropped_attributes_count()),
        LogField::EventName => Value::string(record.event_name()),
        LogField::Flags => count(record.flags()),
        LogField::ObservedTime => time(record.observed_time_unix_nano()),
        LogField::ObservedTimeUnixNano => Value::Int(record.observed_time_unix_nano().cast_signed()),
        LogField::SeverityNumber => Value::Int(record.severity_number().into()),
        LogField::SeverityText => Value::string(record.severity_text()),
        LogField::SpanId => Value::SpanId(id8(record.span_id())),
        LogField::SpanIdString => Value::string(hex(&id8(record.span_id()))),
        LogField::Time => time(record.time_unix_nano()),
        LogField::TimeUnixNano => Value::Int(record.time_unix_nano().cast_signed()),
        LogField::TraceId => Value::TraceId(id16(record.trace_id())),
        LogField::TraceIdString => Value::string(hex(&id16(record.trace_id()))),
    })
}

pub(super) fn set<'e>(record: &mut LogRecord<'e>, field: LogField, value: Value<'e>) -> Eval<()> {
    match field {
        LogField::Attributes => {}
        LogField::Body => {
            // What no body can hold becomes a body without a value, as a key would.
            let body = value.into_any().unwrap_or_default();
            check(&body, 0)?;
            record.set_body(body);
        }
        LogField::BodyString => {
            let text = value.text()?;
            record.set_body(text);
        }
        LogField::DroppedAttributes => record.set_dropped_attributes_count(low32(value.int()?)),
        LogField::EventName => record.set_event_name(&value.text()?),
        LogField::Flags => record.set_flags(low32(value.int()?)),
        LogField::ObservedTime => record.set_observed_time_unix_nano(nanos(&value)?),
        LogField::ObservedTimeUnixNano => record.set_observed_time_unix_nano(value.int()?.cast_unsigned()),
        LogField::SeverityNumber => record.set_severity_number(low_i32(value.int()?)),
        LogField::SeverityText => record.set_severity_text(&value.text()?),
        LogField::SpanId | LogField::SpanIdString => {
            record.set_span_id(set_id8(&value, field == LogField::SpanIdString)?);
        }
        LogField::Time => record.set_time_unix_nano(nanos(&value)?),
        LogField::TimeUnixNano => record.set_time_unix_nano(value.int()?.cast_unsigned()),
        LogField::TraceId | LogField::TraceIdString => {
            record.set_trace_id(set_id16(&value, field == LogField::TraceIdString)?);
        }
    }
    Ok(())
}

fn nanos(value: &Value<'_>) -> Eval<u64> {
    if let Value::Time(time) = value { Ok(time.unix_nanos().cast_unsigned()) } else { Err(value.not("time")) }
}
