//! Compiled paths: read, assigned, and edited as maps.

use agent_otlp::AnyValue;

use super::expr::Expr;
use crate::context::{
    LogField, Look, MapEdit, MapMut, Members, Record, Root, SpanField, state_member, with_state_member,
};
use crate::error::{Eval, EvalError};
use crate::value::{Key, Value, check, look_up, put};

/// A path: where it begins, and the keys behind it.
#[derive(Debug)]
pub(crate) struct PathExpr {
    pub(crate) root: Root,
    pub(crate) keys: Box<[KeyExpr]>,
}

/// A key, known or to be evaluated.
#[derive(Debug)]
pub(crate) enum KeyExpr {
    Name(Box<str>),
    Index(i64),
    Dynamic(Expr),
}

const BODY: Root = Root::Log(LogField::Body);
const TRACE_STATE: Root = Root::Span(SpanField::TraceState);

impl KeyExpr {
    fn eval<'v>(&'v self, record: &'v dyn Look) -> Eval<Key<'v>> {
        match self {
            Self::Name(name) => Ok(Key::Name((&**name).into())),
            Self::Index(index) => Ok(Key::Index(*index)),
            Self::Dynamic(expr) => match expr.eval(record)? {
                Value::String(name) => Ok(Key::Name(name)),
                Value::Int(index) => Ok(Key::Index(index)),
                other => Err(other.not("string or int64 as a key")),
            },
        }
    }
}

impl PathExpr {
    /// The value of the path; nil where a map has no such key.
    pub(crate) fn get<'v>(&'v self, record: &'v dyn Look) -> Eval<Value<'v>> {
        let Some((first, rest)) = self.keys.split_first() else { return record.get(self.root) };
        if let KeyExpr::Name(name) = first
            && let Ok(found) = record.member(self.root, name)
        {
            return found.map_or(Ok(Value::Nil), |found| follow(found, rest, record));
        }
        self.get_elsewhere(first, rest, record)
    }

    /// The same behind a key that is no name, or where the root is no map.
    fn get_elsewhere<'v>(
        &'v self,
        first: &'v KeyExpr,
        rest: &'v [KeyExpr],
        record: &'v dyn Look,
    ) -> Eval<Value<'v>> {
        if record.member(self.root, "").is_ok() {
            let Key::Name(name) = first.eval(record)? else {
                return Err(EvalError::NotIndexable("map", "integer"));
            };
            let found = record.member(self.root, &name).ok().flatten();
            return found.map_or(Ok(Value::Nil), |found| follow(found, rest, record));
        }
        if self.root == TRACE_STATE {
            let key = first.eval(record)?;
            return state_value(record.get(self.root)?, &key);
        }
        match record.body() {
            Some(body) if self.root == BODY => {
                indexable(body)?;
                follow(body, &self.keys, record)
            }
            _ => Ok(Value::Nil),
        }
    }

    /// The value of the path without a tie to the record; its texts are not copied where they are those received.
    pub(crate) fn get_apart<'e>(&self, record: &dyn Record<'e>) -> Eval<Value<'e>> {
        if self.keys.is_empty() {
            return record.apart(self.root);
        }
        if let [KeyExpr::Name(name)] = &*self.keys
            && let Ok(found) = record.member_apart(self.root, name)
        {
            return Ok(found.map_or(Value::Nil, Value::of_owned));
        }
        self.get(record).map(Value::into_owned)
    }

    fn keys_apart<'p>(&'p self, record: &dyn Look) -> Eval<Vec<Key<'p>>> {
        let key = |key: &'p KeyExpr| match key {
            KeyExpr::Name(name) => Ok(Key::Name((&**name).into())),
            KeyExpr::Index(index) => Ok(Key::Index(*index)),
            dynamic @ KeyExpr::Dynamic(_) => dynamic.eval(record).map(Key::into_owned),
        };
        self.keys.iter().map(key).collect()
    }

    /// Sets the value of the path.
    pub(crate) fn set<'e>(&self, record: &mut dyn Record<'e>, value: Value<'e>) -> Eval<()> {
        if self.keys.is_empty() {
            return self.set_whole(record, value);
        }
        if let [KeyExpr::Name(name)] = &*self.keys
            && let Some(mut map) = record.map_mut(self.root)
        {
            return set_one(&mut map, name, value);
        }
        let keys = self.keys_apart(record)?;
        if record.map_mut(self.root).is_some() {
            return set_member(record, self.root, &keys, any(value));
        }
        if self.root == TRACE_STATE {
            return set_state(record, &keys, &value);
        }
        let Some(body) = record.body().filter(|_| self.root == BODY) else { return Ok(()) };
        indexable(body)?;
        let mut body = record.apart(self.root)?.into_any().unwrap_or_default();
        put(&mut body, &keys, any(value))?;
        record.set(self.root, Value::of_owned(body))
    }

    fn set_whole<'e>(&self, record: &mut dyn Record<'e>, value: Value<'e>) -> Eval<()> {
        let Some(mut map) = record.map_mut(self.root) else { return record.set(self.root, value) };
        // Something else than a map is ignored, as in the Collector.
        if let Value::Map(members) = value {
            map.replace(members.into_members());
        }
        Ok(())
    }

    /// Changes the map at the path. Whether it changed is found by comparing, so that what stays the same is not written.
    pub(crate) fn edit_map<'e>(
        &self,
        record: &mut dyn Record<'e>,
        f: &mut dyn FnMut(&mut dyn MapMut<'e>) -> Eval<()>,
    ) -> Eval<()> {
        if self.keys.is_empty()
            && let Some(mut map) = record.map_mut(self.root)
        {
            return f(&mut map);
        }
        let mut members: Members<'e> = match self.get_apart(record)? {
            Value::Map(map) => map.into_members(),
            other => return Err(other.not("map")),
        };
        let outcome = f(&mut members);
        self.set(record, Value::Map(crate::value::Map::owned(members)))?;
        outcome
    }
}

