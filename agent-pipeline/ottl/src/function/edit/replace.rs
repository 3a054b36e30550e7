//! Replacing texts: by regular expressions and globs, in one value or in a whole map.

use std::borrow::Cow;

use agent_otlp::AnyValue;
use regex::Regex;

use crate::context::{MapMut, Record};
use crate::error::{Eval, EvalError};
use crate::function::args::{Args, Prepared};
use crate::function::{Converter, Kind, Literals, Param};
use crate::text::Glob;
use crate::value::{MAX_BYTES, Value};

const TARGET: Param = Param::of("target", Kind::Target);
const REPLACEMENT: Param = Param::of("replacement", Kind::Text);
const FUNCTION: Param = Param::optional("function", Kind::Function);
const FORMAT: Param = Param::optional("replacement_format", Kind::Text);
const REGEX: Param = Param::of("regex_pattern", Kind::Text);
const GLOB: Param = Param::of("pattern", Kind::LiteralText);

editor!(
    REPLACE_ALL_MATCHES, "replace_all_matches", [TARGET, GLOB, REPLACEMENT, FUNCTION, FORMAT], replace_all_matches,
    [r#"replace_all_matches(attributes, "/user/*", "/user/{id}")"#, r#"{"a":"/user/7","b":"/x"}"#,
        r#"{"a":"/user/{id}","b":"/x"}"#],
    prepare: Some(|literals| one_placeholder(literals, 4).and_then(|()| literals.glob(1))),
);
editor!(
    REPLACE_ALL_PATTERNS, "replace_all_patterns",
    [TARGET, Param::of("mode", Kind::LiteralText), REGEX, REPLACEMENT, FUNCTION, FORMAT], replace_all_patterns,
    [r#"replace_all_patterns(attributes, "value", "(\\d+)-(\\d+)", "$2/$1")"#, r#"{"a":"1-2","b":"x"}"#,
        r#"{"a":"2/1","b":"x"}"#],
    prepare: Some(|literals| {
        match literals.text(1).unwrap_or_default() {
            "key" | "value" => one_placeholder(literals, 5).and_then(|()| literals.pattern(2)),
            other => Err(format!("invalid mode {other}, must be either 'key' or 'value'")),
        }
    }),
);
editor!(
    REPLACE_MATCH, "replace_match", [TARGET, GLOB, REPLACEMENT, FUNCTION, FORMAT], replace_match,
    [r#"replace_match(attributes["a"], "*.internal", "host")"#, r#"{"a":"db.internal"}"#, r#"{"a":"host"}"#],
    prepare: Some(|literals| one_placeholder(literals, 4).and_then(|()| literals.glob(1))),
);
editor!(
    REPLACE_PATTERN, "replace_pattern", [TARGET, REGEX, REPLACEMENT, FUNCTION, FORMAT], replace_pattern,
    [r#"replace_pattern(attributes["a"], "pin=\\d+", "pin=***")"#, r#"{"a":"x pin=12"}"#, r#"{"a":"x pin=***"}"#],
    prepare: Some(|literals| one_placeholder(literals, 4).and_then(|()| literals.pattern(1))),
);

fn one_placeholder(literals: &Literals<'_>, index: usize) -> Result<(), String> {
    match literals.text(index) {
        Some(format) if !is_format(format) => Err(ONE_PLACEHOLDER.to_owned()),
        _ => Ok(()),
    }
}

const ONE_PLACEHOLDER: &str = "the replacement format must contain one `%s` and no other format specifier";

fn is_format(text: &str) -> bool {
    text.matches('%').count() == 1 && text.contains("%s")
}

/// What stands for a match.
struct Replacement<'p> {
    text: Cow<'p, str>,
    function: Option<&'static Converter>,
    format: Option<Cow<'p, str>>,
}

impl<'x> Replacement<'x> {
    fn of<'p: 'x, 'v: 'x>(args: &mut Args<'p, 'v>, first: usize) -> Eval<Self> {
        let function = args.function(first + 1);
        let format = args.look(first + 2).map(Value::text).transpose()?;
        Ok(Self { text: args.text(first)?, function, format })
    }

    /// The text for a whole value, or for one match of a pattern.
    fn apply(&self, text: String) -> Eval<String> {
        let Some(function) = self.function else { return Ok(text) };
        let made = match function.of_text(text)? {
            Value::String(made) => made.into_owned(),
            _ => return Err(EvalError::Limit("the replacement value must be a string")),
        };
        Ok(match &self.format {
            Some(format) if is_format(format) => format.replacen("%s", &made, 1),
            Some(_) => return Err(EvalError::Limit(ONE_PLACEHOLDER)),
            None => made,
        })
    }

    /// Every match replaced; `None` when there is none.
    fn all(&self, pattern: &Regex, text: &str) -> Eval<Option<String>> {
        if self.function.is_none() && !self.text.contains('$') {
            return self.all_plain(pattern, text);
        }
        let (mut out, mut expanded) = (String::new(), String::new());
        let (mut end, mut any) = (0, false);
        for captures in pattern.captures_iter(text) {
            let Some(found) = captures.get(0) else { continue };
            any = true;
            out.push_str(text.get(end..found.start()).unwrap_or_default());
            if self.function.is_some() {
                captures.expand(&self.text, &mut expanded);
                out.push_str(&self.apply(std::mem::take(&mut expanded))?);
            } else {
                captures.expand(&self.text, &mut out);
            }
            end = found.end();
            if out.len() > MAX_BYTES {
                return Err(EvalError::Limit("the text would be too long"));
            }
        }
        if !any {
            return Ok(None);
        }
        out.push_str(text.get(end..).unwrap_or_default());
        Ok(Some(out))
    }

    /// The same where the replacement is just a text: groups need not be found.
    fn all_plain(&self, pattern: &Regex, text: &str) -> Eval<Option<String>> {
        let mut matches = pattern.find_iter(text).peekable();
        if matches.peek().is_none() {
            return Ok(None);
        }
        let mut out = String::with_capacity(text.len() + self.text.len());
        let mut end = 0;
        for found in matches {
            out.push_str(text.get(end..found.start()).unwrap_or_default());
            out.push_str(&self.text);
            end = found.end();
            if out.len() > MAX_BYTES {
                return Err(EvalError::Limit("the text would be too long"));
            }
        }
        out.push_str(text.get(end..).unwrap_or_default());
        Ok(Some(out))
    }

    /// The text for a value that matches as a whole.
    fn whole(&self) -> Eval<String> {
        self.apply(self.text.clone().into_owned())
    }
}

fn replace_pattern(args: &mut Args<'_, '_>, record: &mut dyn Record<'_>) -> Eval<()> {
    let pattern = args.pattern(1)?;
    let replacement = Replacement::of(args, 2)?;
    let target = args.target(0)?;
    let replaced = match target.get(&*record)? {
        Value::String(text) => replacement.all(&pattern, &text)?,
        _ => None,
    };
    replaced.map_or(Ok(()), |text| target.set(record, Value::string(text)))
}

fn glob<'p>(args: &Args<'p, '_>) -> Eval<&'p Glob> {
    match args.prepared {
        Prepared::Glob(glob) => Ok(glob),
        _ => Err(EvalError::Limit("there is no pattern")),
    }
}

fn replace_match(args: &mut Args<'_, '_>, record: &mut dyn Record<'_>) -> Eval<()> {
    let glob = glob(args)?;
    let replacement = Replacement::of(args, 2)?;
    let target = args.target(0)?;
    let matches = matches!(target.get(&*record)?, Value::String(text) if glob.matches(&text));
    if matches { target.set(record, Value::string(replacement.whole()?)) } else { Ok(()) }
}

fn replace_all_matches(args: &mut Args<'_, '_>, record: &mut dyn Record<'_>) -> Eval<()> {
    let glob = glob(args)?;
    let replacement = Replacement::of(args, 2)?;
    each_text(args, record, &mut |text| {
        if glob.matches(text) { replacement.whole().map(Some) } else { Ok(None) }
    })
}

/// Visits every text of a map; the first error is reported after all were visited.
fn each_text(
    args: &mut Args<'_, '_>,
    record: &mut dyn Record<'_>,
    f: &mut dyn FnMut(&str) -> Eval<Option<String>>,
) -> Eval<()> {
    args.target(0)?.edit_map(record, &mut |map: &mut dyn MapMut<'_>| {
        let mut outcome = Ok(());
        map.update_values(&mut |_, value| match f(value.as_str()?) {
            Ok(new) => new.map(AnyValue::from),
            Err(error) => {
                outcome = Err(error);
                None
            }
        });
        outcome
    })
}

fn replace_all_patterns(args: &mut Args<'_, '_>, record: &mut dyn Record<'_>) -> Eval<()> {
    let mode = args.text(1)?;
    let pattern = args.pattern(2)?;
    let replacement = Replacement::of(args, 3)?;
    if mode == "value" {
        return each_text(args, record, &mut |text| replacement.all(&pattern, text));
    }
    args.target(0)?.edit_map(record, &mut |map: &mut dyn MapMut<'_>| {
        let mut any = false;
        map.retain(&mut |key| {
            any |= pattern.is_match(key);
            true
        });
        if !any {
            return Ok(());
        }
        let mut renamed: Vec<(Cow<'static, str>, AnyValue<'static>)> = Vec::with_capacity(map.len());
        for (key, value) in map.members() {
            let key = replacement.all(&pattern, &key)?.map_or(key, Cow::Owned);
            match renamed.iter_mut().find(|(name, _)| *name == key) {
                Some((_, old)) => *old = value,
                None => renamed.push((key, value)),
            }
        }
        map.replace(renamed);
        Ok(())
    })
}
