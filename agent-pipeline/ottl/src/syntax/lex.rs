//! Text to tokens.
//!
//! Names are one token here; whether one is a path segment, an editor, a converter or an enum is decided by the
//! parser, by its first letter and what follows.

use super::ast::Comparison;
use super::unquote::unquote;
use crate::error::Fault;

/// One token.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    Bytes(Vec<u8>),
    Float(f64),
    Int(i64),
    String(String),
    /// A name or keyword.
    Name(String),
    Compare(Comparison),
    /// One of `+ - * / = ( ) { } : , . [ ]`.
    Sign(char),
}

/// A token and where it begins.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) at: usize,
    pub(super) kind: Kind,
}

impl Kind {
    /// The token in the words of an error.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Bytes(_) => "bytes".to_owned(),
            Self::Float(number) => format!("number {number}"),
            Self::Int(number) => format!("number {number}"),
            Self::String(text) => format!("string {text:?}"),
            Self::Name(name) => format!("`{name}`"),
            Self::Compare(_) => "comparison".to_owned(),
            Self::Sign(sign) => format!("`{sign}`"),
        }
    }
}

/// Splits a text into tokens.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, Fault> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let trimmed = rest.trim_start();
        at += rest.len() - trimmed.len();
        if trimmed.is_empty() {
            break;
        }
        let (kind, len) = token(trimmed, at)?;
        out.push(Token { at, kind });
        at += len;
    }
    Ok(out)
}

/// The token at the start of `rest` and its length in bytes.
fn token(rest: &str, at: usize) -> Result<(Kind, usize), Fault> {
    if rest.starts_with('"') {
        let (text, len) = unquote(rest).map_err(|(offset, reason)| Fault::at(at + offset, syntax(reason)))?;
        return Ok((Kind::String(text), len));
    }
    if let Some(hex) = rest.strip_prefix("0x") {
        return bytes(hex, at);
    }
    if let Some(found) = number(rest, at) {
        return found;
    }
    if let Some(found) = comparison(rest) {
        return Ok(found);
    }
    let name = run(rest, |c| c.is_ascii_alphanumeric() || c == '_');
    if !name.is_empty() && name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return Ok((Kind::Name(name.to_owned()), name.len()));
    }
    match rest.chars().next() {
        Some(sign) if "+-*/=(){}:,.[]".contains(sign) => Ok((Kind::Sign(sign), 1)),
        Some('\'') => Err(Fault::at(at, syntax("strings stand in double quotes"))),
        Some(other) => Err(Fault::at(at, syntax(&format!("unexpected character {other:?}")))),
        None => Err(Fault::at(at, syntax("unexpected end"))),
    }
}

/// The words every syntax error begins with.
pub(super) fn syntax(reason: &str) -> String {
    format!("invalid syntax: {reason}")
}

fn run(text: &str, mut belongs: impl FnMut(char) -> bool) -> &str {
    let end = text.find(|c: char| !belongs(c)).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

fn bytes(hex: &str, at: usize) -> Result<(Kind, usize), Fault> {
    let digits = run(hex, |c| c.is_ascii_hexdigit());
    if digits.is_empty() || !digits.len().is_multiple_of(2) {
        return Err(Fault::at(at, syntax("bytes need an even number of hexadecimal digits")));
    }
    let value = |pair: &[u8]| {
        let text = std::str::from_utf8(pair).unwrap_or_default();
        u8::from_str_radix(text, 16).unwrap_or_default()
    };
    let content = digits.as_bytes().chunks(2).map(value).collect();
    Ok((Kind::Bytes(content), 2 + digits.len()))
}

/// An integer or a float; `1e3` is an integer followed by a name, as in the Collector.
fn number(rest: &str, at: usize) -> Option<Result<(Kind, usize), Fault>> {
    let whole = run(rest, |c| c.is_ascii_digit());
    let after = rest.get(whole.len()..)?;
    let Some(fraction) = after.strip_prefix('.') else {
        if whole.is_empty() {
            return None;
        }
        let parsed = whole.parse().map(|number| (Kind::Int(number), whole.len()));
        return Some(parsed.map_err(|_| Fault::at(at, syntax("the integer does not fit into 64 bits"))));
    };
    let digits = run(fraction, |c| c.is_ascii_digit());
    if whole.is_empty() && digits.is_empty() {
        return None;
    }
    let mut len = whole.len() + 1 + digits.len();
    len += exponent(rest.get(len..)?);
    let parsed = rest.get(..len)?.parse().map(|number| (Kind::Float(number), len));
    Some(parsed.map_err(|_| Fault::at(at, syntax("not a number"))))
}

/// The length of an exponent, 0 when there is none.
fn exponent(rest: &str) -> usize {
    let Some(after) = rest.strip_prefix(['e', 'E']) else { return 0 };
    let unsigned = after.strip_prefix(['+', '-']).unwrap_or(after);
    let digits = run(unsigned, |c| c.is_ascii_digit()).len();
    if digits == 0 { 0 } else { 1 + after.len() - unsigned.len() + digits }
}

fn comparison(rest: &str) -> Option<(Kind, usize)> {
    let found = [
        ("==", Comparison::Equal),
        ("!=", Comparison::NotEqual),
        (">=", Comparison::GreaterOrEqual),
        ("<=", Comparison::LessOrEqual),
        (">", Comparison::Greater),
        ("<", Comparison::Less),
    ];
    let (sign, op) = found.into_iter().find(|(sign, _)| rest.starts_with(sign))?;
    Some((Kind::Compare(op), sign.len()))
}
