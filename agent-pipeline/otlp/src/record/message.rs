//! One message: its bytes as received, its attributes once someone asked for them, and what was changed.
//!
//! A change is kept as the encoded field that replaces the received ones, so that reading a changed field
//! and reading a received one is the same code.

use super::lazy::Lazy;
use super::{Verdict, WireList};
use crate::value::Attributes;
use crate::wire::{self, Field, Fields, Value, int};

/// A message under edit.
#[derive(Clone, Debug)]
pub(crate) struct Message<'a> {
    raw: &'a [u8],
    attribute_field: u32,
    attributes: Lazy<Attributes<'a>>,
    edits: Vec<Edit>,
}

/// All occurrences of one field, encoded with their keys; empty when the field was removed.
#[derive(Clone, Debug)]
struct Edit {
    number: u32,
    bytes: Vec<u8>,
}

/// What became of one element of a repeated message field.
pub(crate) enum Edited {
    Same,
    Dropped,
    New(Vec<u8>),
}

impl Edited {
    /// The outcome for an element that was looked at through `message`.
    pub(crate) fn of(verdict: Verdict, message: &Message<'_>) -> Self {
        match verdict {
            Verdict::Drop => Self::Dropped,
            Verdict::Keep if message.changed() => {
                let mut bytes = Vec::with_capacity(message.raw().len() + 32);
                message.encode(&mut bytes);
                Self::New(bytes)
            }
            Verdict::Keep => Self::Same,
        }
    }
}

impl<'a> Message<'a> {
    pub(crate) const fn new(raw: &'a [u8], attribute_field: u32) -> Self {
        Self { raw, attribute_field, attributes: Lazy::new(), edits: Vec::new() }
    }

    /// A message whose bytes do not live long enough: everything goes to the overlay.
    pub(crate) fn owned(bytes: &[u8], attribute_field: u32) -> Self {
        let mut message = Self::new(&[], attribute_field);
        for field in Fields::new(bytes).filter(|f| f.number != attribute_field) {
            match message.edits.iter_mut().find(|edit| edit.number == field.number) {
                Some(edit) => edit.bytes.extend_from_slice(field.raw),
                None => message.edits.push(Edit { number: field.number, bytes: field.raw.to_vec() }),
            }
        }
        *message.attributes.get_mut(Attributes::default) =
            Attributes::decode(bytes, attribute_field).into_owned();
        message
    }

