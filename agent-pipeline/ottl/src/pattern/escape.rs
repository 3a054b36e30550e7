//! Escapes: what follows a backslash, outside and inside of classes.

use std::fmt::Write;

use super::{Input, PatternError};

const DIGIT: &str = "0-9";
const SPACE: &str = r"\t\n\f\r ";
const WORD: &str = "0-9A-Za-z_";

/// The members of a Perl class in Go, and whether the letter means all others.
fn perl_class(letter: char) -> Option<(&'static str, bool)> {
    Some(match letter {
        'd' => (DIGIT, false),
        'D' => (DIGIT, true),
        's' => (SPACE, false),
        'S' => (SPACE, true),
        'w' => (WORD, false),
        'W' => (WORD, true),
        _ => return None,
    })
}

/// Rewrites one escape outside of classes; the backslash is already read.
pub(super) fn outside_class(input: &mut Input<'_>, out: &mut String) -> Result<(), PatternError> {
    let letter = next(input)?;
    match (perl_class(letter), letter) {
        (Some((members, negated)), _) => bracketed(members, negated, out),
        (None, 'b') => out.push_str(r"(?-u:\b)"),
        (None, _) => character(letter, input, out)?,
    }
    Ok(())
}

/// Rewrites one escape inside a class; the backslash is already read. Returns whether it stands for one character.
pub(super) fn inside_class(input: &mut Input<'_>, out: &mut String) -> Result<bool, PatternError> {
    let letter = next(input)?;
    match perl_class(letter) {
        Some((members, false)) => out.push_str(members),
        Some((members, true)) => bracketed(members, true, out),
        None => character(letter, input, out)?,
    }
    Ok(perl_class(letter).is_none() && !matches!(letter, 'p' | 'P'))
}

fn bracketed(members: &str, negated: bool, out: &mut String) {
    out.push_str(if negated { "[^" } else { "[" });
    out.push_str(members);
    out.push(']');
}

fn character(letter: char, input: &mut Input<'_>, out: &mut String) -> Result<(), PatternError> {
    match letter {
        'C' => return Err(PatternError(r"`\C` (a single byte) is not supported".to_owned())),
        '<' | '>' => out.push(letter),
        '0' => octal(0, input, out),
        '1'..='7' if input.peek().is_some_and(|next| ('0'..='7').contains(next)) => {
            octal(letter.to_digit(8).unwrap_or_default(), input, out);
        }
        _ => {
            out.push('\\');
            out.push(letter);
            if matches!(letter, 'p' | 'P' | 'x') && input.peek() == Some(&'{') {
                braced(input, out);
            }
        }
    }
    Ok(())
}

/// A name or number in braces, to be left as it is.
fn braced(input: &mut Input<'_>, out: &mut String) {
    for character in input.by_ref() {
        out.push(character);
        if character == '}' {
            break;
        }
    }
}

/// Up to two more octal digits after the first.
fn octal(first: u32, input: &mut Input<'_>, out: &mut String) {
    let mut value = first;
    for _ in 0..2 {
        let Some(digit) = input.peek().and_then(|next| next.to_digit(8)) else { break };
        value = value * 8 + digit;
        input.next();
    }
    // Writing to a string cannot fail.
    let _ = write!(out, r"\x{{{value:X}}}");
}

fn next(input: &mut Input<'_>) -> Result<char, PatternError> {
    input.next().ok_or_else(|| PatternError("trailing backslash at end of expression".to_owned()))
}
