//! Lists: growing and shrinking.

use agent_otlp::AnyValue;

use crate::context::Record;
use crate::error::{Eval, EvalError};
use crate::function::args::{Args, Prepared};
use crate::function::{Kind, Literals, Param, failed};
use crate::value::{List, Value};

editor!(
    APPEND, "append", [
        Param::of("target", Kind::Target),
        Param::optional("value", Kind::Any),
        Param::optional("values", Kind::Anys),
    ], append,
    [r#"append(attributes["l"], "b")"#, r#"{"l":["a"]}"#, r#"{"l":["a","b"]}"#],
    prepare: Some(something_to_append),
);
editor!(
    DELETE_INDEX,
    "delete_index",
    [
        Param::of("target", Kind::Target),
        Param::of("start_index", Kind::Int),
        Param::optional("end_index", Kind::Int),
    ],
    delete_index,
    [r#"delete_index(attributes["l"], 0)"#, r#"{"l":["a","b"]}"#, r#"{"l":["b"]}"#],
);

/// The longest list that grows by appending.
const MAX_LENGTH: usize = 100_000;

fn something_to_append(literals: &Literals<'_>) -> Result<Prepared, String> {
    if literals.given(1) || literals.given(2) {
        return Ok(Prepared::Nothing);
    }
    Err("at least one of the optional arguments ('value' or 'values') must be provided".to_owned())
}

fn append(args: &mut Args<'_, '_>, record: &mut dyn Record<'_>) -> Eval<()> {
    let target = args.target(0)?;
    let added: Vec<Value<'_>> = args.given(1).into_iter().chain(args.many(2)).collect();
    let mut items = match target.get(&*record)?.into_owned() {
        Value::Nil => Vec::new(),
        Value::List(list) => list.into_items(),
        scalar @ (Value::String(_) | Value::Int(_) | Value::Double(_) | Value::Bool(_)) => {
            vec![scalar.into_any().unwrap_or_default()]
        }
        other => return Err(other.not("a list or a scalar as target")),
    };
    for value in added {
        items.push(element(value)?);
    }
    if items.len() > MAX_LENGTH {
        return Err(EvalError::Limit("the list would be too long"));
    }
    target.set(record, Value::List(List::owned(items)))
}

/// An element as the Collector takes it: lists and maps only where they stand in the statement.
fn element(value: Value<'_>) -> Eval<AnyValue<'static>> {
    let literal = !matches!(&value, Value::List(list) if !list.literal);
    let name = value.type_name();
    let any = value.into_any().filter(|any| literal && any.as_kvlist().is_none());
    any.map(AnyValue::into_owned)
        .ok_or(EvalError::Type { expected: "a value that can be appended", found: name })
}

fn delete_index(args: &mut Args<'_, '_>, record: &mut dyn Record<'_>) -> Eval<()> {
    let target = args.target(0)?;
    let start = args.int(1)?;
    let end = args.given(2).map_or(Ok(start.saturating_add(1)), |value| value.int())?;
    let mut items = match target.get(&*record)? {
        Value::List(list) => list.into_owned().into_items(),
        other => return Err(other.not("list")),
    };
    let range = usize::try_from(start).ok().zip(usize::try_from(end).ok());
    let len = items.len();
    let inside = |(start, end): &(usize, usize)| {
        start <= end && *end <= len && (*start < len || *start == 0 && *end == len)
    };
    let Some((start, end)) = range.filter(inside) else {
        return failed("delete_index", "the indexes are out of bounds");
    };
    items.drain(start..end);
    target.set(record, Value::List(List::owned(items)))
}
