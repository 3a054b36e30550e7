//! A repeated message field as it is on the wire: to be counted, and to be put where the same field belongs.

use std::borrow::Cow;

use super::Message;
use crate::wire::Fields;

/// Events, links, exemplars, quantiles, points or a message such as a status, not decoded.
#[derive(Clone, Debug)]
pub struct WireList<'m> {
    /// Bytes that hold the field, among others.
    home: Cow<'m, [u8]>,
    number: u32,
}

impl<'m> WireList<'m> {
    pub(crate) fn new(home: impl Into<Cow<'m, [u8]>>, number: u32) -> Self {
        Self { home: home.into(), number }
    }

    /// Bytes that hold the list, among others.
    pub(crate) fn bytes(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.home)
    }

    /// How many elements there are.
    pub fn len(&self) -> usize {
        Fields::new(&self.home).filter(|field| field.number == self.number).count()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The occurrences of the field with their keys.
    fn content(&self) -> Vec<u8> {
        let fields = Fields::new(&self.home).filter(|field| field.number == self.number);
        fields.flat_map(|field| field.raw).copied().collect()
    }

    /// The same list without any tie to the record it was read from.
    pub fn into_owned(self) -> WireList<'static> {
        WireList { home: Cow::Owned(self.content()), number: self.number }
    }

    /// The same list, borrowed from this one.
    pub fn borrow(&self) -> WireList<'_> {
        WireList { home: Cow::Borrowed(&self.home), number: self.number }
    }

    /// The elements of this list and then those of another; `None` when they are not of the same field.
    pub fn joined(&self, other: &WireList<'_>) -> Option<WireList<'static>> {
        (self.number == other.number).then(|| WireList {
            home: Cow::Owned([self.content(), other.content()].concat()),
            number: self.number,
        })
    }

    /// Puts the list into a message, unless that has the very same, or the field is another one. Returns whether it fits.
    pub(crate) fn put(&self, number: u32, message: &mut Message<'_>) -> bool {
        if self.number != number {
            return false;
        }
        let content = self.content();
        if message.wire_list(number).content() != content {
            message.replace(number, |field| field.extend_from_slice(&content));
        }
        true
    }
}
