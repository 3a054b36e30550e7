//! Setting a value.

use crate::context::Record;
use crate::error::Eval;
use crate::function::{Kind, Param};
use crate::program::PathExpr;
use crate::value::Value;

editor!(
    SET,
    "set",
    [Param::of("target", Kind::Target), Param::of("value", Kind::Any)],
    |args, record| set(args.target(0)?, args.value(1), record),
    [r#"set(attributes["k"], "v")"#, r#"{"k":1}"#, r#"{"k":"v"}"#],
    assign: Some(set),
);

/// A nil value is no reason to change anything.
fn set<'e>(target: &PathExpr, value: Value<'e>, record: &mut dyn Record<'e>) -> Eval<()> {
    if value.is_nil() { Ok(()) } else { target.set(record, value) }
}
