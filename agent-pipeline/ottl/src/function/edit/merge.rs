//! One map into another.

use crate::context::Record;
use crate::error::Eval;
use crate::function::args::{Args, Prepared};
use crate::function::{Kind, Literals, Param};
use crate::value::check;

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

fn merge_maps<'e>(args: &mut Args<'_, 'e>, record: &mut dyn Record<'e>) -> Eval<()> {
    let strategy = args.text(2)?;
    let (adds, replaces) = (*strategy != *"update", *strategy != *"insert");
    let target = args.target(0)?;
    let source = args.map(1)?.into_members();
    for (_, value) in &source {
        check(value, target.keys.len())?;
    }
    let mut source = Some(source);
    target.edit_map(record, &mut |map| {
        for (key, value) in source.take().unwrap_or_default() {
            let wanted = adds && replaces || if map.get(&key).is_some() { replaces } else { adds };
            if wanted {
                map.put(key, value);
            }
        }
        Ok(())
    })
}
