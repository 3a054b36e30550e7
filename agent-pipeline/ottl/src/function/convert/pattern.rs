//! Regular expressions and grok.

use std::borrow::Cow;

use agent_otlp::AnyValue;
use regex::Regex;

use crate::context::Members;
use crate::error::Eval;
use crate::function::args::{Args, Prepared};
use crate::function::{Kind, Literals, Param, failed};
use crate::text::Grok;
use crate::value::{Map, Value};

converter!(
    EXTRACT_GROK_PATTERNS, "ExtractGrokPatterns", [
        Param::of("target", Kind::Text),
        Param::of("pattern", Kind::LiteralText),
        Param::optional("named_captures_only", Kind::LiteralBool),
        Param::optional("pattern_definitions", Kind::LiteralTexts),
    ], extract_grok,
    [r#"set(attributes["k"], ExtractGrokPatterns("GET 200", "%{WORD:verb} %{INT:code:int}", true))"#, "{}",
        r#"{"k":{"verb":"GET","code":200}}"#],
    prepare: Some(compile_grok),
);
converter!(
    EXTRACT_PATTERNS, "ExtractPatterns", [Param::of("target", Kind::Text), Param::of("pattern", Kind::Text)],
    extract_patterns,
    [r#"set(attributes["k"], ExtractPatterns("a=1", "(?P<key>\\w)=(?P<value>\\d)"))"#, "{}",
        r#"{"k":{"key":"a","value":"1"}}"#],
    prepare: Some(named_groups),
    parts: true,
);
converter!(
    IS_MATCH, "IsMatch", [Param::of("target", Kind::TextLike), Param::of("pattern", Kind::Text)], is_match,
    [r#"set(attributes["k"], IsMatch("kb17", "^kb\\d+"))"#, "{}", r#"{"k":true}"#],
    prepare: Some(|literals| literals.pattern(1)),
);

fn is_match<'v>(args: &mut Args<'_, 'v>) -> Eval<Value<'v>> {
    let pattern = args.pattern(1)?;
    let Some(Value::String(text)) = args.look(0) else { return Ok(Value::Bool(false)) };
    Ok(Value::Bool(pattern.is_match(&text)))
}

fn named_groups(literals: &Literals<'_>) -> Result<Prepared, String> {
    let prepared = literals.pattern(1)?;
    match &prepared {
        Prepared::Pattern(regex) if regex.capture_names().flatten().next().is_none() => {
            Err("at least 1 named capture group must be supplied in the given regex".to_owned())
        }
        _ => Ok(prepared),
    }
}

fn extract_patterns<'v>(args: &mut Args<'_, 'v>) -> Eval<Value<'v>> {
    let pattern = args.pattern(1)?;
    let text = args.whole_text(0)?;
    if pattern.capture_names().flatten().next().is_none() {
        return failed(
            "ExtractPatterns",
            "at least 1 named capture group must be supplied in the given regex",
        );
    }
    Ok(Value::Map(match text {
        Cow::Borrowed(text) => Map::owned(groups(&pattern, text)),
        Cow::Owned(text) => Map::owned(groups(&pattern, &text)).into_owned(),
    }))
}

/// What the named groups of the first match hold.
fn groups<'t>(pattern: &Regex, text: &'t str) -> Members<'t> {
    let Some(captures) = pattern.captures(text) else { return Vec::new() };
    let names = pattern.capture_names().enumerate();
    let member = |(index, name): (usize, Option<&str>)| {
        let found = captures.get(index).map_or("", |found| found.as_str());
        Some((Cow::Owned(name?.to_owned()), AnyValue::from(found)))
    };
    names.filter_map(member).collect()
}

fn compile_grok(literals: &Literals<'_>) -> Result<Prepared, String> {
    let named_only = matches!(literals.value(2), Some(Value::Bool(true)));
    let definitions = literals.texts(3).unwrap_or_default();
    let grok = Grok::new(literals.text(1).unwrap_or_default(), named_only, &definitions)?;
    if !grok.has_fields() {
        return Err("at least 1 named capture group must be supplied in the given grok pattern".to_owned());
    }
    Ok(Prepared::Grok(Box::new(grok)))
}

fn extract_grok<'v>(args: &mut Args<'_, 'v>) -> Eval<Value<'v>> {
    let text = args.text(0)?;
    let Prepared::Grok(grok) = args.prepared else {
        return failed("ExtractGrokPatterns", "there is no pattern");
    };
    match grok.extract(&text) {
        Ok(members) => Ok(Value::Map(Map::owned(members))),
        Err(reason) => failed("ExtractGrokPatterns", reason),
    }
}
