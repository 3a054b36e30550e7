//! Texts with structure: JSON, CSV, key-value pairs.

use std::borrow::Cow;

use agent_otlp::AnyValue;

use crate::error::Eval;
use crate::function::args::{Args, Prepared};
use crate::function::{Kind, Literals, Param, failed};
use crate::value::{Map, Value, parse_json, string_like};

converter!(
    PARSE_CSV, "ParseCSV", [
        Param::of("target", Kind::Text),
        Param::of("header", Kind::Text),
        Param::optional("delimiter", Kind::LiteralText),
        Param::optional("header_delimiter", Kind::LiteralText),
        Param::optional("mode", Kind::LiteralText),
    ], parse_csv,
    [r#"set(attributes["k"], ParseCSV("1,\"a,b\"", "n,t"))"#, "{}", r#"{"k":{"n":"1","t":"a,b"}}"#],
    prepare: Some(check_csv),
);
converter!(
    PARSE_JSON,
    "ParseJSON",
    [Param::of("target", Kind::Text)],
    |args| {
        let parsed = match args.whole_text(0)? {
            Cow::Borrowed(text) => parse_json(text),
            Cow::Owned(text) => parse_json(&text).map(AnyValue::into_owned),
        };
        parsed.map(Value::of_owned).or_else(|reason| failed("ParseJSON", reason))
    },
    [r#"set(attributes["k"], ParseJSON("{\"a\":[1,true]}"))"#, "{}", r#"{"k":{"a":[1.0,true]}}"#],
    parts: true,
);
converter!(
    PARSE_KEY_VALUE, "ParseKeyValue", [
        Param::of("target", Kind::Text),
        Param::optional("delimiter", Kind::LiteralText),
        Param::optional("pair_delimiter", Kind::LiteralText),
    ], parse_key_value,
    [r#"set(attributes["k"], ParseKeyValue("a=1 b=\"x y\""))"#, "{}", r#"{"k":{"a":"1","b":"x y"}}"#],
    prepare: Some(different_delimiters),
);
converter!(
    TO_KEY_VALUE_STRING, "ToKeyValueString", [
        Param::of("target", Kind::Map),
        Param::optional("delimiter", Kind::LiteralText),
        Param::optional("pair_delimiter", Kind::LiteralText),
        Param::optional("sort_output", Kind::LiteralBool),
    ], to_key_value_string,
    [r#"set(attributes["k"], ToKeyValueString({"b": 1, "a": "x y"}, sort_output=true))"#, "{}",
        r#"{"k":"a=\"x y\" b=1"}"#],
    prepare: Some(different_delimiters),
);

fn different_delimiters(literals: &Literals<'_>) -> Result<Prepared, String> {
    let given = |index, default| literals.text(index).filter(|text| !text.is_empty()).unwrap_or(default);
    let (delimiter, pair) = (given(1, "="), given(2, " "));
    if delimiter == pair {
        return Err(format!("pair delimiter {pair:?} cannot be equal to delimiter {delimiter:?}"));
    }
    Ok(Prepared::Nothing)
}

/// A delimiter; an empty one stands for the default.
fn delimiter<'x, 'p: 'x, 'v: 'x>(
    args: &mut Args<'p, 'v>,
    index: usize,
    default: &'static str,
) -> Eval<Cow<'x, str>> {
    let given = args.text_or(index, default)?;
    Ok(if given.is_empty() { Cow::Borrowed(default) } else { given })
}

fn parse_key_value<'v>(args: &mut Args<'_, 'v>) -> Eval<Value<'v>> {
    let (delimiter, pair) = (delimiter(args, 1, "=")?, delimiter(args, 2, " ")?);
    let text = args.text(0)?;
    if text.is_empty() {
        return failed("ParseKeyValue", "cannot parse from empty target");
    }
    let Some(pairs) = split_outside_quotes(&text, &pair) else {
        return failed("ParseKeyValue", "a quote is not closed");
    };
    let mut members: Vec<(Cow<'_, str>, AnyValue<'_>)> = Vec::new();
    for pair in pairs {
        let Some((key, value)) = pair.split_once(&*delimiter) else {
            return failed("ParseKeyValue", "a pair has no delimiter");
        };
        let (key, value) = (key.trim().to_owned(), AnyValue::from(value.trim().to_owned()));
        match members.iter_mut().find(|(name, _)| **name == *key) {
            Some((_, old)) => *old = value,
            None => members.push((Cow::Owned(key), value)),
        }
    }
    Ok(Value::Map(Map::owned(members)))
}

/// Splits where no quote is open, and takes the quotes out; empty pieces are left out. `None` when a quote stays open.
fn split_outside_quotes(text: &str, by: &str) -> Option<Vec<String>> {
    let (mut parts, mut current, mut open) = (Vec::new(), String::new(), None);
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        if open.is_none()
            && let Some(after) = rest.strip_prefix(by)
        {
            parts.push(std::mem::take(&mut current));
            rest = after;
            continue;
        }
        match open {
            None if matches!(character, '"' | '\'') => open = Some(character),
            Some(quote) if quote == character => open = None,
            _ => current.push(character),
        }
        rest = rest.get(character.len_utf8()..)?;
    }
    parts.push(current);
    parts.retain(|part| !part.is_empty());
    open.is_none().then_some(parts)
}

fn to_key_value_string<'v>(args: &mut Args<'_, 'v>) -> Eval<Value<'v>> {
    let (delimiter, pair) = (delimiter(args, 1, "=")?, delimiter(args, 2, " ")?);
    let sorted = args.bool_or_false(3)?;
    let map = args.map(0)?;
    let mut members: Vec<_> = map.iter().collect();
    if sorted {
        members.sort_by(|(a, _), (b, _)| a.cmp(b));
    }
    let escape = |text: &str| {
        let escaped = text.replace('"', "\\\"");
        let quoted = escaped.contains(&*pair) || escaped.contains(&*delimiter);
        if quoted { format!("\"{escaped}\"") } else { escaped }
    };
    let mut out = String::new();
    for (index, (key, value)) in members.into_iter().enumerate() {
        if index > 0 {
            out.push_str(&pair);
        }
        let value = string_like(Value::of(value))?.unwrap_or_default();
        out.push_str(&escape(key));
        out.push_str(&delimiter);
        out.push_str(&escape(&value));
    }
    Ok(Value::string(out))
}

fn check_csv(literals: &Literals<'_>) -> Result<Prepared, String> {
    for index in [2, 3] {
        if literals.text(index).is_some_and(|delimiter| delimiter.chars().count() != 1) {
            return Err("invalid arguments: a delimiter must be a single character".to_owned());
        }
    }
    match literals.text(4) {
        None | Some("strict" | "lazyQuotes" | "ignoreQuotes") => Ok(Prepared::Nothing),
        Some(other) => Err(format!("unknown mode: {other}")),
    }
}

fn parse_csv<'v>(args: &mut Args<'_, 'v>) -> Eval<Value<'v>> {
    let delimiter = args.text_or(2, ",")?;
    let delimiter = delimiter.chars().next().unwrap_or(',');
    let header_delimiter = args
        .look(3)
        .map_or(Ok(delimiter), |value| value.text().map(|text| text.chars().next().unwrap_or(delimiter)))?;
    let mode = args.text_or(4, "strict")?;
    let header = args.text(1)?;
    if header.is_empty() {
        return failed("ParseCSV", "headers must not be an empty string");
    }
    let names: Vec<String> = header.split(header_delimiter).map(str::to_owned).collect();
    let text = args.text(0)?;
    let fields = match &*mode {
        "ignoreQuotes" => text.split(delimiter).map(str::to_owned).collect(),
        mode => match csv_row(&text, delimiter, mode == "lazyQuotes") {
            Ok(fields) => fields,
            Err(reason) => return failed("ParseCSV", reason),
        },
    };
    if fields.len() != names.len() {
        let reason = format!("wrong number of fields: expected {}, found {}", names.len(), fields.len());
        return failed("ParseCSV", reason);
    }
    let members =
        names.into_iter().zip(fields).map(|(name, field)| (Cow::Owned(name), AnyValue::from(field)));
    Ok(Value::Map(Map::owned(members.collect())))
}

/// The fields of one row. Lazily, a quote may stand in a plain field, and an undoubled one in a quoted field.
fn csv_row(text: &str, delimiter: char, lazy: bool) -> Result<Vec<String>, &'static str> {
    let mut fields = Vec::new();
    let mut input = text.trim_end_matches(['\r', '\n']).chars().peekable();
    loop {
        let mut field = String::new();
        if input.next_if_eq(&'"').is_some() {
            quoted_field(&mut input, delimiter, lazy, &mut field)?;
        } else {
            while let Some(character) = input.next_if(|c| *c != delimiter) {
                match character {
                    '"' if !lazy => return Err("a bare quote in a field without quotes"),
                    '\n' => return Err("more than one row"),
                    other => field.push(other),
                }
            }
        }
        fields.push(field);
        if input.next().is_none() {
            return Ok(fields);
        }
    }
}

fn quoted_field(
    input: &mut std::iter::Peekable<std::str::Chars<'_>>,
    delimiter: char,
    lazy: bool,
    field: &mut String,
) -> Result<(), &'static str> {
    loop {
        match input.next() {
            Some('"') if input.next_if_eq(&'"').is_some() => field.push('"'),
            Some('"') if input.peek().is_none_or(|next| *next == delimiter) => return Ok(()),
            Some('"') if lazy => field.push('"'),
            Some('"') => return Err("a quote in a quoted field that is not doubled"),
            Some(other) => field.push(other),
            None if lazy => return Ok(()),
            None => return Err("a quoted field is not closed"),
        }
    }
}
