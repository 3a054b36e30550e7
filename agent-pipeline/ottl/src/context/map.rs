//! One way to change maps: attribute lists of the model, and members of a value.

use std::borrow::Cow;

use agent_otlp::{AnyValue, Attributes};

use crate::value::{Map, deep_equal};

/// Members by value, for a cache or a nested map.
pub(crate) type Members<'a> = Vec<(Cow<'a, str>, AnyValue<'a>)>;

/// A map that can be changed. What sets what is there already changes nothing.
pub(crate) trait MapMut<'v> {
    /// How many members there are.
    fn len(&self) -> usize;
    /// The value under a key.
    fn get(&self, key: &str) -> Option<&AnyValue<'_>>;
    /// Sets the value under a key.
    fn set(&mut self, key: &str, value: AnyValue<'v>);
    /// The same for a key that is given away.
    fn put(&mut self, key: Cow<'v, str>, value: AnyValue<'v>);
    /// Removes a key.
    fn remove(&mut self, key: &str);
    /// Keeps the members whose key satisfies `keep`.
    fn retain(&mut self, keep: &mut dyn FnMut(&str) -> bool);
    /// Visits every value, which may be given a new one.
    fn update_values(&mut self, f: &mut dyn FnMut(&str, &AnyValue<'_>) -> Option<AnyValue<'static>>);
    /// Members by value, without ties.
    fn members(&self) -> Members<'static>;
    /// Replaces everything.
    fn replace(&mut self, members: Members<'v>);
}

/// A map of a record, to be changed.
pub(crate) enum MapEdit<'m, 'v> {
    /// Takes values as they are.
    Kept(&'m mut dyn MapMut<'v>),
    /// Outlives the values, and takes copies of them.
    Copied(&'m mut dyn MapMut<'static>),
}

#[expect(clippy::match_same_arms, reason = "arms that read the same are of different types")]
impl<'v> MapMut<'v> for MapEdit<'_, 'v> {
    fn len(&self) -> usize {
        match self {
            Self::Kept(map) => map.len(),
            Self::Copied(map) => map.len(),
        }
    }

    fn get(&self, key: &str) -> Option<&AnyValue<'_>> {
        match self {
            Self::Kept(map) => map.get(key),
            Self::Copied(map) => map.get(key),
        }
    }

    fn set(&mut self, key: &str, value: AnyValue<'v>) {
        match self {
            Self::Kept(map) => map.set(key, value),
            Self::Copied(map) => map.set(key, value.into_owned()),
        }
    }

    fn put(&mut self, key: Cow<'v, str>, value: AnyValue<'v>) {
        match self {
            Self::Kept(map) => map.put(key, value),
            Self::Copied(map) => map.put(Cow::Owned(key.into_owned()), value.into_owned()),
        }
    }

    fn remove(&mut self, key: &str) {
        match self {
            Self::Kept(map) => map.remove(key),
            Self::Copied(map) => map.remove(key),
        }
    }

    fn retain(&mut self, keep: &mut dyn FnMut(&str) -> bool) {
        match self {
            Self::Kept(map) => map.retain(keep),
            Self::Copied(map) => map.retain(keep),
        }
    }

    fn update_values(&mut self, f: &mut dyn FnMut(&str, &AnyValue<'_>) -> Option<AnyValue<'static>>) {
        match self {
            Self::Kept(map) => map.update_values(f),
            Self::Copied(map) => map.update_values(f),
        }
    }

    fn members(&self) -> Members<'static> {
        match self {
            Self::Kept(map) => map.members(),
            Self::Copied(map) => map.members(),
        }
    }

    fn replace(&mut self, members: Members<'v>) {
        match self {
            Self::Kept(map) => map.replace(members),
            Self::Copied(map) => map.replace(Map::owned(members).into_owned().into_members()),
        }
    }
}

impl<'v: 'a, 'a> MapMut<'v> for Attributes<'a> {
    fn len(&self) -> usize {
        Attributes::len(self)
    }

    fn get(&self, key: &str) -> Option<&AnyValue<'_>> {
        Attributes::get(self, key).map(|value| value as &AnyValue<'_>)
    }

    fn set(&mut self, key: &str, value: AnyValue<'v>) {
        Attributes::set(self, key, value);
    }

    fn put(&mut self, key: Cow<'v, str>, value: AnyValue<'v>) {
        self.upsert(key, value);
    }

    fn remove(&mut self, key: &str) {
        self.delete(key);
    }

    fn retain(&mut self, keep: &mut dyn FnMut(&str) -> bool) {
        self.retain_keys(keep);
    }

    fn update_values(&mut self, f: &mut dyn FnMut(&str, &AnyValue<'_>) -> Option<AnyValue<'static>>) {
        self.update_each(|key, value| match f(key, value) {
            Some(new) if *value != new => {
                *value = new;
                true
            }
            _ => false,
        });
    }

    fn members(&self) -> Members<'static> {
        self.iter().map(|(key, value)| (Cow::Owned(key.to_owned()), value.clone().into_owned())).collect()
    }

    fn replace(&mut self, members: Members<'v>) {
        let same = Attributes::len(self) == members.len()
            && self.iter().zip(&members).all(|((key, value), (new_key, new))| key == new_key && value == new);
        if !same {
            self.clear();
            for (key, value) in members {
                self.upsert(key, value);
            }
        }
    }
}

/// The value under a key.
pub(super) fn found<'m, 'v>(members: &'m Members<'v>, key: &str) -> Option<&'m AnyValue<'v>> {
    members.iter().find(|(name, _)| name == key).map(|(_, value)| value)
}

impl<'v> MapMut<'v> for Members<'v> {
    fn len(&self) -> usize {
        Vec::len(self)
    }

    fn get(&self, key: &str) -> Option<&AnyValue<'_>> {
        found(self, key)
    }

    fn set(&mut self, key: &str, value: AnyValue<'v>) {
        match self.iter_mut().find(|(name, _)| name == key) {
            Some((_, old)) => *old = value,
            None => self.push((Cow::Owned(key.to_owned()), value)),
        }
    }

    fn put(&mut self, key: Cow<'v, str>, value: AnyValue<'v>) {
        match self.iter_mut().find(|(name, _)| *name == key) {
            Some((_, old)) => *old = value,
            None => self.push((key, value)),
        }
    }

    fn remove(&mut self, key: &str) {
        Vec::retain(self, |(name, _)| name != key);
    }

    fn retain(&mut self, keep: &mut dyn FnMut(&str) -> bool) {
        Vec::retain(self, |(name, _)| keep(name));
    }

    fn update_values(&mut self, f: &mut dyn FnMut(&str, &AnyValue<'_>) -> Option<AnyValue<'static>>) {
        for (key, value) in self {
            if let Some(new) = f(key, value) {
                *value = new;
            }
        }
    }

    fn members(&self) -> Members<'static> {
        self.iter()
            .map(|(key, value)| (Cow::Owned(key.clone().into_owned()), value.clone().into_owned()))
            .collect()
    }

    fn replace(&mut self, members: Members<'v>) {
        let same = Vec::len(self) == members.len()
            && self.iter().zip(&members).all(|((a, x), (b, y))| a == b && deep_equal(x, y));
        if !same {
            *self = members;
        }
    }
}
