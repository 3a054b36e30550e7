//! Layouts as Go reads them: a reference time whose parts stand for fields.

use super::strptime::to_layout;

/// A field of a layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    LongMonth,
    Month,
    NumMonth,
    ZeroMonth,
    LongWeekday,
    Weekday,
    Day,
    UnderDay,
    ZeroDay,
    UnderYearDay,
    ZeroYearDay,
    Hour,
    Hour12,
    ZeroHour12,
    Minute,
    ZeroMinute,
    Second,
    ZeroSecond,
    LongYear,
    Year,
    UpperPm,
    LowerPm,
    Abbreviation,
    /// An offset: with `Z` for UTC or not, in one of the shapes.
    Offset {
        z: bool,
        shape: Shape,
    },
    /// A fraction with that many digits, trailing zeros cut or not, after this separator.
    Fraction {
        digits: usize,
        cut: bool,
        separator: char,
    },
}

/// How an offset is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Hours,
    HoursMinutes,
    HoursColonMinutes,
    Seconds,
    ColonSeconds,
}

/// A piece of a layout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Text(String),
    Field(Field),
}

/// A compiled time format.
#[derive(Debug)]
pub(crate) struct Layout {
    pub(super) pieces: Vec<Piece>,
    /// The format ends in `Z`, which makes UTC the zone of texts that name none.
    pub(super) utc: bool,
}

impl Layout {
    /// Compiles a format with strptime directives.
    ///
    /// # Errors
    /// A directive that does not exist.
    pub(crate) fn new(format: &str) -> Result<Self, String> {
        if format.is_empty() {
            return Err("the time format cannot be empty".to_owned());
        }
        Ok(Self { pieces: pieces(&to_layout(format)?), utc: format.ends_with('Z') })
    }
}

fn pieces(layout: &str) -> Vec<Piece> {
    let (mut out, mut text, mut rest) = (Vec::new(), String::new(), layout);
    while let Some(character) = rest.chars().next() {
        let found = field(rest);
        let (keep, len) = match found {
            // `_2006` is an underscore before a year.
            Some((Field::LongYear, 5)) => ("_", 5),
            Some((_, len)) => ("", len),
            None => (rest.get(..character.len_utf8()).unwrap_or_default(), character.len_utf8()),
        };
        text.push_str(keep);
        if let Some((field, _)) = found {
            if !text.is_empty() {
                out.push(Piece::Text(std::mem::take(&mut text)));
            }
            out.push(Piece::Field(field));
        }
        rest = rest.get(len..).unwrap_or_default();
    }
    if !text.is_empty() {
        out.push(Piece::Text(text));
    }
    out
}

const FIXED: [(&str, Field); 32] = [
    ("-07:00:00", Field::Offset { z: false, shape: Shape::ColonSeconds }),
    ("-070000", Field::Offset { z: false, shape: Shape::Seconds }),
    ("-07:00", Field::Offset { z: false, shape: Shape::HoursColonMinutes }),
    ("-0700", Field::Offset { z: false, shape: Shape::HoursMinutes }),
    ("-07", Field::Offset { z: false, shape: Shape::Hours }),
    ("Z07:00:00", Field::Offset { z: true, shape: Shape::ColonSeconds }),
    ("Z070000", Field::Offset { z: true, shape: Shape::Seconds }),
    ("Z07:00", Field::Offset { z: true, shape: Shape::HoursColonMinutes }),
    ("Z0700", Field::Offset { z: true, shape: Shape::HoursMinutes }),
    ("Z07", Field::Offset { z: true, shape: Shape::Hours }),
    ("January", Field::LongMonth),
    ("Monday", Field::LongWeekday),
    ("MST", Field::Abbreviation),
    ("002", Field::ZeroYearDay),
    ("01", Field::ZeroMonth),
    ("02", Field::ZeroDay),
    ("03", Field::ZeroHour12),
    ("04", Field::ZeroMinute),
    ("05", Field::ZeroSecond),
    ("06", Field::Year),
    ("15", Field::Hour),
    ("1", Field::NumMonth),
    ("2006", Field::LongYear),
    ("_2006", Field::LongYear),
    ("__2", Field::UnderYearDay),
    ("_2", Field::UnderDay),
    ("2", Field::Day),
    ("3", Field::Hour12),
    ("4", Field::Minute),
    ("5", Field::Second),
    ("PM", Field::UpperPm),
    ("pm", Field::LowerPm),
];

/// The field at the start of the text, and its length.
fn field(rest: &str) -> Option<(Field, usize)> {
    if let Some(found) = FIXED.iter().find(|(text, _)| rest.starts_with(text)) {
        return Some((found.1, found.0.len()));
    }
    for (name, field) in [("Jan", Field::Month), ("Mon", Field::Weekday)] {
        let after = rest.strip_prefix(name);
        if after.is_some_and(|after| !after.starts_with(|c: char| c.is_ascii_lowercase())) {
            return Some((field, 3));
        }
    }
    fraction(rest)
}

/// `.000` or `,999`, not followed by another digit.
fn fraction(rest: &str) -> Option<(Field, usize)> {
    let separator = rest.chars().next().filter(|c| matches!(c, '.' | ','))?;
    let digits = rest.get(1..)?;
    let digit = digits.chars().next().filter(|c| matches!(c, '0' | '9'))?;
    let after = digits.trim_start_matches(digit);
    if after.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let count = digits.len() - after.len();
    Some((Field::Fraction { digits: count, cut: digit == '9', separator }, count + 1))
}
