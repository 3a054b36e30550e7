//! What was changed in a message: for each field the bytes that stand in its place.

use std::ops::Range;

/// Larger buffers are given back at once.
const LARGEST: usize = 64 << 10;

/// Changes, all in one buffer.
#[derive(Clone, Debug, Default)]
pub(super) struct Edits {
    /// By field number.
    fields: Vec<(u32, Range<usize>)>,
    bytes: Vec<u8>,
}

impl Edits {
    pub(super) const fn new() -> Self {
        Self { fields: Vec::new(), bytes: Vec::new() }
    }

    /// Whether its room is worth to be kept.
    pub(super) fn is_kept(&self) -> bool {
        (1..=LARGEST).contains(&self.bytes.capacity())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// All occurrences of the field, encoded with their keys; empty when it was removed. `None`: it is as received.
    pub(super) fn get(&self, number: u32) -> Option<&[u8]> {
        let (_, range) = self.fields.iter().find(|(of, _)| *of == number)?;
        self.bytes.get(range.clone())
    }

    /// The changes in the order in which the fields were changed first.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &[u8])> {
        self.fields.iter().map(|(number, range)| (*number, self.bytes.get(range.clone()).unwrap_or_default()))
    }

    /// Puts what `write` appends in the place of the field, unless `keep` says that it may stay as it is.
    pub(super) fn put(
        &mut self,
        number: u32,
        write: impl FnOnce(&mut Vec<u8>),
        keep: impl FnOnce(&Self, &[u8]) -> bool,
    ) {
        if self.is_empty() && self.bytes.capacity() == 0 {
            *self = super::spare::edits();
        }
        let from = self.bytes.len();
        write(&mut self.bytes);
        if keep(self, self.bytes.get(from..).unwrap_or_default()) {
            return self.bytes.truncate(from);
        }
        let range = from..self.bytes.len();
        match self.fields.iter_mut().find(|(of, _)| *of == number) {
            Some((_, old)) => *old = range,
            None => self.fields.push((number, range)),
        }
    }

    /// Adds to what stands in the place of the field.
    pub(super) fn add(&mut self, number: u32, bytes: &[u8]) {
        let before = self.get(number).unwrap_or_default().to_vec();
        let write = |out: &mut Vec<u8>| {
            out.extend_from_slice(&before);
            out.extend_from_slice(bytes);
        };
        self.put(number, write, |_, _| false);
    }

    /// Empty again, with the room it had.
    pub(super) fn cleared(mut self) -> Self {
        self.fields.clear();
        self.bytes.clear();
        self
    }
}
