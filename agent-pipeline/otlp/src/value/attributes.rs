//! An attribute list: a map by use, a list on the wire.
//!
//! Order is kept, and duplicate keys too (OTLP forbids them, senders still produce them): what looks up or sets
//! acts on the first, what removes on all. Attribute sets are small, so look-up is a linear search.

use std::borrow::Cow;
use std::cell::OnceCell;

use super::{AnyValue, codec};
use crate::wire::skim;

/// What a list consists of.
pub(crate) type Entries<'a> = Vec<Attribute<'a>>;

/// One attribute.
#[derive(Clone, Debug)]
pub(crate) struct Attribute<'a> {
    key: Cow<'a, [u8]>,
    /// Decoded at the first look; from `raw`, which is there until then.
    value: OnceCell<AnyValue<'a>>,
    /// The whole field as received, key and length included, while it is unchanged.
    raw: Option<&'a [u8]>,
}

impl<'a> Attribute<'a> {
    const fn empty() -> Self {
        Self { key: Cow::Borrowed(&[]), value: OnceCell::new(), raw: None }
    }

    /// Becomes the one in this field. Where it lies: to move it there would wait for what was just written.
    fn receive(&mut self, raw: &'a [u8]) {
        self.key = Cow::Borrowed(codec::key_of_field(raw));
        self.raw = Some(raw);
    }

    fn new(key: Cow<'a, str>, value: AnyValue<'a>) -> Self {
        Self { key: bytes(key), value: OnceCell::from(value), raw: None }
    }

    fn is(&self, key: &str) -> bool {
        *self.key == *key.as_bytes()
    }

    fn key(&self) -> &str {
        std::str::from_utf8(&self.key).unwrap_or_default()
    }

    fn value(&self) -> &AnyValue<'a> {
        self.value.get_or_init(|| codec::value_of_field(self.raw.unwrap_or_default()))
    }

    /// The value, decoded, to be changed; whoever changes it must forget `raw`.
    fn value_mut(&mut self) -> Option<&mut AnyValue<'a>> {
        self.value();
        self.value.get_mut()
    }

    /// Forgets the bytes received.
    fn touch(&mut self) {
        self.value();
        self.raw = None;
    }
}

fn bytes(key: Cow<'_, str>) -> Cow<'_, [u8]> {
    match key {
        Cow::Borrowed(key) => Cow::Borrowed(key.as_bytes()),
        Cow::Owned(key) => Cow::Owned(key.into_bytes()),
    }
}

/// The attributes of a resource, scope, record, event or link.
///
/// Keys are found when the list is decoded, values when they are looked at.
#[derive(Clone, Debug, Default)]
pub struct Attributes<'a> {
    entries: Entries<'a>,
    changed: bool,
}

impl<'a> Attributes<'a> {
    /// Decodes the occurrences of field `number` in a message, into the room that is given.
    pub(crate) fn decode(message: &'a [u8], number: u32, mut entries: Entries<'a>) -> Self {
        let mut at = 0;
        while let Some((found, end)) = skim(message, at) {
            if found == number
                && let Some(raw) = message.get(at..end)
            {
                if entries.is_empty() {
                    // What a web request's span has, and room for two more; one allocation instead of three.
                    entries.reserve(12);
                }
                entries.push(Attribute::empty());
                if let Some(entry) = entries.last_mut() {
                    entry.receive(raw);
                }
            }
            at = end;
        }
        Self { entries, changed: false }
    }

