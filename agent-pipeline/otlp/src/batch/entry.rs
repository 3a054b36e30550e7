//! A resource entry taken apart: its resource, and everything else.

use std::borrow::Cow;

use crate::wire::{Field, Fields, Value, take_varint};

const RESOURCE: u32 = 1;
const SCHEMA_URL: u32 = 3;

/// The parts of a `ResourceSpans`, `ResourceMetrics` or `ResourceLogs`.
#[derive(Clone, Debug)]
pub(crate) struct Entry<'b> {
    /// The resource message; `None` when the entry has none.
    pub(crate) resource: Option<Cow<'b, [u8]>>,
    /// The fields that are not the resource; a slice of the chunk's tail unless the resource stood among them.
    pub(crate) rest: Cow<'b, [u8]>,
    /// The schema url that an edit put before `rest`.
    pub(crate) head_schema_url: Option<&'b str>,
    /// The schema url in `rest`, which counts if there is one.
    pub(crate) rest_schema_url: Option<&'b str>,
}

impl<'b> Entry<'b> {
    /// An entry as received.
    pub(crate) fn received(entry: &'b [u8]) -> Self {
        let mut fields = Fields::new(entry);
        if let Some(Field { number: RESOURCE, value: Value::Len(resource), .. }) = fields.next() {
            let rest = fields.rest();
            if let Some(parts) = Self::plain(Some(Cow::Borrowed(resource)), rest) {
                return parts;
            }
        }
        Self::plain(None, entry).unwrap_or_else(|| Self::scattered(entry))
    }

    /// An entry whose head was rewritten.
    pub(crate) fn edited(head: &'b [u8], tail: &'b [u8]) -> Self {
        let mut fields = head;
        let _key_and_len = (take_varint(&mut fields), take_varint(&mut fields));
        let mut entry = Self {
            resource: None,
            rest: Cow::Borrowed(tail),
            head_schema_url: None,
            rest_schema_url: schema_url(tail),
        };
        for field in Fields::new(fields) {
            match field.number {
                RESOURCE => entry.resource = Some(Cow::Borrowed(field.value.bytes())),
                SCHEMA_URL => entry.head_schema_url = Some(field.value.text()),
                _ => {}
            }
        }
        entry
    }

    /// The entry if no resource stands in `rest`.
    fn plain(resource: Option<Cow<'b, [u8]>>, rest: &'b [u8]) -> Option<Self> {
        let mut rest_schema_url = None;
        for field in Fields::new(rest) {
            match field.number {
                RESOURCE => return None,
                SCHEMA_URL => rest_schema_url = Some(field.value.text()),
                _ => {}
            }
        }
        Some(Self { resource, rest: Cow::Borrowed(rest), head_schema_url: None, rest_schema_url })
    }

    /// An entry whose resource comes late or more than once: the occurrences are merged, the rest is copied.
    fn scattered(entry: &'b [u8]) -> Self {
        let (mut resource, mut rest) = (Vec::new(), Vec::with_capacity(entry.len()));
        for field in Fields::new(entry) {
            if field.number == RESOURCE {
                resource.extend_from_slice(field.value.bytes());
            } else {
                rest.extend_from_slice(field.raw);
            }
        }
        Self {
            resource: Some(Cow::Owned(resource)),
            rest: Cow::Owned(rest),
            head_schema_url: None,
            rest_schema_url: schema_url(entry),
        }
    }

    /// The resource message, empty when there is none.
    pub(crate) fn resource_bytes(&self) -> &[u8] {
        self.resource.as_deref().unwrap_or_default()
    }

    /// The schema url of the entry, empty when there is none.
    pub(crate) fn schema_url(&self) -> &'b str {
        self.rest_schema_url.or(self.head_schema_url).unwrap_or_default()
    }
}

fn schema_url(fields: &[u8]) -> Option<&str> {
    Fields::new(fields).filter(|field| field.number == SCHEMA_URL).last().map(|field| field.value.text())
}
