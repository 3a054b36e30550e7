//! Lists and maps: their size, parts and order.

use std::borrow::Cow;
use std::cmp::Ordering;

use agent_otlp::AnyValue;

use crate::error::Eval;
use crate::function::args::{Args, Prepared};
use crate::function::{Kind, Literals, Param, failed};
use crate::syntax::Comparison;
use crate::value::{Key, List, Map, Value, compare, look_up, string_like};

converter!(
    CONTAINS_VALUE,
    "ContainsValue",
    [Param::of("target", Kind::List), Param::of("item", Kind::Any)],
    |args| {
        let item = args.value(1);
        let list = args.list(0)?;
        Ok(Value::Bool(list.iter().any(|any| compare(&Value::of(any), Comparison::Equal, &item))))
    },
    [
        r#"set(attributes["k"], ContainsValue(attributes["l"], "b"))"#,
        r#"{"l":["a","b"]}"#,
        r#"{"l":["a","b"],"k":true}"#
    ],
);
converter!(
    INDEX,
    "Index",
    [Param::of("target", Kind::Any), Param::of("value", Kind::Any)],
    index,
    [r#"set(attributes["k"], Index("abc", "c"))"#, "{}", r#"{"k":2}"#],
);
converter!(
    KEYS,
    "Keys",
    [Param::of("target", Kind::Map)],
    |args| {
        let members = args.map(0)?.into_members();
        Ok(Value::List(List::of_texts(members.into_iter().map(|(key, _)| key))))
    },
    [r#"set(attributes["k"], Keys(attributes["m"]))"#, r#"{"m":{"a":1}}"#, r#"{"m":{"a":1},"k":["a"]}"#],
);
converter!(
    LEN,
    "Len",
    [Param::of("target", Kind::Any)],
    len,
    [r#"set(attributes["k"], Len("abc"))"#, "{}", r#"{"k":3}"#],
);
converter!(
    SLICE_TO_MAP,
    "SliceToMap",
    [
        Param::of("target", Kind::List),
        Param::optional("key_path", Kind::Texts),
        Param::optional("value_path", Kind::Texts),
    ],
    slice_to_map,
    [
        r#"set(attributes["k"], SliceToMap(attributes["l"], ["id"], ["v"]))"#,
        r#"{"l":[{"id":"a","v":1}]}"#,
        r#"{"l":[{"id":"a","v":1}],"k":{"a":1}}"#
    ],
);
converter!(
    SORT, "Sort", [Param::of("target", Kind::Any), Param::optional("order", Kind::LiteralText)], sort,
    [r#"set(attributes["k"], Sort([3, 1, 2], "desc"))"#, "{}", r#"{"k":[3,2,1]}"#],
    prepare: Some(known_order),
);
converter!(
    VALUES,
    "Values",
    [Param::of("target", Kind::Map)],
    |args| {
        let members = args.map(0)?.into_members();
        Ok(Value::List(List::owned(members.into_iter().map(|(_, value)| value).collect())))
    },
    [r#"set(attributes["k"], Values(attributes["m"]))"#, r#"{"m":{"a":1}}"#, r#"{"m":{"a":1},"k":[1]}"#],
);

fn int<'v>(number: Option<usize>) -> Value<'v> {
    Value::Int(number.and_then(|number| i64::try_from(number).ok()).unwrap_or(-1))
}

fn index<'v>(args: &mut Args<'_, 'v>) -> Eval<Value<'v>> {
    let wanted = args.value(1);
    match args.value(0) {
        Value::String(text) => {
            let wanted = wanted.text()?;
            Ok(int(text.find(&*wanted)))
        }
        Value::List(list) => {
            Ok(int(list.iter().position(|any| compare(&Value::of(any), Comparison::Equal, &wanted))))
        }
        other => Err(other.not("string or list")),
    }
}

fn len<'v>(args: &mut Args<'_, 'v>) -> Eval<Value<'v>> {
    let value = args.value(0);
    let len = match &value {
        Value::String(text) => Some(text.len()),
        Value::List(list) => Some(list.len()),
        Value::Map(map) => Some(map.len()),
        Value::Bytes(bytes) => Some(bytes.len()),
        Value::Records(records) => records.count(),
        _ => None,
    };
    if len.is_none() { Err(value.not("string, list or map")) } else { Ok(int(len)) }
}

fn slice_to_map<'v>(args: &mut Args<'_, 'v>) -> Eval<Value<'v>> {
    let mut path = |index| Ok(args.texts(index)?.into_iter().map(Key::Name).collect::<Vec<_>>());
    let (key_path, value_path) = (path(1)?, path(2)?);
    let items = args.list(0)?.into_items();
    let mut members: Vec<(Cow<'_, str>, AnyValue<'_>)> = Vec::with_capacity(items.len());
    for (index, item) in items.into_iter().enumerate() {
        let key = if key_path.is_empty() {
            Cow::Owned(index.to_string())
        } else {
            match part(&item, &key_path)? {
                AnyValue::String(text) => text,
                other => return Err(Value::of(&other).not("string as a key")),
            }
        };
        let value = part(&item, &value_path)?;
        match members.iter_mut().find(|(name, _)| *name == key) {
            Some((_, old)) => *old = value,
            None => members.push((key, value)),
        }
    }
    Ok(Value::Map(Map::owned(members)))
}

/// What an element has at a path, without ties to the element.
fn part<'o>(item: &AnyValue<'_>, path: &[Key<'_>]) -> Eval<AnyValue<'o>> {
    if !path.is_empty() && item.as_kvlist().is_none() {
        return failed("SliceToMap", "an element that is no map has no path to look up");
    }
    match look_up(item, path)? {
        Some(found) => Ok(found.clone().into_owned()),
        None => failed("SliceToMap", "an element lacks the path"),
    }
}

fn known_order(literals: &Literals<'_>) -> Result<Prepared, String> {
    match literals.text(1) {
        None | Some("asc" | "desc") => Ok(Prepared::Nothing),
        Some(other) => Err(format!("invalid order {other}, must be asc or desc")),
    }
}

/// Numbers by size, as doubles when there are both kinds; everything else by its text, and as text. What is no list, or
/// holds lists, maps or bytes, stays as it is.
fn sort<'v>(args: &mut Args<'_, 'v>) -> Eval<Value<'v>> {
    let descending = args.text_or(1, "asc")? == "desc";
    let list = match args.value(0) {
        Value::List(list) => list,
        other => return Ok(other),
    };
    let any = |is: fn(&AnyValue<'_>) -> bool| list.iter().any(is);
    if any(|item| matches!(item, AnyValue::Array(_) | AnyValue::KvList(_) | AnyValue::Bytes(_))) {
        return Ok(Value::List(list));
    }
    let as_text = any(|item| matches!(item, AnyValue::String(_) | AnyValue::Bool(_) | AnyValue::Empty));
    let as_double = any(|item| matches!(item, AnyValue::Double(_)));
    let mut items = list.into_items();
    if as_text {
        let text = |item: AnyValue<'v>| string_like(Value::of_owned(item)).map(Option::unwrap_or_default);
        let mut texts = items.into_iter().map(text).collect::<Eval<Vec<_>>>()?;
        texts.sort_by(|a, b| direct(a.cmp(b), descending));
        return Ok(Value::List(List::of_texts(texts.into_iter())));
    }
    if as_double {
        for item in &mut items {
            *item = AnyValue::Double(double(item));
        }
    }
    items.sort_by(|a, b| direct(number_order(a, b), descending));
    Ok(Value::List(List::owned(items)))
}

fn direct(order: Ordering, descending: bool) -> Ordering {
    if descending { order.reverse() } else { order }
}

fn number_order(a: &AnyValue<'_>, b: &AnyValue<'_>) -> Ordering {
    match (a, b) {
        (AnyValue::Int(a), AnyValue::Int(b)) => a.cmp(b),
        _ => double(a).total_cmp(&double(b)),
    }
}

#[expect(clippy::cast_precision_loss, reason = "an integer beside a double becomes one")]
fn double(number: &AnyValue<'_>) -> f64 {
    match number {
        AnyValue::Int(number) => *number as f64,
        other => other.as_double().unwrap_or_default(),
    }
}
