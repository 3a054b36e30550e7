//! Upper, lower, snake and camel case.

use crate::error::Eval;
use crate::function::args::{Args, Prepared};
use crate::function::{Kind, Literals, Param};
use crate::text::{camel, snake};
use crate::value::Value;

const TEXT: Param = Param::of("target", Kind::Text);

converter!(
    CONVERT_CASE, "ConvertCase", [TEXT, Param::of("to_case", Kind::LiteralText)], convert_case,
    [r#"set(attributes["k"], ConvertCase(attributes["k"], "snake"))"#, r#"{"k":"userID"}"#, r#"{"k":"user_id"}"#],
    prepare: Some(known_case),
);
converter!(
    TO_CAMEL_CASE,
    "ToCamelCase",
    [TEXT],
    |args| change(args, camel),
    [r#"set(attributes["k"], ToCamelCase(attributes["k"]))"#, r#"{"k":"api_key"}"#, r#"{"k":"ApiKey"}"#],
);
converter!(
    TO_LOWER_CASE,
    "ToLowerCase",
    [TEXT],
    |args| change(args, lower),
    [r#"set(attributes["k"], ToLowerCase(attributes["k"]))"#, r#"{"k":"GET"}"#, r#"{"k":"get"}"#],
);
converter!(
    TO_SNAKE_CASE,
    "ToSnakeCase",
    [TEXT],
    |args| change(args, snake),
    [r#"set(attributes["k"], ToSnakeCase(attributes["k"]))"#, r#"{"k":"v2Beta"}"#, r#"{"k":"v_2_beta"}"#],
);
converter!(
    TO_UPPER_CASE,
    "ToUpperCase",
    [TEXT],
    |args| change(args, upper),
    [r#"set(attributes["k"], ToUpperCase(attributes["k"]))"#, r#"{"k":"get"}"#, r#"{"k":"GET"}"#],
);

fn lower(text: &str) -> String {
    if text.is_ascii() { text.to_ascii_lowercase() } else { text.to_lowercase() }
}

fn upper(text: &str) -> String {
    if text.is_ascii() { text.to_ascii_uppercase() } else { text.to_uppercase() }
}

fn change<'v>(args: &mut Args<'_, 'v>, to: fn(&str) -> String) -> Eval<Value<'v>> {
    Ok(Value::string(to(&args.text(0)?)))
}

fn known_case(literals: &Literals<'_>) -> Result<Prepared, String> {
    match literals.text(1).unwrap_or_default() {
        "lower" | "upper" | "snake" | "camel" => Ok(Prepared::Nothing),
        other => Err(format!("invalid case: {other}, allowed cases are: lower, upper, snake, camel")),
    }
}

fn convert_case<'v>(args: &mut Args<'_, 'v>) -> Eval<Value<'v>> {
    let case = args.text(1)?;
    change(
        args,
        match &*case {
            "lower" => lower,
            "upper" => upper,
            "snake" => snake,
            _ => camel,
        },
    )
}
