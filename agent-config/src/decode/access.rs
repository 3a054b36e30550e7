//! serde's walk through lists and maps: skips what is left out, tells unknown keys, and places every error.

use std::sync::Arc;

use indexmap::IndexMap;
use serde::Deserializer;
use serde::de::{
    DeserializeSeed, EnumAccess, IntoDeserializer, MapAccess, SeqAccess, VariantAccess, Visitor,
};

use super::deserializer::{Receiver, Value};
use super::error::{DecodeError, Reason, nearest};
use crate::issues::{Issue, Trail};
use crate::yaml::{Entry, Node};

impl Value<'_> {
    /// Decodes the value below `trail` and gives an error without a place that place.
    fn descend<'de, S: DeserializeSeed<'de>>(
        &self,
        seed: S,
        node: &Arc<Node>,
        trail: &Trail<'_>,
        receiver: Receiver,
    ) -> Result<S::Value, DecodeError> {
        seed.deserialize(Value { node, trail, round: self.round, receiver })
            .map_err(|error| error.within(trail))
    }

    /// Whether the value below `trail` is left out. Counts it as looked at, whatever becomes of it.
    fn left_out(&self, trail: &Trail<'_>) -> Result<bool, DecodeError> {
        let budget = self.round.budget;
        let left =
            budget.get().checked_sub(1).ok_or_else(|| DecodeError::of(Reason::Exhausted).within(trail))?;
        budget.set(left);
        Ok(!self.round.absent.is_empty() && self.round.absent.contains(&trail.to_path()))
    }
}

/// The elements of a list.
pub(crate) struct Elements<'a> {
    list: Value<'a>,
    items: std::iter::Enumerate<std::slice::Iter<'a, Arc<Node>>>,
}

impl<'a> Elements<'a> {
    pub(crate) fn of(list: Value<'a>, items: &'a [Arc<Node>]) -> Self {
        Self { list, items: items.iter().enumerate() }
    }
}

impl<'de> SeqAccess<'de> for Elements<'_> {
    type Error = DecodeError;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, DecodeError> {
        for (index, node) in self.items.by_ref() {
            let trail = self.list.trail.index(index);
            if !self.list.left_out(&trail)? {
                return self.list.descend(seed, node, &trail, Receiver::Element).map(Some);
            }
        }
        Ok(None)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

/// The entries of a map, or of a struct when its fields are known.
pub(crate) struct Entries<'a> {
    map: Value<'a>,
    rest: Option<indexmap::map::Iter<'a, String, Entry>>,
    fields: Option<&'static [&'static str]>,
    next: Option<(&'a str, &'a Arc<Node>)>,
}

impl<'a> Entries<'a> {
    pub(crate) fn of(
        map: Value<'a>,
        entries: Option<&'a IndexMap<String, Entry>>,
        fields: Option<&'static [&'static str]>,
    ) -> Self {
        Self { map, rest: entries.map(IndexMap::iter), fields, next: None }
    }

    /// Whether the key is none of the struct's; tells so.
    fn unknown(&self, key: &str, entry: &Entry, trail: &Trail<'_>) -> bool {
        let Some(fields) = self.fields else { return false };
        if fields.contains(&key) {
            return false;
        }
        let issue = Issue::error(trail.to_path(), "unknown key")
            .at(entry.key_position)
            .did_you_mean(nearest(key, fields.iter().copied()));
        self.map.round.issues.borrow_mut().push(issue);
        true
    }
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = DecodeError;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, DecodeError> {
        while let Some((key, entry)) = self.rest.as_mut().and_then(Iterator::next) {
            let trail = self.map.trail.key(key);
            if self.map.left_out(&trail)? || self.unknown(key, entry, &trail) {
                continue;
            }
            self.next = Some((key, &entry.value));
            let key: serde::de::value::StrDeserializer<'_, DecodeError> = key.as_str().into_deserializer();
            return seed.deserialize(key).map(Some).map_err(|error| error.within(&trail));
        }
        Ok(None)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, DecodeError> {
        let Some((key, node)) = self.next.take() else {
            return Err(DecodeError::text("a value was asked for before its key"));
        };
        let receiver = if self.fields.is_some() { Receiver::Field } else { Receiver::Element };
        self.map.descend(seed, node, &self.map.trail.key(key), receiver)
    }

    fn size_hint(&self) -> Option<usize> {
        self.rest.as_ref().map(ExactSizeIterator::len)
    }
}

/// A map of one entry as an enum: the key is the variant, the value its content.
pub(crate) struct Tagged<'a> {
    map: Value<'a>,
    key: &'a str,
    node: &'a Arc<Node>,
}

impl<'a> Tagged<'a> {
    pub(crate) fn of(map: Value<'a>, key: &'a str, entry: &'a Entry) -> Self {
        Self { map, key, node: &entry.value }
    }

    fn content<T>(self, visit: impl FnOnce(Value<'_>) -> Result<T, DecodeError>) -> Result<T, DecodeError> {
        let trail = self.map.trail.key(self.key);
        let content =
            Value { node: self.node, trail: &trail, round: self.map.round, receiver: Receiver::Element };
        visit(content).map_err(|error| error.within(&trail))
    }
}

impl<'de> EnumAccess<'de> for Tagged<'_> {
    type Error = DecodeError;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), DecodeError> {
        let key: serde::de::value::StrDeserializer<'_, DecodeError> = self.key.into_deserializer();
        let variant = seed.deserialize(key).map_err(|error| error.within(&self.map.trail.key(self.key)))?;
        Ok((variant, self))
    }
}

impl<'de> VariantAccess<'de> for Tagged<'_> {
    type Error = DecodeError;

    fn unit_variant(self) -> Result<(), DecodeError> {
        let trail = self.map.trail.key(self.key);
        self.map.descend(std::marker::PhantomData::<()>, self.node, &trail, Receiver::Element)
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, DecodeError> {
        let trail = self.map.trail.key(self.key);
        self.map.descend(seed, self.node, &trail, Receiver::Element)
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, DecodeError> {
        self.content(|value| value.deserialize_tuple(length, visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.content(|value| value.deserialize_struct("", fields, visitor))
    }
}
