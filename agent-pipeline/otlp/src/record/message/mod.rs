//! One message: its bytes as received, its attributes once someone asked for them, and what was changed.
//!
//! A change is kept as the encoded field that replaces the received ones, so that reading a changed field
//! and reading a received one is the same code.

mod edits;
mod encode;
mod index;
mod scalar;
mod spare;

#[cfg(test)]
mod tests;

use super::lazy::Lazy;
use super::{Fate, WireList};
use crate::value::Attributes;
use crate::wire::{self, Field, Fields, Value};
use edits::Edits;
use index::{Index, Unplaced};

/// A message under edit.
#[derive(Clone, Debug)]
pub(crate) struct Message<'a> {
    raw: &'a [u8],
    attribute_field: u32,
    /// Filled when a field is looked for.
    index: Index,
    attributes: Lazy<Attributes<'a>>,
    edits: Edits,
}

impl<'a> Message<'a> {
    pub(crate) const fn new(raw: &'a [u8], attribute_field: u32) -> Self {
        Self { raw, attribute_field, index: Index::new(), attributes: Lazy::new(), edits: Edits::new() }
    }

    /// Leaves the room that the message had to the next one.
    pub(crate) fn leave(self) {
        spare::keep(self.attributes.into_inner(), self.edits);
    }

    /// A message whose bytes do not live long enough: everything goes to the overlay.
    pub(crate) fn owned(bytes: &[u8], attribute_field: u32) -> Self {
        let mut message = Self::new(&[], attribute_field);
        for field in Fields::new(bytes).filter(|f| f.number != attribute_field) {
            message.edits.add(field.number, field.raw);
        }
        *message.attributes.get_mut(Attributes::default) =
            Attributes::decode(bytes, attribute_field, Vec::new()).into_owned();
        message
    }

    /// The bytes as received.
    pub(crate) const fn raw(&self) -> &'a [u8] {
        self.raw
    }

    fn index(&self) -> &Index {
        self.index.of(self.raw, self.attribute_field)
    }

    pub(crate) fn attributes(&self) -> &Attributes<'a> {
        self.attributes.get(|| self.decoded())
    }

    pub(crate) fn attributes_mut(&mut self) -> &mut Attributes<'a> {
        if self.attributes.seen().is_none() {
            let decoded = self.decoded();
            return self.attributes.get_mut(|| decoded);
        }
        self.attributes.get_mut(Attributes::default)
    }

    fn decoded(&self) -> Attributes<'a> {
        Attributes::decode(self.index().attributes(self.raw), self.attribute_field, spare::entries())
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

    /// Whether the field was replaced or removed.
    pub(crate) fn edited(&self, number: u32) -> bool {
        self.edits.get(number).is_some()
    }

    /// The bytes to look for the field in.
    fn home(&self, number: u32) -> &[u8] {
        self.edits.get(number).unwrap_or_else(|| self.index().home(self.raw, number))
    }

    /// The bytes to look for the field in, as it was received.
    pub(crate) fn received(&self, number: u32) -> Fields<'a> {
        Fields::new(self.index().home(self.raw, number))
    }

    pub(crate) fn last(&self, number: u32) -> Option<Value<'_>> {
        wire::last(self.home(number), number)
    }

    /// The last field with one of these numbers, changes included.
    pub(crate) fn last_among<'s>(&'s self, numbers: &'s [u32]) -> Option<Field<'s>> {
        let known = numbers.iter().all(|number| !self.edited(*number));
        let found = if known { self.index().last_of(self.raw, numbers) } else { Err(Unplaced) };
        found.unwrap_or_else(|Unplaced| self.among(numbers).last())
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
            Fields::new(self.raw).filter(|f| numbers.contains(&f.number) && !self.edited(f.number));
        let changed = self.edits.iter().filter(|(number, _)| numbers.contains(number));
        received.chain(changed.flat_map(|(_, bytes)| Fields::new(bytes)))
    }

    /// A repeated field as it is on the wire.
    pub(crate) fn wire_list(&self, number: u32) -> WireList<'_> {
        WireList::new(self.home(number), number)
    }

    /// Replaces all occurrences of a field by what `write` appends, unless a scalar with the same value stands there.
    pub(crate) fn set(&mut self, number: u32, write: impl FnOnce(&mut Vec<u8>)) {
        let received = self.index.of(self.raw, self.attribute_field).home(self.raw, number);
        self.edits.put(number, write, |edits, new| {
            let old = edits.get(number).unwrap_or(received);
            wire::last(old, number) == wire::last(new, number)
        });
    }

    /// Replaces all occurrences of a field by what `write` appends, whatever stands there.
    pub(crate) fn replace(&mut self, number: u32, write: impl FnOnce(&mut Vec<u8>)) {
        self.edits.put(number, write, |_, _| false);
    }

    /// Sets one member of a oneof and removes the others.
    pub(crate) fn set_member(&mut self, members: &[u32], number: u32, write: impl FnOnce(&mut Vec<u8>)) {
        for &other in members.iter().filter(|&&other| other != number) {
            self.set(other, |_| {});
        }
        self.set(number, write);
    }

    /// Visits the elements of a repeated message field; re-encodes the field if one changed.
    pub(crate) fn edit_each(&mut self, number: u32, mut visit: impl FnMut(&[u8], &mut Vec<u8>) -> Fate) {
        let (mut out, mut scratch, mut changed) = (Vec::new(), Vec::new(), false);
        for field in Fields::new(self.home(number)).filter(|f| f.number == number) {
            scratch.clear();
            let fate = visit(field.value.bytes(), &mut scratch);
            changed |= fate != Fate::Same;
            match fate {
                Fate::Same => out.extend_from_slice(field.raw),
                Fate::Gone => {}
                Fate::New => wire::put_bytes(&mut out, number, &scratch),
            }
        }
        if changed {
            self.replace(number, |bytes| bytes.extend_from_slice(&out));
        }
    }
}
