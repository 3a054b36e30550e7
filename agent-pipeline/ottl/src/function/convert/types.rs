//! What type a value has.

use crate::function::args::Args;
use crate::function::{Kind, Param};
use crate::value::Value;

const ANY: Param = Param::of("target", Kind::Any);

converter!(
    IS_BOOL,
    "IsBool",
    [ANY],
    |args| Ok(is(args, |value| matches!(value, Value::Bool(_)))),
    [r#"set(attributes["k"], IsBool(true))"#, "{}", r#"{"k":true}"#],
);
converter!(
    IS_DOUBLE,
    "IsDouble",
    [ANY],
    |args| Ok(is(args, |value| matches!(value, Value::Double(_)))),
    [r#"set(attributes["k"], IsDouble(1))"#, "{}", r#"{"k":false}"#],
);
converter!(
    IS_INT,
    "IsInt",
    [ANY],
    |args| Ok(is(args, |value| matches!(value, Value::Int(_)))),
    [r#"set(attributes["k"], IsInt(1))"#, "{}", r#"{"k":true}"#],
);
converter!(
    IS_LIST,
    "IsList",
    [ANY],
    |args| Ok(is(args, |value| matches!(value, Value::List(_) | Value::Records(_)))),
    [r#"set(attributes["k"], IsList([1]))"#, "{}", r#"{"k":true}"#],
);
converter!(
    IS_MAP,
    "IsMap",
    [ANY],
    |args| Ok(is(args, |value| matches!(value, Value::Map(_)))),
    [r#"set(attributes["k"], IsMap({"a": 1}))"#, "{}", r#"{"k":true}"#],
);
converter!(
    IS_STRING,
    "IsString",
    [ANY],
    |args| Ok(is(args, |value| matches!(value, Value::String(_)))),
    [r#"set(attributes["k"], IsString("x"))"#, "{}", r#"{"k":true}"#],
);

fn is<'v>(args: &mut Args<'_, 'v>, test: fn(&Value<'_>) -> bool) -> Value<'v> {
    Value::Bool(test(&args.value(0)))
}
