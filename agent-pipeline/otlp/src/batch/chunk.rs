//! A piece of the rope.
//!
//! `head` empty: `tail` holds whole top-level fields exactly as received. `head` not empty: one resource entry, whose
//! key, length and resource are `head` and whose other fields are `tail`. So editing a resource writes a new
//! head of a few hundred bytes and shares the records with everyone who holds them.

use std::borrow::Cow;

use bytes::Bytes;

use super::Entry;
use crate::wire::{self, Fields};

#[derive(Clone, Debug)]
pub(super) struct Chunk {
    head: Bytes,
    tail: Bytes,
    items: usize,
}

impl Chunk {
    /// Whole top-level fields, as received.
    pub(super) const fn received(tail: Bytes, items: usize) -> Self {
        Self { head: Bytes::new(), tail, items }
    }

    /// One entry: a resource, an optional schema url that the tail does not have, and the other fields.
    pub(super) fn entry(
        resource: Option<&[u8]>,
        schema_url: Option<&str>,
        tail: Bytes,
        items: usize,
    ) -> Self {
        let field_len = |content: usize| 1 + wire::varint_len(content as u64) + content;
        let own = resource.map_or(0, |bytes| field_len(bytes.len()))
            + schema_url.map_or(0, |url| field_len(url.len()));
        let len = own + tail.len();
        // To the byte: a vector without slack becomes `Bytes` without a second allocation.
        let mut head = Vec::with_capacity(1 + wire::varint_len(len as u64) + own);
        wire::put_len_header(&mut head, 1, len);
        if let Some(bytes) = resource {
            wire::put_bytes(&mut head, 1, bytes);
        }
        if let Some(url) = schema_url {
            wire::put_bytes(&mut head, 3, url.as_bytes());
        }
        Self { head: Bytes::from(head), tail, items }
    }

    pub(super) fn len(&self) -> usize {
        self.head.len() + self.tail.len()
    }

    pub(super) const fn items(&self) -> usize {
        self.items
    }

    /// Whether the tail is whole top-level fields.
    pub(super) fn is_received(&self) -> bool {
        self.head.is_empty()
    }

    pub(super) const fn tail(&self) -> &Bytes {
        &self.tail
    }

    pub(super) fn segments(&self) -> impl Iterator<Item = &Bytes> {
        [&self.head, &self.tail].into_iter().filter(|bytes| !bytes.is_empty())
    }

    /// How many resource entries there are.
    pub(super) fn entry_count(&self) -> usize {
        if self.head.is_empty() {
            Fields::new(&self.tail).filter(|field| field.number == 1).count()
        } else {
            1
        }
    }

    /// The resource entries in order.
    pub(super) fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        let edited = (!self.head.is_empty()).then(|| Entry::edited(&self.head, &self.tail));
        let received = if self.head.is_empty() { &*self.tail } else { &[] };
        edited.into_iter().chain(
            Fields::new(received)
                .filter(|field| field.number == 1)
                .map(|field| Entry::received(field.value.bytes())),
        )
    }

    /// The fields of an entry of this chunk besides the resource, sharing the tail where they are a part of it.
    pub(super) fn share(&self, entry: &Entry<'_>) -> Bytes {
        match &entry.rest {
            Cow::Borrowed([]) => Bytes::new(),
            Cow::Borrowed(slice) => self.tail.slice_ref(slice),
            Cow::Owned(bytes) => Bytes::from(bytes.clone()),
        }
    }
}
