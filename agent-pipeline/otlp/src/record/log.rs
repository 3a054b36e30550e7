//! A log record.

use super::Message;
use super::lazy::Lazy;
use crate::value::{self, AnyValue};

const BODY: u32 = 5;

/// A log record, decoded as far as it is asked for.
#[derive(Clone, Debug)]
pub struct LogRecord<'a> {
    pub(crate) message: Message<'a>,
    body: Lazy<AnyValue<'a>>,
    body_changed: bool,
}

impl<'a> LogRecord<'a> {
    pub(crate) const fn new(raw: &'a [u8]) -> Self {
        Self { message: Message::new(raw, 6), body: Lazy::new(), body_changed: false }
    }

    accessors!(attributes);

    accessors! {
        /// When it happened, in nanoseconds since 1970; 0 when unknown.
        fixed64 time_unix_nano set_time_unix_nano = 1;
        /// When it was seen, in nanoseconds since 1970.
        fixed64 observed_time_unix_nano set_observed_time_unix_nano = 11;
        /// The severity, 1 (trace) to 24 (fatal), 0 when unset.
        int32 severity_number set_severity_number = 2;
        /// The severity as the source wrote it.
        text severity_text set_severity_text = 3;
        /// How many attributes the sender left out.
        uint32 dropped_attributes_count set_dropped_attributes_count = 7;
        /// W3C trace flags in the low byte.
        fixed32 flags set_flags = 8;
        /// The trace id: 16 bytes, or none.
        id16 trace_id set_trace_id = 9;
        /// The span id: 8 bytes, or none.
        id8 span_id set_span_id = 10;
        /// The name of the event, if the record is one.
        text event_name set_event_name = 12;
    }

    /// The body, decoded at the first call; [`AnyValue::Empty`] when there is none.
    pub fn body(&self) -> &AnyValue<'a> {
        self.body.get(|| decode_body(&self.message))
    }

    /// The body, to be changed. The record counts as changed from here on; to compare first, use
    /// [`Self::body`] and [`Self::set_body`].
    pub fn body_mut(&mut self) -> &mut AnyValue<'a> {
        self.body_changed = true;
        let message = &self.message;
        self.body.get_mut(|| decode_body(message))
    }

    /// Sets the body; an equal value changes nothing.
    pub fn set_body(&mut self, value: impl Into<AnyValue<'a>>) {
        let value = value.into();
        if *self.body() != value {
            *self.body_mut() = value;
        }
    }

    /// Moves a changed body into the message overlay, ready to be encoded.
    pub(crate) fn settle(&mut self) {
        if !self.body_changed {
            return;
        }
        let Self { message, body, .. } = self;
        let body = body.get(AnyValue::default);
        message.replace(BODY, |field| {
            if !body.is_empty() {
                value::encode_in(BODY, body, field);
            }
        });
    }
}

fn decode_body<'a>(record: &Message<'a>) -> AnyValue<'a> {
    let mut body = AnyValue::Empty;
    for field in record.received(BODY).filter(|f| f.number == BODY) {
        value::merge(&mut body, field.value.bytes());
    }
    body
}
