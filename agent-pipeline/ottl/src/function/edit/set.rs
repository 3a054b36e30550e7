//! Setting a value.

use crate::context::Record;
use crate::error::Eval;
use crate::function::args::Args;
use crate::function::{Kind, Param};

editor!(
    SET,
    "set",
    [Param::of("target", Kind::Target), Param::of("value", Kind::Any)],
    set,
    [r#"set(attributes["k"], "v")"#, r#"{"k":1}"#, r#"{"k":"v"}"#],
);

/// A nil value is no reason to change anything.
fn set<'e>(args: &mut Args<'_, 'e>, record: &mut dyn Record<'e>) -> Eval<()> {
    let target = args.target(0)?;
    let value = args.value(1);
    if value.is_nil() { Ok(()) } else { target.set(record, value) }
}
