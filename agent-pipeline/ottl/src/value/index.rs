//! Looking into lists and maps by keys, and putting values there.

use std::borrow::Cow;

use agent_otlp::AnyValue;

use super::{Value, check};
use crate::error::{Eval, EvalError};

/// How far a list may grow when an element beyond its end is set.
const MAX_PADDING: usize = 10_000;

/// One evaluated key.
#[derive(Clone, Debug)]
pub(crate) enum Key<'v> {
    Name(Cow<'v, str>),
    Index(i64),
}

impl Key<'_> {
    pub(crate) fn into_owned(self) -> Key<'static> {
        match self {
            Self::Name(name) => Key::Name(Cow::Owned(name.into_owned())),
            Self::Index(index) => Key::Index(index),
        }
    }
}

/// Follows keys from a value; `None` where a map has no such key.
pub(crate) fn look_up<'v>(from: &'v AnyValue<'v>, keys: &[Key<'_>]) -> Eval<Option<&'v AnyValue<'v>>> {
    let mut at = from;
    for key in keys {
        let next = match (at, key) {
            (AnyValue::KvList(members), Key::Name(name)) => {
                members.iter().find(|(key, _)| key == name).map(|(_, value)| value)
            }
            (AnyValue::Array(items), Key::Index(index)) => {
                let found = usize::try_from(*index).ok().and_then(|index| items.get(index));
                Some(found.ok_or(EvalError::Bounds(*index))?)
            }
            (AnyValue::Empty, _) => None,
            (other, key) => return Err(not_indexable(other, key)),
        };
        match next {
            Some(next) => at = next,
            None => return Ok(None),
        }
    }
    Ok(Some(at))
}

fn not_indexable(value: &AnyValue<'_>, key: &Key<'_>) -> EvalError {
    let how = if matches!(key, Key::Name(_)) { "string" } else { "integer" };
    EvalError::NotIndexable(Value::of(value).type_name(), how)
}

/// Puts a value at the end of the keys. Missing map keys are created; what is not set becomes a map or a list.
pub(crate) fn put<'a>(into: &mut AnyValue<'a>, keys: &[Key<'_>], value: AnyValue<'a>) -> Eval<()> {
    check(&value, keys.len())?;
    let mut at = into;
    for key in keys {
        at = child(at, key)?;
    }
    *at = value;
    Ok(())
}

fn child<'s, 'a>(at: &'s mut AnyValue<'a>, key: &Key<'_>) -> Eval<&'s mut AnyValue<'a>> {
    if at.is_empty() {
        *at = match key {
            Key::Name(_) => AnyValue::KvList(Vec::new()),
            Key::Index(index) => {
                let len = usize::try_from(*index).ok().filter(|index| *index < MAX_PADDING);
                let len = len.ok_or(EvalError::Bounds(*index))? + 1;
                AnyValue::Array(std::iter::repeat_with(|| AnyValue::Empty).take(len).collect())
            }
        };
    }
    match (at, key) {
        (AnyValue::KvList(members), Key::Name(name)) => {
            let found = members.iter().position(|(key, _)| key == name);
            let index = found.unwrap_or(members.len());
            if found.is_none() {
                members.push((Cow::Owned(name.clone().into_owned()), AnyValue::Empty));
            }
            members.get_mut(index).map(|(_, value)| value).ok_or(EvalError::NoKey)
        }
        (AnyValue::Array(items), Key::Index(index)) => {
            let found = usize::try_from(*index).ok().and_then(|index| items.get_mut(index));
            found.ok_or(EvalError::Bounds(*index))
        }
        (other, key) => Err(not_indexable(other, key)),
    }
}
