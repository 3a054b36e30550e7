//! Go's `Sprintf`, for the values of statements.

mod verbs;

#[cfg(test)]
mod tests;

use crate::error::{Eval, EvalError};
use crate::value::Value;

/// The widest field and the finest precision, as in Go.
const MAX_WIDTH: i64 = 1_000_000;
/// The longest result, so that a width cannot fill the memory.
const MAX_LENGTH: usize = 1 << 20;

/// Flags, width and precision of one verb.
#[derive(Clone, Copy, Debug, Default)]
struct Spec {
    plus: bool,
    minus: bool,
    sharp: bool,
    space: bool,
    zero: bool,
    width: Option<usize>,
    precision: Option<usize>,
}

/// Formats values. What does not fit a verb is shown as Go shows it, never an error.
///
/// # Errors
/// The result would be too long.
pub(crate) fn format(text: &str, values: &[Value<'_>]) -> Eval<String> {
    let mut out = String::with_capacity(text.len() + 16);
    let mut input = Input(text);
    let mut next = 0;
    while let Some(before) = input.before_verb() {
        out.push_str(before);
        let spec = spec(&mut input, values, &mut next, &mut out);
        match input.next() {
            None => out.push_str("%!(NOVERB)"),
            Some('%') => out.push('%'),
            Some(verb) => {
                if let Some(value) = values.get(next) {
                    next += 1;
                    verbs::put(verb, spec, value, &mut out);
                } else {
                    out.push_str("%!");
                    out.push(verb);
                    out.push_str("(MISSING)");
                }
            }
        }
        if out.len() > MAX_LENGTH {
            return Err(EvalError::Limit("the formatted text is too long"));
        }
    }
    out.push_str(input.0);
    if let Some(extra) = values.get(next..).filter(|extra| !extra.is_empty()) {
        let shown = extra.iter().map(|value| verbs::with_type(value));
        out.extend(["%!(EXTRA ", &shown.collect::<Vec<_>>().join(", "), ")"]);
    }
    Ok(out)
}

/// What is left of a format.
struct Input<'t>(&'t str);

impl<'t> Input<'t> {
    /// The text before the next `%`, which is passed; `None` when there is no more.
    fn before_verb(&mut self) -> Option<&'t str> {
        let (before, after) = self.0.split_once('%')?;
        self.0 = after;
        Some(before)
    }

    fn next(&mut self) -> Option<char> {
        self.next_if(|_| true)
    }

    fn next_if(&mut self, wanted: impl FnOnce(char) -> bool) -> Option<char> {
        let mut rest = self.0.chars();
        let character = rest.next().filter(|character| wanted(*character))?;
        self.0 = rest.as_str();
        Some(character)
    }
}

fn spec(input: &mut Input<'_>, values: &[Value<'_>], next: &mut usize, out: &mut String) -> Spec {
    let mut spec = Spec::default();
    while let Some(flag) = input.next_if(|c| matches!(c, '+' | '-' | '#' | ' ' | '0')) {
        match flag {
            '+' => spec.plus = true,
            '-' => spec.minus = true,
            '#' => spec.sharp = true,
            ' ' => spec.space = true,
            _ => spec.zero = true,
        }
    }
    if let Some(width) = number(input, values, next, "WIDTH", out) {
        spec.minus |= width < 0;
        spec.width = usize::try_from(width.abs()).ok();
    }
    if input.next_if(|c| c == '.').is_some() {
        let precision = number(input, values, next, "PREC", out).unwrap_or_default();
        spec.precision = usize::try_from(precision).ok();
    }
    if spec.minus {
        spec.zero = false;
    }
    spec
}

/// A number, or `*` and the next value.
fn number(
    input: &mut Input<'_>,
    values: &[Value<'_>],
    next: &mut usize,
    what: &str,
    out: &mut String,
) -> Option<i64> {
    if input.next_if(|c| c == '*').is_some() {
        let value = values.get(*next);
        *next += usize::from(value.is_some());
        let found = value.and_then(|value| value.int().ok()).filter(|number| number.abs() <= MAX_WIDTH);
        if found.is_none() {
            out.extend(["%!(BAD", what, ")"]);
        }
        return found;
    }
    let mut number: Option<i64> = None;
    while let Some(digit) = input.next_if(|c| c.is_ascii_digit()).and_then(|c| c.to_digit(10)) {
        number = Some((number.unwrap_or_default() * 10 + i64::from(digit)).min(MAX_WIDTH));
    }
    number
}
