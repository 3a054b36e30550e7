//! One event taken apart: its message and fields as JSON, masked and bounded, and what sampling needs of it.

use std::error::Error;
use std::fmt::{self, Write as _};

use tracing::field::{Field, Visit};

use crate::chain::chain;
use crate::json::{escape_into, push_key};
use crate::secrets;

/// Bytes of one text value; more is cut and marked with `…`.
const MAX_VALUE: usize = 64 * 1024;
/// The same for events of other people's crates.
const MAX_LIBRARY_VALUE: usize = 512;
/// Field names of libraries that speak of what went over the wire.
const WIRE_WORDS: [&str; 8] = ["auth", "body", "frame", "header", "payload", "request", "response", "token"];
/// Fields that count items: where events are suppressed, their sums are kept.
pub(crate) const COUNTS: [&str; 9] = [
    "dropped",
    "dropped_items",
    "failed",
    "failed_items",
    "items",
    "lost",
    "refused",
    "rejected",
    "rejected_items",
];

/// Message and fields of an event.
pub(crate) struct Parts {
    /// Inside of a JSON string.
    pub(crate) msg: String,
    /// `,"key":value` for each field, in order.
    pub(crate) fields: String,
    /// The part of `fields` that names the component.
    pub(crate) component: String,
    /// Sums of the fields named in [`COUNTS`], by place there.
    pub(crate) counts: [Option<u64>; COUNTS.len()],
    library: bool,
}

impl Parts {
    /// An empty one; `library` is the name of the crate that speaks, unless it is ours.
    pub(crate) fn new(library: Option<&str>) -> Self {
        let mut fields = String::new();
        if let Some(name) = library {
            fields.push_str(",\"library\":\"");
            escape_into(&mut fields, name);
            fields.push('"');
        }
        Self {
            msg: String::new(),
            fields,
            component: String::new(),
            counts: [None; COUNTS.len()],
            library: library.is_some(),
        }
    }

    fn text(&mut self, field: &Field, value: fmt::Arguments<'_>) {
        if self.library && WIRE_WORDS.iter().any(|word| field.name().contains(word)) {
            return;
        }
        let text = bounded(value, self.library);
        if field.name() == "message" {
            self.msg.clear();
            escape_into(&mut self.msg, &text);
            return;
        }
        let begin = self.fields.len();
        push_key(&mut self.fields, field.name());
        self.fields.push('"');
        escape_into(&mut self.fields, &text);
        self.fields.push('"');
        if matches!(field.name(), "component" | "component_id") {
            self.component = self.fields.get(begin..).unwrap_or_default().to_owned();
        }
    }

    fn bare(&mut self, field: &Field, value: impl fmt::Display) {
        if field.name() == "message" {
            return self.text(field, format_args!("{value}"));
        }
        push_key(&mut self.fields, field.name());
        // A String takes all that is written to it.
        let _ = write!(self.fields, "{value}");
    }
}

impl Visit for Parts {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.text(field, format_args!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.text(field, format_args!("{value}"));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.text(field, format_args!("{}", chain(value)));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.bare(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        if let Ok(value) = u64::try_from(value) {
            return self.record_u64(field, value);
        }
        self.bare(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        let place = COUNTS.iter().position(|name| *name == field.name());
        if let Some(count) = place.and_then(|place| self.counts.get_mut(place)) {
            *count = Some(value);
        }
        self.bare(field, value);
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        self.bare(field, value);
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.bare(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        // JSON has no word for the others.
        if value.is_finite() { self.bare(field, value) } else { self.text(field, format_args!("{value}")) }
    }
}

/// The text of a value without secrets and with an end.
fn bounded(value: fmt::Arguments<'_>, library: bool) -> String {
    let limit = if library { MAX_LIBRARY_VALUE } else { MAX_VALUE };
    let margin = secrets::longest();
    let mut raw = Bounded { text: String::new(), limit: limit + margin, cut: false };
    // An error says that the limit is reached, or that the value cannot show itself; what there is remains.
    let _ = raw.write_fmt(value);
    let mut text = match secrets::redact(&raw.text) {
        std::borrow::Cow::Owned(clean) => clean,
        std::borrow::Cow::Borrowed(_) => raw.text,
    };
    let mut end = text.len();
    if raw.cut {
        // What was cut may end in the beginning of a secret.
        end = end.saturating_sub(margin);
    }
    end = end.min(limit);
    if library && let Some(place) = text.find(['{', '"', '\n']) {
        end = end.min(place);
    }
    if end < text.len() || raw.cut {
        text.truncate(text.floor_char_boundary(end));
        text.push('…');
    }
    text
}

struct Bounded {
    text: String,
    limit: usize,
    cut: bool,
}

impl fmt::Write for Bounded {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        let room = self.limit.saturating_sub(self.text.len());
        let taken = more.get(..more.floor_char_boundary(room)).unwrap_or_default();
        self.text.push_str(taken);
        if taken.len() < more.len() {
            self.cut = true;
            return Err(fmt::Error);
        }
        Ok(())
    }
}
