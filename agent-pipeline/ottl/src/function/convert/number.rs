//! Numbers, truth values, and values as text.

use crate::error::Eval;
use crate::function::args::Args;
use crate::function::{Kind, Param, failed};
use crate::value::{Value, bool_like};

converter!(
    BOOL,
    "Bool",
    [Param::of("target", Kind::Any)],
    |args| { Ok(bool_like(&args.value(0))?.map_or(Value::Nil, Value::Bool)) },
    [r#"set(attributes["k"], Bool("true"))"#, "{}", r#"{"k":true}"#],
);
converter!(
    DOUBLE,
    "Double",
    [Param::of("target", Kind::DoubleLike)],
    |args| Ok(args.value(0)),
    [r#"set(attributes["k"], Double("1.25"))"#, "{}", r#"{"k":1.25}"#],
);
converter!(
    INT,
    "Int",
    [Param::of("target", Kind::IntLike)],
    |args| Ok(args.value(0)),
    [r#"set(attributes["k"], Int(2.9))"#, "{}", r#"{"k":2}"#],
);
converter!(
    IS_VALID_LUHN,
    "IsValidLuhn",
    [Param::of("target", Kind::TextLike)],
    is_valid_luhn,
    [r#"set(attributes["k"], IsValidLuhn("17893729974"))"#, "{}", r#"{"k":true}"#],
);
converter!(
    LOG,
    "Log",
    [Param::of("target", Kind::DoubleLike)],
    |args| match args.value(0) {
        Value::Double(number) if number > 0.0 => Ok(Value::Double(number.ln())),
        Value::Nil => failed("Log", "could not convert nil"),
        _ => failed("Log", "the number must be greater than zero"),
    },
    [r#"set(attributes["k"], Log(1))"#, "{}", r#"{"k":0.0}"#],
);
converter!(
    PARSE_INT,
    "ParseInt",
    [Param::of("target", Kind::Text), Param::of("base", Kind::Int)],
    parse_int,
    [r#"set(attributes["k"], ParseInt("7f", 16))"#, "{}", r#"{"k":127}"#],
);
converter!(
    STRING,
    "String",
    [Param::of("target", Kind::TextLike)],
    |args| Ok(args.value(0)),
    [r#"set(attributes["k"], String(1.5))"#, "{}", r#"{"k":"1.5"}"#],
);

fn is_valid_luhn<'v>(args: &mut Args<'_, 'v>) -> Eval<Value<'v>> {
    let Value::String(text) = args.value(0) else { return failed("IsValidLuhn", "there is no value") };
    if text.is_empty() {
        return Ok(Value::Bool(false));
    }
    let mut sum = 0_u64;
    for (index, digit) in text.chars().rev().enumerate() {
        let Some(digit) = digit.to_digit(10) else { return failed("IsValidLuhn", "the text is no number") };
        let weighed = if index % 2 == 1 { digit * 2 } else { digit };
        sum += u64::from(if weighed > 9 { weighed - 9 } else { weighed });
    }
    Ok(Value::Bool(sum.is_multiple_of(10)))
}

fn parse_int<'v>(args: &mut Args<'_, 'v>) -> Eval<Value<'v>> {
    let base = args.int(1)?;
    let text = args.text(0)?;
    let Ok(base) = u32::try_from(base) else { return failed("ParseInt", "the base must not be negative") };
    match integer(&text, base) {
        Some(number) => Ok(Value::Int(number)),
        None => failed("ParseInt", "the text is no integer of that base"),
    }
}

/// As Go's `ParseInt`: base 0 takes the base from a prefix and allows underscores between digits.
fn integer(text: &str, base: u32) -> Option<i64> {
    let negative = text.starts_with('-');
    let magnitude = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (base, digits) = match base {
        0 => {
            let lower = magnitude.to_ascii_lowercase();
            let prefixed =
                |prefix: &str| lower.starts_with(prefix).then(|| magnitude.get(2..).unwrap_or_default());
            let (base, digits) = None
                .or_else(|| prefixed("0x").map(|digits| (16, digits)))
                .or_else(|| prefixed("0b").map(|digits| (2, digits)))
                .or_else(|| prefixed("0o").map(|digits| (8, digits)))
                .or_else(|| {
                    magnitude.strip_prefix('0').filter(|digits| !digits.is_empty()).map(|digits| (8, digits))
                })
                .unwrap_or((10, magnitude));
            let spaced =
                digits.starts_with('_') && base == 10 || digits.ends_with('_') || digits.contains("__");
            if spaced {
                return None;
            }
            (base, digits.replace('_', ""))
        }
        2..=36 => (base, magnitude.to_owned()),
        _ => return None,
    };
    if digits.starts_with(['+', '-']) {
        return None;
    }
    i64::from_str_radix(&if negative { format!("-{digits}") } else { digits }, base).ok()
}
