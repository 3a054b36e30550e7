//! Lists and maps of attribute values, borrowed or owned.

use std::borrow::Cow;
use std::ops::Deref;

use agent_otlp::AnyValue;

use super::shallow;

/// A list.
#[derive(Clone, Debug)]
pub(crate) struct List<'v> {
    items: Items<'v, AnyValue<'v>>,
    /// Written in the statement. The Collector appends such a list as one element and refuses others.
    pub(crate) literal: bool,
}

/// A map in the order of its members.
#[derive(Clone, Debug)]
pub(crate) struct Map<'v>(Items<'v, Member<'v>>);

/// A key and its value.
pub(crate) type Member<'v> = (Cow<'v, str>, AnyValue<'v>);

#[derive(Clone, Debug)]
enum Items<'v, T> {
    Borrowed(&'v [T]),
    Owned(Vec<T>),
}

impl<T> Deref for Items<'_, T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match self {
            Self::Borrowed(items) => items,
            Self::Owned(items) => items,
        }
    }
}

impl<'v> List<'v> {
    pub(crate) fn borrowed(items: &'v [AnyValue<'_>]) -> Self {
        Self { items: Items::Borrowed(items), literal: false }
    }

    pub(crate) fn owned(items: Vec<AnyValue<'v>>) -> Self {
        Self { items: Items::Owned(items), literal: false }
    }

    pub(crate) fn literal(items: Vec<AnyValue<'v>>) -> Self {
        Self { items: Items::Owned(items), literal: true }
    }

    /// A list of texts.
    pub(crate) fn of_texts(texts: impl Iterator<Item = Cow<'v, str>>) -> Self {
        Self::owned(texts.map(AnyValue::String).collect())
    }

    pub(crate) fn borrow(&self) -> List<'_> {
        List { items: Items::Borrowed(&self.items), literal: self.literal }
    }

    pub(crate) fn into_items(self) -> Vec<AnyValue<'v>> {
        match self.items {
            Items::Borrowed(items) => items.iter().map(shallow).collect(),
            Items::Owned(items) => items,
        }
    }

    pub(crate) fn into_owned(self) -> List<'static> {
        let literal = self.literal;
        let items = self.into_items().into_iter().map(AnyValue::into_owned).collect();
        List { items: Items::Owned(items), literal }
    }
}

impl<'v> Deref for List<'v> {
    type Target = [AnyValue<'v>];

    fn deref(&self) -> &[AnyValue<'v>] {
        &self.items
    }
}

impl<'v> Map<'v> {
    pub(crate) fn borrowed(members: &'v [Member<'_>]) -> Self {
        Self(Items::Borrowed(members))
    }

    pub(crate) fn owned(members: Vec<Member<'v>>) -> Self {
        Self(Items::Owned(members))
    }

    pub(crate) fn into_members(self) -> Vec<Member<'v>> {
        match self.0 {
            Items::Borrowed(members) => {
                members.iter().map(|(key, value)| (Cow::Borrowed(&**key), shallow(value))).collect()
            }
            Items::Owned(members) => members,
        }
    }

    pub(crate) fn into_owned(self) -> Map<'static> {
        let own = |(key, value): Member<'v>| (Cow::Owned(key.into_owned()), value.into_owned());
        Map(Items::Owned(self.into_members().into_iter().map(own).collect()))
    }
}

impl<'v> Deref for Map<'v> {
    type Target = [Member<'v>];

    fn deref(&self) -> &[Member<'v>] {
        &self.0
    }
}
