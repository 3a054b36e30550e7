//! One way to change maps: attribute lists of the model, and members of a value.

use std::borrow::Cow;

use agent_otlp::{AnyValue, Attributes};

use crate::value::deep_equal;

/// Members by value, for a cache or a nested map.
pub(crate) type Members<'a> = Vec<(Cow<'a, str>, AnyValue<'a>)>;

/// A map that can be changed. What sets what is there already changes nothing.
pub(crate) trait MapMut {
    /// How many members there are.
    fn len(&self) -> usize;
    /// The value under a key.
    fn get(&self, key: &str) -> Option<&AnyValue<'_>>;
    /// Sets the value under a key.
    fn set(&mut self, key: &str, value: AnyValue<'static>);
    /// The same for a key that is given away.
    fn put(&mut self, key: String, value: AnyValue<'static>);
    /// Removes a key.
    fn remove(&mut self, key: &str);
    /// Keeps the members whose key satisfies `keep`.
    fn retain(&mut self, keep: &mut dyn FnMut(&str) -> bool);
    /// Visits every value, which may be given a new one.
    fn update_values(&mut self, f: &mut dyn FnMut(&str, &AnyValue<'_>) -> Option<AnyValue<'static>>);
    /// Members by value, without ties.
    fn members(&self) -> Members<'static>;
    /// Replaces everything.
    fn replace(&mut self, members: Members<'static>);
}

impl MapMut for Attributes<'_> {
    fn len(&self) -> usize {
        Attributes::len(self)
    }

    fn get(&self, key: &str) -> Option<&AnyValue<'_>> {
        Attributes::get(self, key).map(|value| value as &AnyValue<'_>)
    }

    fn set(&mut self, key: &str, value: AnyValue<'static>) {
        if self.contains_key(key) {
            Attributes::update(self, key, value);
        } else {
            self.upsert(key.to_owned(), value);
        }
    }

    fn put(&mut self, key: String, value: AnyValue<'static>) {
        self.upsert(key, value);
    }

    fn remove(&mut self, key: &str) {
        Attributes::remove(self, key);
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

    fn replace(&mut self, members: Members<'static>) {
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

impl MapMut for Members<'static> {
    fn len(&self) -> usize {
        Vec::len(self)
    }

    fn get(&self, key: &str) -> Option<&AnyValue<'_>> {
        self.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    fn set(&mut self, key: &str, value: AnyValue<'static>) {
        match self.iter_mut().find(|(name, _)| name == key) {
            Some((_, old)) => *old = value,
            None => self.push((Cow::Owned(key.to_owned()), value)),
        }
    }

    fn put(&mut self, key: String, value: AnyValue<'static>) {
        match self.iter_mut().find(|(name, _)| *name == key) {
            Some((_, old)) => *old = value,
            None => self.push((Cow::Owned(key), value)),
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
        self.clone()
    }

    fn replace(&mut self, members: Members<'static>) {
        let same = Vec::len(self) == members.len()
            && self.iter().zip(&members).all(|((a, x), (b, y))| a == b && deep_equal(x, y));
        if !same {
            *self = members;
        }
    }
}
