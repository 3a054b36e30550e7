//! Fields of a span event. A value of the wrong type is ignored.

use agent_otlp::SpanEvent;

use super::fields::EventField;
use super::scalar::{count, low32, time, whole};
use crate::error::{Eval, EvalError};
use crate::value::Value;

pub(super) fn get<'v>(event: &'v SpanEvent<'_>, field: EventField, index: Option<i64>) -> Eval<Value<'v>> {
    Ok(match field {
        EventField::Attributes => whole(event.attributes()),
        EventField::DroppedAttributes => count(event.dropped_attributes_count()),
        EventField::Index => {
            Value::Int(index.ok_or(EvalError::Limit("no 'event_index' property has been set"))?)
        }
        EventField::Name => Value::string(event.name()),
        EventField::Time => time(event.time_unix_nano()),
        EventField::TimeUnixNano => Value::Int(event.time_unix_nano().cast_signed()),
    })
}

pub(super) fn set(event: &mut SpanEvent<'_>, field: EventField, value: &Value<'_>) -> Eval<()> {
    match (field, value) {
        (EventField::Index, _) => return Err(EvalError::ReadOnly("the 'event_index' path")),
        (EventField::DroppedAttributes, Value::Int(number)) => {
            event.set_dropped_attributes_count(low32(*number));
        }
        (EventField::Name, Value::String(name)) => event.set_name(name),
        (EventField::Time, Value::Time(time)) => event.set_time_unix_nano(time.unix_nanos().cast_unsigned()),
        (EventField::TimeUnixNano, Value::Int(number)) => event.set_time_unix_nano(number.cast_unsigned()),
        _ => {}
    }
    Ok(())
}
