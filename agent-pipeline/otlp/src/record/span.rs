//! A span.

use std::borrow::Cow;

use super::{Fate, Message, SpanEvent, SpanLink, Verdict, WireList};
use crate::wire::{Value, int};

const EVENTS: u32 = 11;
const LINKS: u32 = 13;
const STATUS: u32 = 15;

/// A span, decoded as far as it is asked for.
#[derive(Clone, Debug)]
pub struct Span<'a> {
    pub(crate) message: Message<'a>,
}

impl<'a> Span<'a> {
    pub(crate) const fn new(raw: &'a [u8]) -> Self {
        Self { message: Message::new(raw, 9) }
    }

    accessors!(attributes);

    accessors! {
        /// The trace id: 16 bytes, or none.
        id16 trace_id set_trace_id = 1;
        /// The span id: 8 bytes, or none.
        id8 span_id set_span_id = 2;
        /// The W3C trace state.
        text trace_state set_trace_state = 3;
        /// The id of the parent: 8 bytes, or none for a root.
        id8 parent_span_id set_parent_span_id = 4;
        /// W3C trace flags in the low byte, OTLP's own above.
        fixed32 flags set_flags = 16;
        /// The name.
        text name set_name = 5;
        /// The number of the kind (1 internal, 2 server, 3 client, 4 producer, 5 consumer).
        int32 kind set_kind = 6;
        /// Start, in nanoseconds since 1970.
        fixed64 start_time_unix_nano set_start_time_unix_nano = 7;
        /// End, in nanoseconds since 1970.
        fixed64 end_time_unix_nano set_end_time_unix_nano = 8;
        /// How many attributes the sender left out.
        uint32 dropped_attributes_count set_dropped_attributes_count = 10;
        /// How many events the sender left out.
        uint32 dropped_events_count set_dropped_events_count = 12;
        /// How many links the sender left out.
        uint32 dropped_links_count set_dropped_links_count = 14;
    }

    /// The number of the status code (0 unset, 1 ok, 2 error).
    pub fn status_code(&self) -> i32 {
        self.message.last_nested(STATUS, 3).map_or(0, |value| int::int32(value.bits()))
    }

    /// Sets [`Self::status_code`]; an equal value changes nothing.
    pub fn set_status_code(&mut self, code: i32) {
        self.message.set_nested(STATUS, |status| status.set_varint(3, int::from_int32(code)));
    }

    /// The status message.
    pub fn status_message(&self) -> &str {
        self.message.last_nested(STATUS, 2).map_or("", Value::text)
    }

    /// Sets [`Self::status_message`]; an equal value changes nothing.
    pub fn set_status_message(&mut self, text: &str) {
        self.message.set_nested(STATUS, |status| status.set_bytes(2, text.as_bytes()));
    }

    /// The events in wire order.
    pub fn events(&self) -> impl Iterator<Item = SpanEvent<'_>> {
        self.message.list(EVENTS).map(SpanEvent::new)
    }

    /// Visits the events, which may be changed or dropped, together with the span around them.
    pub fn edit_events(&mut self, mut f: impl FnMut(&mut Span<'a>, &mut SpanEvent<'_>) -> Verdict) {
        let edited = self.message.edited(EVENTS).then(|| self.message.wire_list(EVENTS).into_owned());
        let home = edited.as_ref().map_or(Cow::Borrowed(self.message.raw()), WireList::bytes);
        let mut events = Message::new(&home, 0);
        events.edit_each(EVENTS, |raw, out| {
            let mut event = SpanEvent::new(raw);
            let verdict = f(self, &mut event);
            Fate::of(verdict, &event.message, out)
        });
        if events.changed() {
            events.wire_list(EVENTS).put(EVENTS, &mut self.message);
        }
    }

    /// The links in wire order.
    pub fn links(&self) -> impl Iterator<Item = SpanLink<'_>> {
        self.message.list(LINKS).map(SpanLink::new)
    }

    /// Visits the links, which may be changed or dropped.
    pub fn edit_links(&mut self, mut f: impl FnMut(&mut SpanLink<'_>) -> Verdict) {
        self.message.edit_each(LINKS, |raw, out| {
            let mut link = SpanLink::new(raw);
            let verdict = f(&mut link);
            Fate::of(verdict, &link.message, out)
        });
    }

    /// The events as a whole.
    pub fn event_list(&self) -> WireList<'_> {
        self.message.wire_list(EVENTS)
    }

    /// Replaces the events; returns `false`, and does nothing, when these are no events.
    pub fn set_event_list(&mut self, events: &WireList<'_>) -> bool {
        events.put(EVENTS, &mut self.message)
    }

    /// The links as a whole.
    pub fn link_list(&self) -> WireList<'_> {
        self.message.wire_list(LINKS)
    }

    /// Replaces the links; returns `false`, and does nothing, when these are no links.
    pub fn set_link_list(&mut self, links: &WireList<'_>) -> bool {
        links.put(LINKS, &mut self.message)
    }

    /// The status as a whole.
    pub fn status(&self) -> WireList<'_> {
        self.message.wire_list(STATUS)
    }

    /// Replaces the status; returns `false`, and does nothing, when this is none.
    pub fn set_status(&mut self, status: &WireList<'_>) -> bool {
        status.put(STATUS, &mut self.message)
    }
}
