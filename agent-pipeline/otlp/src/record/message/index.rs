//! Where the fields of a message are, found in one walk instead of one for each field that is asked for.

use std::ops::Range;

use crate::wire::{Field, Fields, skim};

/// Numbers below this have a place. All messages that are looked into have smaller ones but for fields this crate does not
/// know.
const PLACES: usize = 17;

/// Places beyond this are not kept.
const FARTHEST: usize = u32::MAX as usize - 1;

/// A field is only found by a walk.
pub(super) struct Unplaced;

/// The last occurrence of each field of a message, and where its attributes are.
#[derive(Clone, Debug)]
pub(super) struct Index {
    /// One more than where the field begins; 0 where there is none.
    places: [u32; PLACES],
    /// A bit for each field that occurs more than once, the attributes aside.
    again: u32,
    attributes: Range<usize>,
    /// Whether nothing else stands among the attributes.
    in_one_run: bool,
}

impl Index {
    pub(super) fn of(message: &[u8], attribute_field: u32) -> Self {
        let mut index = Self { places: [0; PLACES], again: 0, attributes: 0..0, in_one_run: true };
        let mut at = 0;
        while let Some((number, end)) = skim(message, at) {
            if number == attribute_field {
                index.attribute(at, end);
            } else if let Some(place) = usize::try_from(number).ok().and_then(|n| index.places.get_mut(n)) {
                // What is there again, and a place that cannot be told, is looked for by a walk.
                if *place != 0 || at >= FARTHEST {
                    index.again |= 1 << number;
                }
                *place = u32::try_from(at + 1).unwrap_or(u32::MAX);
            }
            at = end;
        }
        index
    }

    fn attribute(&mut self, from: usize, to: usize) {
        if self.attributes.is_empty() {
            self.attributes = from..to;
        } else {
            self.in_one_run &= self.attributes.end == from;
            self.attributes.end = to;
        }
    }

    /// The part of the message that holds all occurrences of a field, and maybe others.
    pub(super) fn home<'m>(&self, message: &'m [u8], number: u32) -> &'m [u8] {
        let place = usize::try_from(number).ok().and_then(|number| self.places.get(number));
        match place {
            Some(0) => &[],
            Some(place) if self.again & 1 << number == 0 => {
                field_at(message, *place).map_or(&[], |it| it.raw)
            }
            _ => message,
        }
    }

    /// The part of the message that holds all attributes, and maybe other fields.
    pub(super) fn attributes<'m>(&self, message: &'m [u8]) -> &'m [u8] {
        message.get(self.attributes.clone()).unwrap_or_default()
    }

    /// Where the attributes are; `None` where something else stands among them.
    pub(super) fn attribute_run(&self) -> Option<Range<usize>> {
        self.in_one_run.then(|| self.attributes.clone())
    }

    /// The last field with one of these numbers, where all of these have a place.
    pub(super) fn last_of<'m>(
        &self,
        message: &'m [u8],
        numbers: &[u32],
    ) -> Result<Option<Field<'m>>, Unplaced> {
        let mut last = 0;
        for number in numbers {
            let place = usize::try_from(*number).ok().and_then(|number| self.places.get(number));
            let place = *place.filter(|place| **place != u32::MAX).ok_or(Unplaced)?;
            last = last.max(place);
        }
        Ok(field_at(message, last))
    }

    /// The part of the message that a field takes, where it is there once or not at all; `None` when that takes a walk.
    pub(super) fn part(&self, message: &[u8], number: u32) -> Option<Range<usize>> {
        let place = *self.places.get(usize::try_from(number).ok()?)?;
        if self.again & 1 << number != 0 {
            return None;
        }
        let Some(field) = field_at(message, place) else { return Some(0..0) };
        let from = usize::try_from(place - 1).ok()?;
        Some(from..from + field.raw.len())
    }
}

fn field_at(message: &[u8], place: u32) -> Option<Field<'_>> {
    let from = usize::try_from(place.checked_sub(1)?).ok()?;
    Fields::new(message.get(from..)?).next()
}
