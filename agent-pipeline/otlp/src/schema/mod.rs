//! The OTLP messages as tables: one description that the scan, the JSON reader and the JSON writer share.
//!
//! Written down by hand from the OTLP protocol definition 1.10 (all messages below an export request,
//! profiles excluded). Fields stand in the order JSON writes them.

mod common;
mod logs;
mod metrics;
mod trace;

pub(crate) use common::KEY_VALUE;
pub(crate) use logs::{LOG_RECORD, LOGS_DATA};
pub(crate) use metrics::{METRICS_DATA, NUMBER_DATA_POINT};
pub(crate) use trace::{SPAN, TRACES_DATA};

use crate::Signal;
use crate::wire::{FIXED32, FIXED64, LEN, VARINT};

/// What a field holds and how JSON spells it.
#[derive(Copy, Clone)]
pub(crate) enum Kind {
    /// UTF-8 text.
    Str,
    /// Bytes, base64 in JSON.
    Bytes,
    /// 16 bytes, hex in JSON.
    TraceId,
    /// 8 bytes, hex in JSON.
    SpanId,
    Bool,
    Int32,
    UInt32,
    SInt32,
    Int64,
    UInt64,
    Fixed32,
    Fixed64,
    SFixed64,
    Double,
    /// A number with names.
    Enum(&'static [(&'static str, i32)]),
    Message(&'static Message),
}

/// When JSON writes a field.
#[derive(Copy, Clone, PartialEq, Eq)]
pub(crate) enum Presence {
    /// Not when it is zero or absent.
    Plain,
    /// Whenever the wire has it, zero included (`optional`).
    Explicit,
    /// As `Explicit`, and only the member that comes last on the wire counts (`oneof`).
    OneOf,
    /// A list; not when it is empty.
    List,
    /// Always, as `{}` when the wire has none.
    Always,
}

/// One field of a message.
pub(crate) struct Field {
    pub(crate) number: u32,
    /// The name in JSON.
    pub(crate) name: &'static str,
    /// The name in the protocol definition, which JSON readers accept too.
    pub(crate) snake: &'static str,
    pub(crate) kind: Kind,
    pub(crate) presence: Presence,
}

/// One message type.
pub(crate) struct Message {
    /// Its name in error texts.
    pub(crate) name: &'static str,
    pub(crate) fields: &'static [Field],
    /// Whether it is what a batch counts: a span, a log record, a data point.
    pub(crate) item: bool,
    /// Whether it adds a level to the nesting that [`crate::MAX_VALUE_DEPTH`] bounds.
    pub(crate) nests: bool,
}

impl Message {
    /// The field with this number.
    #[inline]
    pub(crate) fn field(&self, number: u32) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.number == number)
    }

    /// The field with this name in JSON, in either spelling.
    pub(crate) fn named(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name || field.snake == name)
    }
}

impl Kind {
    /// The wire type of one value of this kind.
    pub(crate) const fn wire_type(self) -> u8 {
        match self {
            Self::Str | Self::Bytes | Self::TraceId | Self::SpanId | Self::Message(_) => LEN,
            Self::Fixed32 => FIXED32,
            Self::Fixed64 | Self::SFixed64 | Self::Double => FIXED64,
            _ => VARINT,
        }
    }
}

/// The export request of a signal.
pub(crate) const fn request(signal: Signal) -> &'static Message {
    match signal {
        Signal::Traces => &TRACES_DATA,
        Signal::Metrics => &METRICS_DATA,
        Signal::Logs => &LOGS_DATA,
    }
}

/// A message that is neither an item nor nests.
const fn message(name: &'static str, fields: &'static [Field]) -> Message {
    Message { name, fields, item: false, nests: false }
}

/// A message that a batch counts.
const fn item(name: &'static str, fields: &'static [Field]) -> Message {
    Message { name, fields, item: true, nests: false }
}

const fn field(
    number: u32,
    name: &'static str,
    snake: &'static str,
    kind: Kind,
    presence: Presence,
) -> Field {
    Field { number, name, snake, kind, presence }
}
