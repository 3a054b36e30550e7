//! Putting texts together and taking them apart.

use std::borrow::Cow;

use crate::error::Eval;
use crate::function::args::Args;
use crate::function::{Kind, Param, failed};
use crate::text::format;
use crate::value::{List, MAX_BYTES, Value};

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
);
converter!(
    SUBSTRING,
    "Substring",
    [TEXT, Param::of("start", Kind::Int), Param::of("length", Kind::Int)],
    substring,
    [r#"set(attributes["k"], Substring("abcdef", 1, 3))"#, "{}", r#"{"k":"bcd"}"#],
);
converter!(
    TRIM,
    "Trim",
    [TEXT, Param::optional("replacement", Kind::LiteralText)],
    |args| {
        let characters = args.text_or(1, " ")?;
        let strip = |c: char| characters.contains(c);
        Ok(Value::String(match args.text(0)? {
            Cow::Borrowed(text) => Cow::Borrowed(text.trim_matches(strip)),
            Cow::Owned(text) => Cow::Owned(text.trim_matches(strip).to_owned()),
        }))
    },
    [r#"set(attributes["k"], Trim("  a "))"#, "{}", r#"{"k":"a"}"#],
);
converter!(
    TRIM_PREFIX,
    "TrimPrefix",
    [TEXT, Param::of("prefix", Kind::Text)],
    |args| {
        let prefix = args.text(1)?;
        let text = args.text(0)?;
        Ok(Value::string(text.strip_prefix(&*prefix).unwrap_or(&text).to_owned()))
    },
    [r#"set(attributes["k"], TrimPrefix("v1.2", "v"))"#, "{}", r#"{"k":"1.2"}"#],
);
converter!(
    TRIM_SUFFIX,
    "TrimSuffix",
    [TEXT, Param::of("suffix", Kind::Text)],
    |args| {
        let suffix = args.text(1)?;
        let text = args.text(0)?;
        Ok(Value::string(text.strip_suffix(&*suffix).unwrap_or(&text).to_owned()))
    },
    [r#"set(attributes["k"], TrimSuffix("a.log", ".log"))"#, "{}", r#"{"k":"a"}"#],
);

fn concat<'v>(args: &mut Args<'v>) -> Eval<Value<'v>> {
    let delimiter = args.text(1)?;
    let mut out = String::new();
    for (index, value) in args.many(0).into_iter().enumerate() {
        if index > 0 {
            out.push_str(&delimiter);
        }
        match value {
            Value::String(text) => out.push_str(&text),
            _ => out.push_str("<nil>"),
        }
        if out.len() > MAX_BYTES {
            return failed("Concat", "the text would be too long");
        }
    }
    Ok(Value::string(out))
}

fn split<'v>(args: &mut Args<'v>) -> Eval<Value<'v>> {
    let delimiter = args.text(1)?;
    let text = args.text(0)?;
    let pieces: Vec<Cow<'v, str>> = if delimiter.is_empty() {
        text.chars().map(|c| Cow::Owned(c.to_string())).collect()
    } else {
        match text {
            Cow::Borrowed(text) => text.split(&*delimiter).map(Cow::Borrowed).collect(),
            Cow::Owned(text) => text.split(&*delimiter).map(|piece| Cow::Owned(piece.to_owned())).collect(),
        }
    };
    Ok(Value::List(List::of_texts(pieces.into_iter())))
}

/// Counts in bytes; a character that is cut becomes the replacement character.
fn substring<'v>(args: &mut Args<'v>) -> Eval<Value<'v>> {
    let (start, length) = (args.int(1)?, args.int(2)?);
    let text = args.text(0)?;
    let (Ok(start), Ok(length)) = (usize::try_from(start), usize::try_from(length)) else {
        return failed("Substring", "start cannot be negative, and length must be above 0");
    };
    if length == 0 {
        return failed("Substring", "length must be above 0");
    }
    let bytes = start.checked_add(length).and_then(|end| text.as_bytes().get(start..end));
    match bytes {
        Some(bytes) => Ok(Value::string(String::from_utf8_lossy(bytes).into_owned())),
        None => failed("Substring", "the range is outside of the string"),
    }
}
