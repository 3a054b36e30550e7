//! Fields of a span. A value of the wrong type is ignored, except for flags and the texts of ids and kinds.

use agent_otlp::Span;

use super::fields::SpanField;
use super::scalar::{count, id8, id16, low_i32, low32, set_id8, set_id16, time, whole};
use crate::error::{Eval, EvalError};
use crate::text::hex;
use crate::value::{Records, Value};

/// Number, name, deprecated name.
const KINDS: [(&str, &str); 6] = [
    ("Unspecified", "SPAN_KIND_UNSPECIFIED"),
    ("Internal", "SPAN_KIND_INTERNAL"),
    ("Server", "SPAN_KIND_SERVER"),
    ("Client", "SPAN_KIND_CLIENT"),
    ("Producer", "SPAN_KIND_PRODUCER"),
    ("Consumer", "SPAN_KIND_CONSUMER"),
];

pub(super) fn get<'v>(span: &'v Span<'_>, field: SpanField) -> Value<'v> {
    match field {
        SpanField::Attributes => whole(span.attributes()),
        SpanField::DroppedAttributes => count(span.dropped_attributes_count()),
        SpanField::DroppedEvents => count(span.dropped_events_count()),
        SpanField::DroppedLinks => count(span.dropped_links_count()),
        SpanField::EndTime => time(span.end_time_unix_nano()),
        SpanField::EndTimeUnixNano => Value::Int(span.end_time_unix_nano().cast_signed()),
        SpanField::Events => Value::Records(Records::Wire("span events", span.event_list())),
        SpanField::Flags => count(span.flags()),
        SpanField::Kind => Value::Int(span.kind().into()),
        SpanField::KindDeprecatedString => Value::string(kind(span).map_or("", |(_, name)| name)),
        SpanField::KindString => Value::string(kind(span).map_or("", |(name, _)| name)),
        SpanField::Links => Value::Records(Records::Wire("span links", span.link_list())),
        SpanField::Name => Value::string(span.name()),
        SpanField::ParentSpanId => Value::SpanId(id8(span.parent_span_id())),
        SpanField::ParentSpanIdString => Value::string(hex(&id8(span.parent_span_id()))),
        SpanField::SpanId => Value::SpanId(id8(span.span_id())),
        SpanField::SpanIdString => Value::string(hex(&id8(span.span_id()))),
        SpanField::StartTime => time(span.start_time_unix_nano()),
        SpanField::StartTimeUnixNano => Value::Int(span.start_time_unix_nano().cast_signed()),
        SpanField::Status => Value::Records(Records::Wire("span status", span.status())),
        SpanField::StatusCode => Value::Int(span.status_code().into()),
        SpanField::StatusMessage => Value::string(span.status_message()),
        SpanField::TraceId => Value::TraceId(id16(span.trace_id())),
        SpanField::TraceIdString => Value::string(hex(&id16(span.trace_id()))),
        SpanField::TraceState => Value::string(span.trace_state()),
    }
}

fn kind(span: &Span<'_>) -> Option<(&'static str, &'static str)> {
    usize::try_from(span.kind()).ok().and_then(|kind| KINDS.get(kind)).copied()
}

pub(super) fn set(span: &mut Span<'_>, field: SpanField, value: &Value<'_>) -> Eval<()> {
    match (field, value) {
        (SpanField::Flags, _) => {
            let flags = u32::try_from(value.int()?);
            span.set_flags(flags.map_err(|_| EvalError::Limit("flags are a number from 0 to 4294967295"))?);
        }
        (SpanField::Kind, Value::Int(number)) => span.set_kind(low_i32(*number)),
        (SpanField::KindString, Value::String(name)) => span.set_kind(kind_number(|kind| kind.0 == name)?),
        (SpanField::KindDeprecatedString, Value::String(name)) => {
            span.set_kind(kind_number(|kind| kind.1 == name)?);
        }
        (SpanField::TraceId, Value::TraceId(id)) => span.set_trace_id(*id),
        (SpanField::SpanId, Value::SpanId(id)) => span.set_span_id(*id),
        (SpanField::ParentSpanId, Value::SpanId(id)) => span.set_parent_span_id(*id),
        (SpanField::TraceIdString, Value::String(_)) => span.set_trace_id(set_id16(value, true)?),
        (SpanField::SpanIdString, Value::String(_)) => span.set_span_id(set_id8(value, true)?),
        (SpanField::ParentSpanIdString, Value::String(_)) => span.set_parent_span_id(set_id8(value, true)?),
        (_, Value::String(text)) => set_text(span, field, text),
        (_, Value::Int(number)) => set_number(span, field, *number),
        (SpanField::StartTime, Value::Time(time)) => {
            span.set_start_time_unix_nano(time.unix_nanos().cast_unsigned());
        }
        (SpanField::EndTime, Value::Time(time)) => {
            span.set_end_time_unix_nano(time.unix_nanos().cast_unsigned());
        }
        (_, Value::Records(Records::Wire(_, list))) => {
            match field {
                SpanField::Events => span.set_event_list(list),
                SpanField::Links => span.set_link_list(list),
                SpanField::Status => span.set_status(list),
                _ => false,
            };
        }
        _ => {}
    }
    Ok(())
}

fn set_text(span: &mut Span<'_>, field: SpanField, text: &str) {
    match field {
        SpanField::Name => span.set_name(text),
        SpanField::TraceState => span.set_trace_state(text),
        SpanField::StatusMessage => span.set_status_message(text),
        _ => {}
    }
}

fn set_number(span: &mut Span<'_>, field: SpanField, number: i64) {
    match field {
        SpanField::DroppedAttributes => span.set_dropped_attributes_count(low32(number)),
        SpanField::DroppedEvents => span.set_dropped_events_count(low32(number)),
        SpanField::DroppedLinks => span.set_dropped_links_count(low32(number)),
        SpanField::StartTimeUnixNano => span.set_start_time_unix_nano(number.cast_unsigned()),
        SpanField::EndTimeUnixNano => span.set_end_time_unix_nano(number.cast_unsigned()),
        SpanField::StatusCode => span.set_status_code(low_i32(number)),
        _ => {}
    }
}

fn kind_number(is: impl Fn(&(&str, &str)) -> bool) -> Eval<i32> {
    let found = KINDS.iter().position(is).and_then(|number| i32::try_from(number).ok());
    found.ok_or(EvalError::Limit("unknown span kind"))
}

/// The member of a W3C trace state, empty when there is none.
pub(crate) fn state_member<'v>(state: &'v str, key: &str) -> &'v str {
    let members = state.split(',').filter_map(|member| member.trim().split_once('='));
    members.into_iter().find(|(name, _)| *name == key).map_or("", |(_, value)| value)
}

/// The state with a member set, which moves to the front as W3C asks; unchanged when it is not valid there.
pub(crate) fn with_state_member(state: &str, key: &str, value: &str) -> Option<String> {
    let is_valid = |text: &str| {
        !text.is_empty()
            && text.len() <= 256
            && text.bytes().all(|c| (0x20..0x7F).contains(&c) && c != b',' && c != b'=')
    };
    if !is_valid(key) || !is_valid(value) || key.bytes().any(|c| c == b' ' || c.is_ascii_uppercase()) {
        return None;
    }
    let mut out = format!("{key}={value}");
    let others = state.split(',').map(str::trim).filter(|member| !member.is_empty());
    for member in others.filter(|member| member.split_once('=').is_none_or(|(name, _)| name != key)) {
        out.push(',');
        out.push_str(member);
    }
    Some(out)
}