/// The value as it is stored; what cannot be stored leaves an empty value, as in the Collector.
fn any(value: Value<'_>) -> AnyValue<'_> {
    value.into_any().unwrap_or_default()
}

fn indexable(body: &AnyValue<'_>) -> Eval<()> {
    match body {
        AnyValue::KvList(_) | AnyValue::Array(_) => Ok(()),
        other => {
            let name = Value::of(other).type_name();
            Err(EvalError::Other(format!("log bodies of type {name} cannot be indexed")))
        }
    }
}

fn follow<'v>(from: &'v AnyValue<'v>, keys: &'v [KeyExpr], record: &'v dyn Look) -> Eval<Value<'v>> {
    if keys.is_empty() {
        return Ok(Value::of(from));
    }
    let keys = keys.iter().map(|key| key.eval(record)).collect::<Eval<Vec<_>>>()?;
    Ok(look_up(from, &keys)?.map_or(Value::Nil, Value::of))
}

fn state_value<'v>(state: Value<'v>, key: &Key<'_>) -> Eval<Value<'v>> {
    let Key::Name(name) = key else { return Err(EvalError::NotIndexable("trace state", "integer")) };
    Ok(match state {
        Value::String(std::borrow::Cow::Borrowed(text)) => Value::string(state_member(text, name)),
        Value::String(text) => Value::string(state_member(&text, name).to_owned()),
        other => other,
    })
}

fn set_state(record: &mut dyn Record<'_>, keys: &[Key<'_>], value: &Value<'_>) -> Eval<()> {
    let ([Key::Name(key)], Value::String(text)) = (keys, value) else { return Ok(()) };
    let state = record.get(TRACE_STATE)?.text()?;
    if state_member(&state, key) == text {
        return Ok(());
    }
    match with_state_member(&state, key, text) {
        Some(state) => record.set(TRACE_STATE, Value::string(state)),
        None => Ok(()),
    }
}

/// Sets a member.
fn set_one<'e>(map: &mut MapEdit<'_, 'e>, name: &str, value: Value<'e>) -> Eval<()> {
    let value = value.into_any().unwrap_or_default();
    check(&value, 0)?;
    map.set(name, value);
    Ok(())
}

/// Sets what lies in a member.
fn set_member<'e>(
    record: &mut dyn Record<'e>,
    root: Root,
    keys: &[Key<'_>],
    value: AnyValue<'e>,
) -> Eval<()> {
    let Some((Key::Name(name), rest)) = keys.split_first() else {
        return Err(EvalError::NotIndexable("map", "integer"));
    };
    let mut member = AnyValue::Empty;
    if !rest.is_empty() {
        member = record.member_apart(root, name).ok().flatten().unwrap_or_default();
    }
    put(&mut member, rest, value)?;
    if let Some(mut map) = record.map_mut(root) {
        map.set(name, member);
    }
    Ok(())
}

/// Looks into the result of a converter: there a missing key is an error.
pub(crate) fn look_into<'v>(value: Value<'v>, keys: &'v [KeyExpr], record: &'v dyn Look) -> Eval<Value<'v>> {
    let mut at = match value {
        Value::Map(_) | Value::List(_) => value.into_any().unwrap_or_default(),
        other => return Err(EvalError::NotIndexable(other.type_name(), "key")),
    };
    for key in keys {
        at = match (at, key.eval(record)?) {
            (AnyValue::KvList(members), Key::Name(name)) => {
                let found = members.into_iter().find(|(key, _)| *key == name);
                found.ok_or(EvalError::NoKey)?.1
            }
            (AnyValue::Array(items), Key::Index(index)) => {
                let found = usize::try_from(index).ok().and_then(|index| items.into_iter().nth(index));
                found.ok_or(EvalError::Bounds(index))?
            }
            (other, Key::Name(_)) => {
                return Err(EvalError::NotIndexable(Value::of(&other).type_name(), "string"));
            }
            (other, Key::Index(_)) => {
                return Err(EvalError::NotIndexable(Value::of(&other).type_name(), "integer"));
            }
        };
    }
    Ok(Value::of_owned(at))
}
