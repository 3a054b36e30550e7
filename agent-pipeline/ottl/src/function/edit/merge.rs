//! One map into another.

use agent_otlp::{AnyValue, MAX_VALUE_DEPTH};

use crate::context::Record;
use crate::error::{Eval, EvalError};
use crate::function::args::{Args, Literals, Prepared};
use crate::function::{Kind, Param};
use crate::value::depth;

editor!(
    MERGE_MAPS, "merge_maps", [
        Param::of("target", Kind::Target),
        Param::of("source", Kind::Map),
        Param::of("strategy", Kind::LiteralText),
    ], merge_maps,
    [r#"merge_maps(attributes, ParseJSON("{\"a\":true}"), "upsert")"#, r#"{"b":1}"#, r#"{"b":1,"a":true}"#],
    prepare: Some(known_strategy),
);

fn known_strategy(literals: &Literals<'_>) -> Result<Prepared, String> {
    match literals.text(2).unwrap_or_default() {
        "insert" | "update" | "upsert" => Ok(Prepared::Nothing),
        other => Err(format!("invalid value for strategy, {other}, must be 'insert', 'update' or 'upsert'")),
    }
}

fn merge_maps(args: &mut Args<'_>, record: &mut dyn Record) -> Eval<()> {
    let strategy = args.text(2)?;
    let target = args.target(0)?;
    let source = args.map(1)?.into_members();
    if source.iter().any(|(_, value)| depth(value) >= MAX_VALUE_DEPTH) {
        return Err(EvalError::Limit("the value would nest too deeply"));
    }
    let mut source = Some(source);
    target.edit_map(record, &mut |map| {
        for (key, value) in source.take().unwrap_or_default() {
            let wanted = match &*strategy {
                "insert" => map.get(&key).is_none(),
                "update" => map.get(&key).is_some(),
                _ => true,
            };
            if wanted {
                map.set(&key, AnyValue::into_owned(value));
            }
        }
        Ok(())
    })
}
