//! Bracketed classes: every member is written so that it can only be read as Go reads it.

use super::{Input, PatternError, escape};

/// Rewrites a class; its `[` is already read.
pub(super) fn class(input: &mut Input<'_>, out: &mut String) -> Result<(), PatternError> {
    out.push('[');
    if input.next_if_eq(&'^').is_some() {
        out.push('^');
    }
    let mut first = true;
    loop {
        match input.next() {
            None => return Err(PatternError("unclosed character class".to_owned())),
            Some(']') if !first => break,
            Some('[') if input.peek() == Some(&':') && posix(input, out) => {}
            Some(character) => {
                if member(character, input, out)? && is_range(input.clone()) {
                    input.next();
                    out.push('-');
                    let end = input.next().unwrap_or_default();
                    member(end, input, out)?;
                }
            }
        }
        first = false;
    }
    out.push(']');
    Ok(())
}

/// One member; returns whether it is one character, which can begin a range.
fn member(character: char, input: &mut Input<'_>, out: &mut String) -> Result<bool, PatternError> {
    if character == '\\' {
        return escape::inside_class(input, out);
    }
    if matches!(character, '[' | ']' | '&' | '~' | '-' | '^') {
        out.push('\\');
    }
    out.push(character);
    Ok(true)
}

/// Whether a `-` follows that has an end.
fn is_range(mut rest: Input<'_>) -> bool {
    rest.next() == Some('-') && !matches!(rest.next(), None | Some(']'))
}

/// `[:alpha:]`, the same in both syntaxes; the `[` is already read. Returns whether it was one.
fn posix(input: &mut Input<'_>, out: &mut String) -> bool {
    let mut rest = input.clone();
    rest.next();
    let mut name = String::new();
    while let Some(letter) = rest.next_if(|c| c.is_ascii_lowercase() || *c == '^') {
        name.push(letter);
    }
    if name.is_empty() || rest.next() != Some(':') || rest.next() != Some(']') {
        return false;
    }
    out.push_str("[:");
    out.push_str(&name);
    out.push_str(":]");
    *input = rest;
    true
}
