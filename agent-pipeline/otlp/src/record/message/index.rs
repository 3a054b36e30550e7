//! Where the fields of a message are, found in one walk instead of one for each field that is asked for.

use std::cell::Cell;
use std::ops::Range;

use crate::wire::{Field, Fields, skim};

/// Numbers below this have a place. All messages that are looked into have smaller ones but for fields this crate does not
/// know.
const PLACES: usize = 17;

/// Places beyond this are not kept.
const FARTHEST: usize = u32::MAX as usize - 1;

/// A field is only found by a walk.
pub(super) struct Unplaced;

/// The last occurrence of each field of a message, and where its attributes are; filled where it lies, at the first look.
#[derive(Clone, Debug)]
pub(super) struct Index {
    is_filled: Cell<bool>,
    /// Whether nothing else stands among the attributes.
    in_one_run: Cell<bool>,
    /// A bit for each field that occurs more than once, the attributes aside.
    again: Cell<u32>,
    /// One more than where the field begins; 0 where there is none.
    places: [Cell<u32>; PLACES],
    attributes: Cell<(usize, usize)>,
}

impl Index {
    pub(super) const fn new() -> Self {
        Self {
            is_filled: Cell::new(false),
            in_one_run: Cell::new(true),
            again: Cell::new(0),
            places: [const { Cell::new(0) }; PLACES],
            attributes: Cell::new((0, 0)),
        }
    }

    /// The index of the message, which is always the same.
    #[inline]
    pub(super) fn of(&self, message: &[u8], attribute_field: u32) -> &Self {
        if !self.is_filled.replace(true) {
            self.fill(message, attribute_field);
        }
        self
    }

    fn fill(&self, message: &[u8], attribute_field: u32) {
        let mut at = 0;
        while let Some((number, end)) = skim(message, at) {
            if number == attribute_field {
                self.attribute(at, end);
            } else if let Some(place) = self.place(number) {
                // What is there again, and a place that cannot be told, is looked for by a walk.
                if place.get() != 0 || at >= FARTHEST {
                    self.again.set(self.again.get() | 1 << number);
                }
                place.set(u32::try_from(at + 1).unwrap_or(u32::MAX));
            }
            at = end;
        }
    }

    #[inline]
    fn place(&self, number: u32) -> Option<&Cell<u32>> {
        self.places.get(usize::try_from(number).ok()?)
    }

    fn is_there_again(&self, number: u32) -> bool {
        self.again.get() & 1 << number != 0
    }

    #[inline]
    fn attribute(&self, from: usize, to: usize) {
        let (first, last) = self.attributes.get();
        if last == 0 {
            self.attributes.set((from, to));
        } else {
            self.in_one_run.set(self.in_one_run.get() && last == from);
            self.attributes.set((first, to));
        }
    }

    /// The part of the message that holds all occurrences of a field, and maybe others.
    pub(super) fn home<'m>(&self, message: &'m [u8], number: u32) -> &'m [u8] {
        match self.place(number).map(Cell::get) {
            Some(0) => &[],
            Some(place) if !self.is_there_again(number) => {
                field_at(message, place).map_or(&[], |field| field.raw)
            }
            _ => message,
        }
    }

    /// The part of the message that holds all attributes, and maybe other fields.
    pub(super) fn attributes<'m>(&self, message: &'m [u8]) -> &'m [u8] {
        let (from, to) = self.attributes.get();
        message.get(from..to).unwrap_or_default()
    }

    /// Where the attributes are; `None` where something else stands among them.
    pub(super) fn attribute_run(&self) -> Option<Range<usize>> {
        let (from, to) = self.attributes.get();
        self.in_one_run.get().then_some(from..to)
    }

    /// The last field with one of these numbers, where all of these have a place.
    pub(super) fn last_of<'m>(
        &self,
        message: &'m [u8],
        numbers: &[u32],
    ) -> Result<Option<Field<'m>>, Unplaced> {
        let mut last = 0;
        for number in numbers {
            let place = self.place(*number).map(Cell::get).filter(|place| *place != u32::MAX);
            last = last.max(place.ok_or(Unplaced)?);
        }
        Ok(field_at(message, last))
    }

    /// The part of the message that a field takes, where it is there once or not at all; `None` when that takes a walk.
    pub(super) fn part(&self, message: &[u8], number: u32) -> Option<Range<usize>> {
        let place = self.place(number)?.get();
        if self.is_there_again(number) {
            return None;
        }
        let Some(from) = place.checked_sub(1) else { return Some(0..0) };
        let from = usize::try_from(from).ok()?;
        let (_, end) = skim(message, from)?;
        Some(from..end)
    }
}

fn field_at(message: &[u8], place: u32) -> Option<Field<'_>> {
    let from = usize::try_from(place.checked_sub(1)?).ok()?;
    Fields::new(message.get(from..)?).next()
}
