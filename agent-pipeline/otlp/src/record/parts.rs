//! The events and links of a span.

use super::Message;

/// Something that happened during a span.
#[derive(Clone, Debug)]
pub struct SpanEvent<'a> {
    pub(crate) message: Message<'a>,
}

impl<'a> SpanEvent<'a> {
    pub(crate) const fn new(raw: &'a [u8]) -> Self {
        Self { message: Message::new(raw, 3) }
    }

    accessors!(attributes);

    accessors! {
        /// When, in nanoseconds since 1970.
        fixed64 time_unix_nano set_time_unix_nano = 1;
        /// The name.
        text name set_name = 2;
        /// How many attributes the sender left out.
        uint32 dropped_attributes_count set_dropped_attributes_count = 4;
    }
}

/// A reference from a span to another.
#[derive(Clone, Debug)]
pub struct SpanLink<'a> {
    pub(crate) message: Message<'a>,
}

impl<'a> SpanLink<'a> {
    pub(crate) const fn new(raw: &'a [u8]) -> Self {
        Self { message: Message::new(raw, 4) }
    }

    accessors!(attributes);

    accessors! {
        /// The other span's trace id: 16 bytes, or none.
        id16 trace_id set_trace_id = 1;
        /// The other span's id: 8 bytes, or none.
        id8 span_id set_span_id = 2;
        /// The other span's W3C trace state.
        text trace_state set_trace_state = 3;
        /// How many attributes the sender left out.
        uint32 dropped_attributes_count set_dropped_attributes_count = 5;
        /// W3C trace flags in the low byte, OTLP's own above.
        fixed32 flags set_flags = 6;
    }
}
