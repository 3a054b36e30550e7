//! Regular expressions as the Collector's configurations write them (Go's `regexp`, RE2 syntax), on the `regex` crate.
//!
//! Both engines run in linear time, but they read some patterns differently: in Go `\d`, `\w`, `\s`, `\b` mean ASCII,
//! a `{` that begins no repetition and a `[` in a class stand for themselves, `&&`, `--`, `~~` in a class are plain
//! characters, `\<` is `<`, and `\Q...\E` and `\123` exist. [`compile`] rewrites those. What is left different:
//! `\C` (a single byte) is refused, and `\B` looks at Unicode words.

mod class;
mod escape;

#[cfg(test)]
mod tests;

use std::iter::Peekable;
use std::str::Chars;

use regex::Regex;

/// The text is no pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PatternError(String);

type Input<'a> = Peekable<Chars<'a>>;

/// A Go pattern, ready to match anywhere in a text.
pub fn compile(pattern: &str) -> Result<Regex, PatternError> {
    Regex::new(&translate(pattern)?).map_err(|error| PatternError(reason(&error)))
}

/// The same for a pattern that comes from outside the configuration: refused when it needs more than `size` bytes.
pub fn compile_within(pattern: &str, size: usize) -> Result<Regex, PatternError> {
    let built = regex::RegexBuilder::new(&translate(pattern)?).size_limit(size).dfa_size_limit(size).build();
    built.map_err(|error| PatternError(reason(&error)))
}

/// The engine draws its complaint over several lines; the last one holds the words.
fn reason(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default();
    last.strip_prefix("error: ").unwrap_or(last).to_owned()
}

fn translate(pattern: &str) -> Result<String, PatternError> {
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut input = pattern.chars().peekable();
    while let Some(character) = input.next() {
        match character {
            '\\' if input.next_if_eq(&'Q').is_some() => quote(&mut input, &mut out),
            '\\' => escape::outside_class(&mut input, &mut out)?,
            '[' => class::class(&mut input, &mut out)?,
            '{' if !is_repetition(input.clone()) => out.push_str("\\{"),
            _ => out.push(character),
        }
    }
    Ok(out)
}

/// `\Q...\E`, or to the end of the pattern: all as it stands.
fn quote(input: &mut Input<'_>, out: &mut String) {
    let mut text = String::new();
    while let Some(character) = input.next() {
        if character == '\\' && input.next_if_eq(&'E').is_some() {
            break;
        }
        text.push(character);
    }
    out.push_str(&regex::escape(&text));
}

/// Whether `{` is followed by `3}`, `3,}` or `3,5}`.
fn is_repetition(mut rest: Input<'_>) -> bool {
    let mut digits = || {
        let mut any = false;
        while rest.next_if(char::is_ascii_digit).is_some() {
            any = true;
        }
        (any, rest.next())
    };
    match digits() {
        (true, Some('}')) => true,
        (true, Some(',')) => digits().1 == Some('}'),
        _ => false,
    }
}