    /// The bytes as received.
    pub(crate) const fn raw(&self) -> &'a [u8] {
        self.raw
    }

    pub(crate) fn attributes(&self) -> &Attributes<'a> {
        self.attributes.get(|| Attributes::decode(self.raw, self.attribute_field))
    }

    pub(crate) fn attributes_mut(&mut self) -> &mut Attributes<'a> {
        let (raw, field) = (self.raw, self.attribute_field);
        self.attributes.get_mut(|| Attributes::decode(raw, field))
    }

    pub(crate) fn changed(&self) -> bool {
        !self.edits.is_empty() || self.attributes_changed()
    }

    /// Whether nothing was received and nothing set.
    pub(crate) fn is_blank(&self) -> bool {
        self.raw.is_empty() && !self.changed()
    }

    fn attributes_changed(&self) -> bool {
        self.attributes.seen().is_some_and(Attributes::changed)
    }

    fn edit(&self, number: u32) -> Option<&Edit> {
        self.edits.iter().find(|edit| edit.number == number)
    }

    /// Whether the field was replaced or removed.
    pub(crate) fn edited(&self, number: u32) -> bool {
        self.edit(number).is_some()
    }

    /// The bytes to look for the field in.
    fn home(&self, number: u32) -> &[u8] {
        self.edit(number).map_or(self.raw, |edit| &edit.bytes)
    }

    pub(crate) fn last(&self, number: u32) -> Option<Value<'_>> {
        wire::last(self.home(number), number)
    }

    pub(crate) fn last_nested(&self, outer: u32, inner: u32) -> Option<Value<'_>> {
        wire::last_nested(self.home(outer), outer, inner)
    }

    /// The occurrences of a field.
    pub(crate) fn values(&self, number: u32) -> impl Iterator<Item = Value<'_>> {
        Fields::new(self.home(number)).filter(move |f| f.number == number).map(|f| f.value)
    }

    /// The payloads of a repeated message field.
    pub(crate) fn list(&self, number: u32) -> impl Iterator<Item = &[u8]> {
        self.values(number).map(Value::bytes)
    }

    /// The fields with one of these numbers, changes included.
    pub(crate) fn among<'s>(&'s self, numbers: &'s [u32]) -> impl Iterator<Item = Field<'s>> {
        let received =
            Fields::new(self.raw).filter(|f| numbers.contains(&f.number) && self.edit(f.number).is_none());
        let changed = self.edits.iter().filter(|edit| numbers.contains(&edit.number));
        received.chain(changed.flat_map(|edit| Fields::new(&edit.bytes)))
    }

    /// A repeated field as it is on the wire.
    pub(crate) fn wire_list(&self, number: u32) -> WireList<'_> {
        WireList::new(self.home(number), number)
    }

    /// Replaces all occurrences of a field, unless a scalar with the same value stands there.
    pub(crate) fn set(&mut self, number: u32, bytes: Vec<u8>) {
        if self.last(number) != wire::last(&bytes, number) {
            self.replace(number, bytes);
        }
    }

    /// Replaces all occurrences of a field, whatever stands there.
    pub(crate) fn replace(&mut self, number: u32, bytes: Vec<u8>) {
        match self.edits.iter_mut().find(|edit| edit.number == number) {
            Some(edit) => edit.bytes = bytes,
            None => self.edits.push(Edit { number, bytes }),
        }
    }

    /// Sets one member of a oneof and removes the others.
    pub(crate) fn set_member(&mut self, members: &[u32], number: u32, bytes: Vec<u8>) {
        for &other in members.iter().filter(|&&other| other != number) {
            self.set(other, Vec::new());
        }
        self.set(number, bytes);
    }

    /// Visits the elements of a repeated message field; re-encodes the field if one changed.
    pub(crate) fn edit_each(&mut self, number: u32, mut f: impl FnMut(&[u8]) -> Edited) {
        let mut out = Vec::new();
        let mut changed = false;
        for field in Fields::new(self.home(number)).filter(|f| f.number == number) {
            match f(field.value.bytes()) {
                Edited::Same => out.extend_from_slice(field.raw),
                Edited::Dropped => changed = true,
                Edited::New(bytes) => {
                    changed = true;
                    wire::put_bytes(&mut out, number, &bytes);
                }
            }
        }
        if changed {
            self.replace(number, out);
        }
    }

    /// Appends the message with its changes, without key and length. Fields that did not change are
    /// copied in runs; a changed one stands at the end, attributes where the first of them stood.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        let attributes = self.attributes.seen().filter(|attributes| attributes.changed());
        let mut written = false;
        let mut fields = Fields::new(self.raw);
        let mut run = self.raw;
        loop {
            let before = fields.rest();
            let Some(field) = fields.next() else { break };
            let is_attribute = attributes.is_some() && field.number == self.attribute_field;
            if !is_attribute && self.edit(field.number).is_none() {
                continue;
            }
            copy_run(run, before, out);
            run = fields.rest();
            if let Some(attributes) = attributes.filter(|_| is_attribute && !written) {
                attributes.encode(self.attribute_field, out);
                written = true;
            }
        }
        out.extend_from_slice(run);
        if let Some(attributes) = attributes.filter(|_| !written) {
            attributes.encode(self.attribute_field, out);
        }
        for edit in &self.edits {
            out.extend_from_slice(&edit.bytes);
        }
    }

    pub(crate) fn text(&self, number: u32) -> &str {
        self.last(number).map_or("", Value::text)
    }

    pub(crate) fn bytes(&self, number: u32) -> &[u8] {
        self.last(number).map_or(&[], Value::bytes)
    }

    pub(crate) fn bits(&self, number: u32) -> u64 {
        self.last(number).map_or(0, Value::bits)
    }

    pub(crate) fn double(&self, number: u32) -> Option<f64> {
        self.last(number).map(Value::double)
    }

    pub(crate) fn set_bytes(&mut self, number: u32, bytes: &[u8]) {
        let mut field = Vec::new();
        if !bytes.is_empty() {
            wire::put_bytes(&mut field, number, bytes);
        }
        self.set(number, field);
    }

    /// Sets a trace or span id; one of zeros means none and removes the field.
    pub(crate) fn set_id(&mut self, number: u32, id: &[u8]) {
        self.set_bytes(number, if id.iter().all(|byte| *byte == 0) { &[] } else { id });
    }

    pub(crate) fn set_varint(&mut self, number: u32, value: u64) {
        let mut field = Vec::new();
        if value != 0 {
            wire::put_varint_field(&mut field, number, value);
        }
        self.set(number, field);
    }

    pub(crate) fn set_fixed64(&mut self, number: u32, value: u64) {
        let mut field = Vec::new();
        if value != 0 {
            wire::put_fixed64(&mut field, number, value);
        }
        self.set(number, field);
    }

    pub(crate) fn set_fixed32(&mut self, number: u32, value: u32) {
        let mut field = Vec::new();
        if value != 0 {
            wire::put_fixed32(&mut field, number, value);
        }
        self.set(number, field);
    }

    /// Sets a double that is written even when it is 0; `None` removes it.
    pub(crate) fn set_double(&mut self, number: u32, value: Option<f64>) {
        let mut field = Vec::new();
        if let Some(value) = value {
            wire::put_double(&mut field, number, value);
        }
        self.set(number, field);
    }

    pub(crate) fn int32(&self, number: u32) -> i32 {
        int::int32(self.bits(number))
    }

    pub(crate) fn uint32(&self, number: u32) -> u32 {
        int::low32(self.bits(number))
    }

    /// Sets a scalar inside the message field `outer`, keeping the rest of that message.
    pub(crate) fn set_nested(&mut self, outer: u32, set: impl FnOnce(&mut Message<'_>)) {
        let bytes = wire::merged(self.home(outer), outer).unwrap_or_default().into_owned();
        let mut inner = Message::new(&bytes, 0);
        set(&mut inner);
        if inner.changed() {
            let mut content = Vec::with_capacity(bytes.len() + 16);
            inner.encode(&mut content);
            let mut field = Vec::with_capacity(content.len() + 4);
            wire::put_bytes(&mut field, outer, &content);
            self.replace(outer, field);
        }
    }
}

/// Copies from the start of `run` to the start of its suffix `before`.
fn copy_run(run: &[u8], before: &[u8], out: &mut Vec<u8>) {
    if let Some(run) = run.get(..run.len().saturating_sub(before.len())) {
        out.extend_from_slice(run);
    }
}
