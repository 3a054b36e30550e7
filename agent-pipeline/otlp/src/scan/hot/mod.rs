//! The shapes real telemetry is made of, recognised without tables.
//!
//! A `bool` function answers `true` only for bytes that `table` accepts too; `false` means "ask the table". An
//! attribute whose value is a list or a map is always the table's, so nothing here recurses.
//!
//! What makes it fast: keys are matched as the single bytes they are, lengths below 128 are read without a loop,
//! an attribute that is all ASCII is proven UTF-8 in one go over its words (its own keys and lengths are
//! ASCII too), and a failure carries nothing along.

mod field;
mod item;

use field::child;
pub(super) use item::key_value;

use super::{Fail, table};
use crate::Signal;
use crate::schema::{self, Kind, Message};

/// An export request.
pub(super) fn request(signal: Signal, bytes: &[u8]) -> Result<usize, Fail> {
    let request = schema::request(signal);
    let Some(entry) = message_at(request, 0) else { return table::message(request, bytes, 0) };
    let mut items = 0;
    let mut rest = bytes;
    while let Some(content) = child(&mut rest, 0x0A) {
        items += resource_entry(entry, signal, content)?;
    }
    Ok(items + table::message(request, rest, 0)?)
}

/// A resource entry: resource, scope entries, then whatever else, as every encoder orders them.
fn resource_entry(entry: &'static Message, signal: Signal, bytes: &[u8]) -> Result<usize, Fail> {
    let (Some(resource), Some(scope_entry)) = (message_at(entry, 0), message_at(entry, 1)) else {
        return table::message(entry, bytes, 0);
    };
    let mut items = 0;
    let mut rest = bytes;
    if let Some(content) = child(&mut rest, 0x0A) {
        table::message(resource, content, 0)?;
    }
    while let Some(content) = child(&mut rest, 0x12) {
        items += match signal {
            Signal::Traces => scope(scope_entry, content, item::span)?,
            Signal::Logs => scope(scope_entry, content, item::log_record)?,
            Signal::Metrics => metrics(scope_entry, content)?,
        };
    }
    Ok(items + table::message(entry, rest, 0)?)
}

/// A scope entry whose children are items.
fn scope(entry: &'static Message, bytes: &[u8], hot: impl Fn(&[u8]) -> bool) -> Result<usize, Fail> {
    let (Some(scope), Some(item)) = (message_at(entry, 0), message_at(entry, 1)) else {
        return table::message(entry, bytes, 0);
    };
    let mut items = 0;
    let mut rest = bytes;
    if let Some(content) = child(&mut rest, 0x0A) {
        table::message(scope, content, 0)?;
    }
    while let Some(content) = child(&mut rest, 0x12) {
        items += if hot(content) { 1 } else { table::message(item, content, 0)? };
    }
    Ok(items + table::message(entry, rest, 0)?)
}

/// A scope entry whose children are metrics.
///
/// The same walk as `scope` but for what a child counts. One function for both, counting through `Option`, made the
/// scan of spans 28 % slower (`cargo bench -p agent-otlp`), so there are two.
fn metrics(entry: &'static Message, bytes: &[u8]) -> Result<usize, Fail> {
    let (Some(scope), Some(metric)) = (message_at(entry, 0), message_at(entry, 1)) else {
        return table::message(entry, bytes, 0);
    };
    let mut items = 0;
    let mut rest = bytes;
    if let Some(content) = child(&mut rest, 0x0A) {
        table::message(scope, content, 0)?;
    }
    while let Some(content) = child(&mut rest, 0x12) {
        items += match item::number_metric(content) {
            Some(points) => points,
            None => table::message(metric, content, 0)?,
        };
    }
    Ok(items + table::message(entry, rest, 0)?)
}

/// The message type of the field at a place in the schema table.
fn message_at(message: &'static Message, place: usize) -> Option<&'static Message> {
    match message.fields.get(place)?.kind {
        Kind::Message(inner) => Some(inner),
        _ => None,
    }
}
