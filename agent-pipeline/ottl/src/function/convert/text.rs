//! Putting texts together and taking them apart.

use std::borrow::Cow;

use agent_otlp::AnyValue;

use crate::error::Eval;
use crate::function::args::Args;
use crate::function::{Kind, Param, failed};
use crate::text::format;
use crate::value::{List, MAX_BYTES, Value, put_string_like};

/// What most texts that are put together fit in.
const CONCAT_CAPACITY: usize = 64;

const TEXT: Param = Param::of("target", Kind::Text);

converter!(
    CONCAT,
    "Concat",
    [Param::of("values", Kind::TextLikes), Param::of("delimiter", Kind::LiteralText)],
    concat,
    [r#"set(attributes["k"], Concat(["a", 1, true], "-"))"#, "{}", r#"{"k":"a-1-true"}"#],
);
converter!(
    FORMAT,
    "Format",
    [Param::of("format_string", Kind::LiteralText), Param::of("format_arguments", Kind::Anys)],
    |args| {
        let values = args.many(1);
        format(&args.text(0)?, &values).map(Value::string)
    },
    [r#"set(attributes["k"], Format("%s-%03d", ["a", 7]))"#, "{}", r#"{"k":"a-007"}"#],
);
converter!(
    HAS_PREFIX,
    "HasPrefix",
    [TEXT, Param::of("prefix", Kind::Text)],
    |args| {
        let prefix = args.text(1)?;
        Ok(Value::Bool(args.text(0)?.starts_with(&*prefix)))
    },
    [r#"set(attributes["k"], HasPrefix("warm", "wa"))"#, "{}", r#"{"k":true}"#],
);
converter!(
    HAS_SUFFIX,
    "HasSuffix",
    [TEXT, Param::of("suffix", Kind::Text)],
    |args| {
        let suffix = args.text(1)?;
        Ok(Value::Bool(args.text(0)?.ends_with(&*suffix)))
    },
    [r#"set(attributes["k"], HasSuffix("warm", "wa"))"#, "{}", r#"{"k":false}"#],
);
converter!(
    SPLIT,
    "Split",
    [TEXT, Param::of("delimiter", Kind::LiteralText)],
    split,
    [r#"set(attributes["k"], Split("a,b", ","))"#, "{}", r#"{"k":["a","b"]}"#],
    parts: true,
);
converter!(
    SUBSTRING,
    "Substring",
    [TEXT, Param::of("start", Kind::Int), Param::of("length", Kind::Int)],
    substring,
    [r#"set(attributes["k"], Substring("abcdef", 1, 3))"#, "{}", r#"{"k":"bcd"}"#],
    parts: true,
);
converter!(
    TRIM,
    "Trim",
    [TEXT, Param::optional("replacement", Kind::LiteralText)],
    |args| {
        let characters = args.text_or(1, " ")?;
        let strip = |c: char| characters.contains(c);
        Ok(Value::String(part(args.whole_text(0)?, |text| text.trim_matches(strip))))
    },
    [r#"set(attributes["k"], Trim("  a "))"#, "{}", r#"{"k":"a"}"#],
    parts: true,
);
converter!(
    TRIM_PREFIX,
    "TrimPrefix",
    [TEXT, Param::of("prefix", Kind::Text)],
    |args| {
        let prefix = args.text(1)?;
        let text = args.whole_text(0)?;
        Ok(Value::String(part(text, |text| text.strip_prefix(&*prefix).unwrap_or(text))))
    },
    [r#"set(attributes["k"], TrimPrefix("v1.2", "v"))"#, "{}", r#"{"k":"1.2"}"#],
    parts: true,
);
converter!(
    TRIM_SUFFIX,
    "TrimSuffix",
    [TEXT, Param::of("suffix", Kind::Text)],
    |args| {
        let suffix = args.text(1)?;
        let text = args.whole_text(0)?;
        Ok(Value::String(part(text, |text| text.strip_suffix(&*suffix).unwrap_or(text))))
    },
    [r#"set(attributes["k"], TrimSuffix("a.log", ".log"))"#, "{}", r#"{"k":"a"}"#],
    parts: true,
);

/// A part of a text, which is copied only where the text is about to go.
fn part(text: Cow<'_, str>, of: impl FnOnce(&str) -> &str) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(of(text)),
        Cow::Owned(text) => Cow::Owned(of(&text).to_owned()),
    }
}

fn concat<'v>(args: &mut Args<'_, 'v>) -> Eval<Value<'v>> {
    let delimiter = args.text(1)?;
    let mut out = String::with_capacity(CONCAT_CAPACITY);
    let mut any = false;
    args.each(0, &mut |value| {
        if any {
            out.push_str(&delimiter);
        }
        any = true;
        if !put_string_like(value, &mut out)? {
            out.push_str("<nil>");
        }
        if out.len() > MAX_BYTES { failed("Concat", "the text would be too long") } else { Ok(()) }
    })?;
    Ok(Value::string(out))
}

fn split<'v>(args: &mut Args<'_, 'v>) -> Eval<Value<'v>> {
    let delimiter = args.text(1)?;
    let text = args.whole_text(0)?;
    let pieces: Vec<AnyValue<'v>> = match text {
        _ if delimiter.is_empty() => text.chars().map(|c| AnyValue::from(c.to_string())).collect(),
        Cow::Borrowed(text) => pieces(text, &delimiter, AnyValue::from),
        Cow::Owned(text) => pieces(&text, &delimiter, |piece| AnyValue::from(piece.to_owned())),
    };
    Ok(Value::List(List::owned(pieces)))
}

/// The parts of a text between delimiters, which are mostly single characters.
fn pieces<'t, 'v>(text: &'t str, delimiter: &str, of: impl Fn(&'t str) -> AnyValue<'v>) -> Vec<AnyValue<'v>> {
    let mut characters = delimiter.chars();
    match (characters.next(), characters.next()) {
        (Some(single), None) => text.split(single).map(of).collect(),
        _ => text.split(delimiter).map(of).collect(),
    }
}

/// Counts in bytes; a character that is cut becomes the replacement character.
fn substring<'v>(args: &mut Args<'_, 'v>) -> Eval<Value<'v>> {
    let (start, length) = (args.int(1)?, args.int(2)?);
    let text = args.whole_text(0)?;
    let (Ok(start), Ok(length)) = (usize::try_from(start), usize::try_from(length)) else {
        return failed("Substring", "start cannot be negative, and length must be above 0");
    };
    if length == 0 {
        return failed("Substring", "length must be above 0");
    }
    let range = start..start.saturating_add(length);
    match text.as_bytes().get(range.clone()) {
        Some(_) if text.get(range.clone()).is_some() => {
            Ok(Value::String(part(text, |text| text.get(range).unwrap_or_default())))
        }
        Some(bytes) => Ok(Value::string(String::from_utf8_lossy(bytes).into_owned())),
        None => failed("Substring", "the range is outside of the string"),
    }
}
