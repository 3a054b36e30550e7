//! Wire to JSON.
//!
//! A message is written in the order of its schema table. What protobuf calls merging (a scalar met twice, a
//! message met twice, a oneof whose member changes) is resolved here, as a document says a thing once.

use super::text;
use crate::Signal;
use crate::batch::Entry;
use crate::schema::{self, Field, Kind, Message, Presence};
use crate::wire::{self, Fields, Value};

/// The most fields a message of the schema has.
const MAX_FIELDS: usize = 16;

/// Writes the document of an export request made of these entries.
pub(crate) fn write<'b>(signal: Signal, entries: impl Iterator<Item = Entry<'b>>, out: &mut Vec<u8>) {
    let [Field { name, kind: Kind::Message(message), .. }] = schema::request(signal).fields else { return };
    let mut object = Object::open(out);
    let mut array = None;
    for entry in entries {
        match array {
            None => {
                object.name(name, out);
                out.push(b'[');
                array = Some(());
            }
            Some(()) => out.push(b','),
        }
        write_entry(message, &entry, out);
    }
    if array.is_some() {
        out.push(b']');
    }
    out.push(b'}');
}

/// An entry whose resource may stand elsewhere than its other fields.
fn write_entry(message: &'static Message, entry: &Entry<'_>, out: &mut Vec<u8>) {
    let [resource, children, schema_url] = message.fields else { return };
    let mut object = Object::open(out);
    if let Kind::Message(inner) = resource.kind {
        object.name(resource.name, out);
        write_message(inner, entry.resource_bytes(), out);
    }
    write_list(children, &entry.rest, &mut object, out);
    if !entry.schema_url().is_empty() {
        object.name(schema_url.name, out);
        text::string(entry.schema_url(), out);
    }
    out.push(b'}');
}

/// Puts the commas of one object.
struct Object {
    first: bool,
}

impl Object {
    fn open(out: &mut Vec<u8>) -> Self {
        out.push(b'{');
        Self { first: true }
    }

    fn name(&mut self, name: &str, out: &mut Vec<u8>) {
        out.extend_from_slice(if self.first { b"\"" } else { b",\"" });
        self.first = false;
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b"\":");
    }
}

/// What one pass over a message found of one field.
#[derive(Clone, Copy)]
struct Found<'b> {
    last: Value<'b>,
    /// Whether there was an occurrence before the last.
    again: bool,
}

fn write_message(message: &'static Message, bytes: &[u8], out: &mut Vec<u8>) {
    let mut found: [Option<Found<'_>>; MAX_FIELDS] = [None; MAX_FIELDS];
    // The oneof member met last, and what follows the last change of member.
    let (mut member, mut since) = (0, bytes);
    let mut fields = Fields::new(bytes);
    let mut at = 0;
    loop {
        let before = fields.rest();
        let Some(field) = fields.next() else { break };
        // Encoders write lists together and fields mostly in the order of the table.
        if message.fields.get(at).is_none_or(|known| known.number != field.number) {
            let place = message.fields.iter().position(|known| known.number == field.number);
            let Some(place) = place else { continue };
            at = place;
        }
        let (Some(slot), Some(known)) = (found.get_mut(at), message.fields.get(at)) else { continue };
        if known.presence == Presence::OneOf && member != field.number {
            (member, since) = (field.number, before);
            *slot = None;
        }
        *slot = Some(Found { last: field.value, again: slot.is_some() });
    }
    let mut object = Object::open(out);
    for (field, found) in message.fields.iter().zip(found) {
        let Some(found) = found else {
            if field.presence == Presence::Always {
                object.name(field.name, out);
                out.extend_from_slice(b"{}");
            }
            continue;
        };
        match (field.presence, field.kind) {
            (Presence::List, _) => write_list(field, bytes, &mut object, out),
            (Presence::OneOf, _) if member != field.number => {}
            (Presence::Plain, kind) if text::is_zero(kind, found.last) => {}
            (_, Kind::Message(inner)) => {
                object.name(field.name, out);
                if found.again {
                    let merged = wire::merged(since, field.number).unwrap_or_default();
                    write_message(inner, &merged, out);
                } else {
                    write_message(inner, found.last.bytes(), out);
                }
            }
            (_, kind) => {
                object.name(field.name, out);
                text::scalar(kind, found.last, out);
            }
        }
    }
    out.push(b'}');
}

/// A repeated field; nothing at all when it has no elements.
fn write_list(field: &Field, bytes: &[u8], object: &mut Object, out: &mut Vec<u8>) {
    let mut any = false;
    let mut next = |out: &mut Vec<u8>| {
        if any {
            out.push(b',');
        } else {
            object.name(field.name, out);
            out.push(b'[');
            any = true;
        }
    };
    for occurrence in Fields::new(bytes).filter(|f| f.number == field.number) {
        match (field.kind, occurrence.value) {
            (Kind::Message(inner), value) => {
                next(out);
                if !(std::ptr::eq(inner, &raw const schema::KEY_VALUE) && write_attribute(value.bytes(), out))
                {
                    write_message(inner, value.bytes(), out);
                }
            }
            (kind, Value::Len(packed)) if kind.wire_type() != wire::LEN => {
                for value in text::unpack(kind, packed) {
                    next(out);
                    text::scalar(kind, value, out);
                }
            }
            (kind, value) => {
                next(out);
                text::scalar(kind, value, out);
            }
        }
    }
    if any {
        out.push(b']');
    }
}

/// Writes a `KeyValue` of the shape nearly all have, a key and one string, integer, boolean or double, without the
/// table. Returns `false`, having written nothing, for all others.
fn write_attribute(bytes: &[u8], out: &mut Vec<u8>) -> bool {
    let mut fields = Fields::new(bytes);
    let (Some(key), Some(value), None) = (fields.next(), fields.next(), fields.next()) else { return false };
    let mut content = Fields::new(value.value.bytes());
    let (Some(member), None) = (content.next(), content.next()) else { return false };
    let (name, kind): (&[u8], _) = match member.number {
        1 => (b",\"value\":{\"stringValue\":", Kind::Str),
        2 => (b",\"value\":{\"boolValue\":", Kind::Bool),
        3 => (b",\"value\":{\"intValue\":", Kind::Int64),
        4 => (b",\"value\":{\"doubleValue\":", Kind::Double),
        _ => return false,
    };
    if (key.number, value.number) != (1, 2) || key.value.bytes().is_empty() {
        return false;
    }
    out.extend_from_slice(b"{\"key\":");
    text::string(key.value.text(), out);
    out.extend_from_slice(name);
    text::scalar(kind, member.value, out);
    out.extend_from_slice(b"}}");
    true
}
