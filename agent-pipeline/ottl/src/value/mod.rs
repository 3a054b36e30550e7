//! Values while a program runs: borrowed from the batch or the program as far as possible.
//!
//! More than an attribute can hold: times, durations and ids exist here only. Lists and maps hold attribute values.

mod compare;
mod convert;
mod index;
mod json;
mod list;
mod math;
mod time;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use agent_otlp::{AnyValue, MAX_VALUE_DEPTH, WireList};

pub(crate) use compare::{compare, deep_equal};
pub(crate) use convert::{
    bool_like, bytes_like, float_like, int_like, parse_bool, parse_float, put_string_like, string_like,
};
pub(crate) use index::{Key, look_up, put};
pub(crate) use json::{parse as parse_json, write as write_json};
pub(crate) use list::{List, Map};
pub(crate) use math::{math, negative};
pub(crate) use time::Time;

use crate::error::{Eval, EvalError};

/// A value.
#[derive(Clone, Debug)]
pub(crate) enum Value<'v> {
    Nil,
    Bool(bool),
    Int(i64),
    Double(f64),
    String(Cow<'v, str>),
    Bytes(Cow<'v, [u8]>),
    List(List<'v>),
    Map(Map<'v>),
    Time(Time),
    /// Nanoseconds.
    Duration(i64),
    TraceId([u8; 16]),
    SpanId([u8; 8]),
    /// A list of the model that is not made of attribute values: events, links, exemplars, points, quantiles, buckets.
    Records(Records<'v>),
}

/// Records as the model holds them: for counting, and for being put where the same kind belongs.
#[derive(Clone, Debug)]
pub(crate) enum Records<'v> {
    /// What they are, in the words of an error, and the records themselves.
    Wire(&'static str, WireList<'v>),
    /// Offset and counts of one side of an exponential histogram.
    Buckets(i32, Vec<u64>),
}

impl Records<'_> {
    fn into_owned(self) -> Records<'static> {
        match self {
            Self::Wire(kind, list) => Records::Wire(kind, list.into_owned()),
            Self::Buckets(offset, counts) => Records::Buckets(offset, counts),
        }
    }

    fn borrow(&self) -> Records<'_> {
        match self {
            Self::Wire(kind, list) => Records::Wire(kind, list.borrow()),
            Self::Buckets(offset, counts) => Records::Buckets(*offset, counts.clone()),
        }
    }

    /// How many there are; `None` where that means nothing.
    pub(crate) fn count(&self) -> Option<usize> {
        if let Self::Wire(_, list) = self { Some(list.len()) } else { None }
    }
}

impl<'v> Value<'v> {
    /// The value of an attribute; one that is not set is nil.
    pub(crate) fn of(any: &'v AnyValue<'_>) -> Self {
        match any {
            AnyValue::Empty => Self::Nil,
            AnyValue::Bool(truth) => Self::Bool(*truth),
            AnyValue::Int(number) => Self::Int(*number),
            AnyValue::Double(number) => Self::Double(*number),
            AnyValue::String(text) => Self::String(Cow::Borrowed(text)),
            AnyValue::Bytes(bytes) => Self::Bytes(Cow::Borrowed(bytes)),
            AnyValue::Array(items) => Self::List(List::borrowed(items)),
            AnyValue::KvList(members) => Self::Map(Map::borrowed(members)),
        }
    }

    /// The value of an attribute that is given away.
    pub(crate) fn of_owned(any: AnyValue<'v>) -> Self {
        match any {
            AnyValue::Empty => Self::Nil,
            AnyValue::Bool(truth) => Self::Bool(truth),
            AnyValue::Int(number) => Self::Int(number),
            AnyValue::Double(number) => Self::Double(number),
            AnyValue::String(text) => Self::String(text),
            AnyValue::Bytes(bytes) => Self::Bytes(bytes),
            AnyValue::Array(items) => Self::List(List::owned(items)),
            AnyValue::KvList(members) => Self::Map(Map::owned(members)),
        }
    }