    /// An empty list with the room of another one.
    pub(crate) fn emptied<'o>(mut entries: Entries<'a>) -> Entries<'o> {
        entries.clear();
        // The standard library collects in place what it took from a vector of the same layout.
        entries.into_iter().map_while(|_| None).collect()
    }

    /// The room of the list.
    pub(crate) fn into_room(self) -> Entries<'static> {
        Self::emptied(self.entries)
    }

    /// The same list without any tie to the received bytes; counts as changed.
    pub(crate) fn into_owned<'o>(self) -> Attributes<'o> {
        let entries = self.entries.into_iter().map(|entry| Attribute {
            key: Cow::Owned(entry.key.to_vec()),
            value: OnceCell::from(entry.value().clone().into_owned()),
            raw: None,
        });
        Attributes { entries: entries.collect(), changed: true }
    }

    /// Appends the list as occurrences of field `number`; entries never touched are copied as they came.
    pub(crate) fn encode(&self, number: u32, out: &mut Vec<u8>) {
        for entry in &self.entries {
            match entry.raw {
                Some(raw) => out.extend_from_slice(raw),
                None => codec::encode_field(number, &entry.key, entry.value(), out),
            }
        }
    }

    /// Whether anything was changed since the list was decoded.
    pub fn changed(&self) -> bool {
        self.changed
    }

    /// How many attributes there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are no attributes.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The attributes in wire order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&str, &AnyValue<'a>)> + ExactSizeIterator {
        self.entries.iter().map(|entry| (entry.key(), entry.value()))
    }

    /// The value under the key.
    pub fn get(&self, key: &str) -> Option<&AnyValue<'a>> {
        self.entries.iter().find(|entry| entry.is(key)).map(Attribute::value)
    }

    /// Whether the key is there.
    pub fn contains_key(&self, key: &str) -> bool {
        self.entries.iter().any(|entry| entry.is(key))
    }

    /// The text under the key, if it is a string.
    pub fn get_str(&self, key: &str) -> Option<&str> {
        self.get(key)?.as_str()
    }

    /// The value under the key, to be changed. The list counts as changed from here on; to compare first, use
    /// [`Attributes::get`] and [`Attributes::upsert`].
    pub fn get_mut(&mut self, key: &str) -> Option<&mut AnyValue<'a>> {
        let entry = self.entries.iter_mut().find(|entry| entry.is(key))?;
        entry.touch();
        self.changed = true;
        entry.value_mut()
    }

    /// Visits every value with the right to change it. `f` returns whether it did.
    pub fn update_each(&mut self, mut f: impl FnMut(&str, &mut AnyValue<'a>) -> bool) {
        for entry in &mut self.entries {
            let key = std::mem::take(&mut entry.key);
            let name = std::str::from_utf8(&key).unwrap_or_default();
            let changed = entry.value_mut().is_some_and(|value| f(name, value));
            entry.key = key;
            if changed {
                entry.touch();
                self.changed = true;
            }
        }
    }

    /// Adds the attribute unless the key is there; returns whether it was added.
    pub fn insert(&mut self, key: impl Into<Cow<'a, str>>, value: impl Into<AnyValue<'a>>) -> bool {
        let key = key.into();
        if self.contains_key(&key) {
            return false;
        }
        self.push(key, value.into());
        true
    }

    /// As [`Attributes::upsert`], for a key that is copied only where it is not there.
    pub fn set(&mut self, key: &str, value: impl Into<AnyValue<'a>>) {
        match self.entries.iter().position(|entry| entry.is(key)) {
            Some(at) => self.replace(at, value.into()),
            None => self.push(Cow::Owned(key.to_owned()), value.into()),
        }
    }

    /// Replaces the value if the key is there; returns whether it is. An equal value changes nothing.
    pub fn update(&mut self, key: &str, value: impl Into<AnyValue<'a>>) -> bool {
        let Some(at) = self.entries.iter().position(|entry| entry.is(key)) else { return false };
        self.replace(at, value.into());
        true
    }

    /// Sets the value whether or not the key is there. An equal value changes nothing.
    pub fn upsert(&mut self, key: impl Into<Cow<'a, str>>, value: impl Into<AnyValue<'a>>) {
        let key = key.into();
        match self.entries.iter().position(|entry| entry.is(&key)) {
            Some(at) => self.replace(at, value.into()),
            None => self.push(key, value.into()),
        }
    }

    /// Removes every attribute with the key and returns the value of the first.
    pub fn remove(&mut self, key: &str) -> Option<AnyValue<'a>> {
        let at = self.entries.iter().position(|entry| entry.is(key))?;
        let removed = self.entries.remove(at);
        self.entries.retain(|entry| !entry.is(key));
        self.changed = true;
        removed.value();
        removed.value.into_inner()
    }

    /// Removes every attribute with the key; returns whether there was one. Values are not decoded.
    pub fn delete(&mut self, key: &str) -> bool {
        let before = self.entries.len();
        self.entries.retain(|entry| !entry.is(key));
        let deleted = self.entries.len() != before;
        self.changed |= deleted;
        deleted
    }

    /// Keeps the attributes whose key satisfies `keep`, in their order. Values are not decoded.
    pub fn retain_keys(&mut self, mut keep: impl FnMut(&str) -> bool) {
        let before = self.entries.len();
        self.entries.retain(|entry| keep(entry.key()));
        self.changed |= self.entries.len() != before;
    }

    /// Keeps the attributes for which `keep` is true, in their order.
    pub fn retain(&mut self, mut keep: impl FnMut(&str, &AnyValue<'a>) -> bool) {
        let before = self.entries.len();
        self.entries.retain(|entry| keep(entry.key(), entry.value()));
        self.changed |= self.entries.len() != before;
    }

    /// Removes all attributes.
    pub fn clear(&mut self) {
        self.changed |= !self.entries.is_empty();
        self.entries.clear();
    }

    /// Gives the attribute another key, keeping its place; returns whether `from` was there. An attribute
    /// already called `to` is removed.
    pub fn rename(&mut self, from: &str, to: impl Into<Cow<'a, str>>) -> bool {
        let to = to.into();
        if from == to {
            return self.contains_key(from);
        }
        if !self.contains_key(from) {
            return false;
        }
        self.entries.retain(|entry| !entry.is(&to));
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.is(from)) {
            entry.touch();
            entry.key = bytes(to);
        }
        self.changed = true;
        true
    }

    fn push(&mut self, key: Cow<'a, str>, value: AnyValue<'a>) {
        self.entries.push(Attribute::new(key, value));
        self.changed = true;
    }

    /// Sets the value at `at`.
    fn replace(&mut self, at: usize, value: AnyValue<'a>) {
        let Some(entry) = self.entries.get_mut(at) else { return };
        if *entry.value() == value {
            return;
        }
        entry.value = OnceCell::from(value);
        entry.raw = None;
        self.changed = true;
    }
}