    /// As an attribute holds it; `None` for what only exists in programs.
    pub(crate) fn into_any(self) -> Option<AnyValue<'v>> {
        Some(match self {
            Self::Nil => AnyValue::Empty,
            Self::Bool(truth) => AnyValue::Bool(truth),
            Self::Int(number) => AnyValue::Int(number),
            Self::Double(number) => AnyValue::Double(number),
            Self::String(text) => AnyValue::String(text),
            Self::Bytes(bytes) => AnyValue::Bytes(bytes),
            Self::List(list) => AnyValue::Array(list.into_items()),
            Self::Map(map) => AnyValue::KvList(map.into_members()),
            Self::Time(_) | Self::Duration(_) | Self::TraceId(_) | Self::SpanId(_) | Self::Records(_) => {
                return None;
            }
        })
    }

    /// The same value without any tie to batch or program.
    pub(crate) fn into_owned(self) -> Value<'static> {
        match self {
            Self::Nil => Value::Nil,
            Self::Bool(truth) => Value::Bool(truth),
            Self::Int(number) => Value::Int(number),
            Self::Double(number) => Value::Double(number),
            Self::String(text) => Value::String(Cow::Owned(text.into_owned())),
            Self::Bytes(bytes) => Value::Bytes(Cow::Owned(bytes.into_owned())),
            Self::List(list) => Value::List(list.into_owned()),
            Self::Map(map) => Value::Map(map.into_owned()),
            Self::Time(time) => Value::Time(time),
            Self::Duration(nanos) => Value::Duration(nanos),
            Self::TraceId(id) => Value::TraceId(id),
            Self::SpanId(id) => Value::SpanId(id),
            Self::Records(records) => Value::Records(records.into_owned()),
        }
    }

    /// The same value, borrowed from this one.
    pub(crate) fn borrow(&self) -> Value<'_> {
        match self {
            Self::Nil => Value::Nil,
            Self::Bool(truth) => Value::Bool(*truth),
            Self::Int(number) => Value::Int(*number),
            Self::Double(number) => Value::Double(*number),
            Self::String(text) => Value::String(Cow::Borrowed(text)),
            Self::Bytes(bytes) => Value::Bytes(Cow::Borrowed(bytes)),
            Self::List(list) => Value::List(list.borrow()),
            Self::Map(map) => Value::Map(Map::borrowed(map)),
            Self::Time(time) => Value::Time(time.clone()),
            Self::Duration(nanos) => Value::Duration(*nanos),
            Self::TraceId(id) => Value::TraceId(*id),
            Self::SpanId(id) => Value::SpanId(*id),
            Self::Records(records) => Value::Records(records.borrow()),
        }
    }

    /// The type in the words of an error.
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Nil => "nil",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int64",
            Self::Double(_) => "float64",
            Self::String(_) => "string",
            Self::Bytes(_) => "bytes",
            Self::List(_) => "list",
            Self::Map(_) => "map",
            Self::Time(_) => "time",
            Self::Duration(_) => "duration",
            Self::TraceId(_) => "trace ID",
            Self::SpanId(_) => "span ID",
            Self::Records(Records::Wire(kind, _)) => kind,
            Self::Records(Records::Buckets(..)) => "buckets",
        }
    }

    pub(crate) fn is_nil(&self) -> bool {
        matches!(self, Self::Nil)
    }

    /// The error that this is not `expected`.
    pub(crate) fn not(&self, expected: &'static str) -> EvalError {
        EvalError::Type { expected, found: self.type_name() }
    }

    pub(crate) fn text(self) -> Eval<Cow<'v, str>> {
        if let Self::String(text) = self { Ok(text) } else { Err(self.not("string")) }
    }

    pub(crate) fn int(&self) -> Eval<i64> {
        if let Self::Int(number) = self { Ok(*number) } else { Err(self.not("int64")) }
    }

    pub(crate) fn double(&self) -> Eval<f64> {
        if let Self::Double(number) = self { Ok(*number) } else { Err(self.not("float64")) }
    }

    pub(crate) fn bool(&self) -> Eval<bool> {
        if let Self::Bool(truth) = self { Ok(*truth) } else { Err(self.not("bool")) }
    }

    pub(crate) fn string(text: impl Into<Cow<'v, str>>) -> Self {
        Self::String(text.into())
    }
}

/// A copy of a value that borrows its texts.
pub(crate) fn shallow<'v>(any: &'v AnyValue<'_>) -> AnyValue<'v> {
    match any {
        AnyValue::Empty => AnyValue::Empty,
        AnyValue::Bool(truth) => AnyValue::Bool(*truth),
        AnyValue::Int(number) => AnyValue::Int(*number),
        AnyValue::Double(number) => AnyValue::Double(*number),
        AnyValue::String(text) => AnyValue::String(Cow::Borrowed(text)),
        AnyValue::Bytes(bytes) => AnyValue::Bytes(Cow::Borrowed(bytes)),
        AnyValue::Array(items) => AnyValue::Array(items.iter().map(shallow).collect()),
        AnyValue::KvList(members) => AnyValue::KvList(
            members.iter().map(|(key, value)| (Cow::Borrowed(&**key), shallow(value))).collect(),
        ),
    }
}

/// The largest value a program makes, in bytes of texts and elements: a program that doubles a value with each statement
/// ends here instead of filling the memory.
pub(crate) const MAX_BYTES: usize = 16 << 20;

/// Checks that a value, `levels` deep in another, is neither too deep nor too large.
pub(crate) fn check(any: &AnyValue<'_>, levels: usize) -> Eval<()> {
    let (depth, bytes) = match any {
        // Most are.
        AnyValue::Empty | AnyValue::Bool(_) | AnyValue::Int(_) | AnyValue::Double(_) => (1, 16),
        AnyValue::String(text) => (1, 16 + text.len()),
        _ => extent(any),
    };
    if depth + levels > MAX_VALUE_DEPTH {
        return Err(EvalError::Limit("the value would nest too deeply"));
    }
    if bytes > MAX_BYTES {
        return Err(EvalError::Limit("the value would be too large"));
    }
    Ok(())
}

/// How deep a value nests, 1 for a scalar; and about how many bytes it has.
fn extent(any: &AnyValue<'_>) -> (usize, usize) {
    let join = |(depth, bytes): (usize, usize), (deep, more): (usize, usize)| (depth.max(deep), bytes + more);
    match any {
        AnyValue::String(text) => (1, 16 + text.len()),
        AnyValue::Bytes(bytes) => (1, 16 + bytes.len()),
        AnyValue::Array(items) => {
            let (depth, bytes) = items.iter().map(extent).fold((0, 16), join);
            (1 + depth, bytes)
        }
        AnyValue::KvList(members) => {
            let member = |(key, value): &list::Member<'_>| join(extent(value), (0, 16 + key.len()));
            let (depth, bytes) = members.iter().map(member).fold((0, 16), join);
            (1 + depth, bytes)
        }
        _ => (1, 16),
    }
}
