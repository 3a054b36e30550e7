//! What serde reports, kept in parts so that a value from the environment can be left out of the text.

use std::fmt::{self, Display};

use serde::de::{Error, Expected, Unexpected};

use crate::issues::{ConfigPath, Trail};

/// An error of one decode, located by the innermost value it passes through.
#[derive(Debug)]
pub(crate) struct DecodeError {
    pub(crate) path: Option<ConfigPath>,
    pub(crate) reason: Reason,
    pub(crate) suggestion: Option<String>,
}

#[derive(Debug)]
pub(crate) enum Reason {
    /// A null where a scalar belongs: the field takes its default. Not a problem.
    Null,
    /// A required field is not there.
    Missing(&'static str),
    /// A value that does not fit; what was given is apart, since it may have to stay hidden.
    Unfit {
        /// What fits.
        expected: String,
        /// What was given.
        got: String,
    },
    /// Any other problem, as a sentence.
    Text(String),
    /// The bound on work is reached.
    Exhausted,
}

impl DecodeError {
    pub(crate) fn of(reason: Reason) -> Self {
        Self { path: None, reason, suggestion: None }
    }

    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::of(Reason::Text(text.into()))
    }

    /// Places the error here unless it has a place already, which is then further inside.
    pub(crate) fn within(mut self, trail: &Trail<'_>) -> Self {
        if self.path.is_none() {
            self.path = Some(trail.to_path());
        }
        self
    }
}

impl Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reason {
            Reason::Null => f.write_str("nothing is given"),
            Reason::Missing(field) => write!(f, "{field:?} is required"),
            Reason::Unfit { expected, got } => write!(f, "expected {expected}, got {got}"),
            Reason::Text(text) => f.write_str(text),
            Reason::Exhausted => f.write_str("too many problems to find all of them"),
        }
    }
}

impl std::error::Error for DecodeError {}

impl Error for DecodeError {
    fn custom<T: Display>(message: T) -> Self {
        Self::text(message.to_string())
    }

    fn invalid_type(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let (expected, got) = (readable(&expected.to_string()), described(unexpected));
        Self::of(Reason::Unfit { expected, got })
    }

    fn invalid_value(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid_type(unexpected, expected)
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        Self::text(format!("expected {}, got {length} elements", readable(&expected.to_string())))
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        let names = expected.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let mut error = Self::text(format!("unknown value {variant:?}, expected one of {names}"));
        error.suggestion = nearest(variant, expected.iter().copied());
        error
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        let mut error = Self::text(format!("unknown key {field:?}"));
        error.suggestion = nearest(field, expected.iter().copied());
        error
    }

    fn missing_field(field: &'static str) -> Self {
        Self::of(Reason::Missing(field))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::text(format!("duplicate key {field:?}"))
    }
}

/// Longer texts are cut: a message is for reading.
pub(crate) fn clipped(text: &str) -> String {
    const LONGEST: usize = 80;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// A finished message with each quoted text cut. Only after secrets are hidden: half of one could not be found.
pub(crate) fn with_clipped_quotes(message: &str) -> String {
    let part = |(index, part): (usize, &str)| if index % 2 == 1 { clipped(part) } else { part.to_owned() };
    message.split('"').enumerate().map(part).collect::<Vec<_>>().join("\"")
}

fn described(unexpected: Unexpected<'_>) -> String {
    match unexpected {
        Unexpected::Bool(value) => format!("boolean {value}"),
        Unexpected::Unsigned(value) => format!("integer {value}"),
        Unexpected::Signed(value) => format!("integer {value}"),
        Unexpected::Float(value) => format!("number {value}"),
        Unexpected::Str(text) => format!("string {text:?}"),
        Unexpected::Unit | Unexpected::Option => "nothing".to_owned(),
        Unexpected::Seq => "a list".to_owned(),
        Unexpected::Map => "a map".to_owned(),
        other => other.to_string(),
    }
}

/// serde names Rust's types; a reader of YAML knows ranges.
fn readable(expected: &str) -> String {
    let range = |low: &str, high: &str| format!("an integer from {low} to {high}");
    match expected {
        "u8" => range("0", "255"),
        "u16" => range("0", "65535"),
        "u32" => range("0", "4294967295"),
        "u64" | "usize" => "an integer that is not negative".to_owned(),
        "i8" => range("-128", "127"),
        "i16" => range("-32768", "32767"),
        "i32" => range("-2147483648", "2147483647"),
        "i64" | "isize" => "an integer of at most 64 bits".to_owned(),
        "f32" | "f64" => "a number".to_owned(),
        _ if expected.contains("nonzero ") => "an integer above 0".to_owned(),
        _ if expected.starts_with("struct ") => "a map".to_owned(),
        _ => expected.to_owned(),
    }
}

/// The known word nearest to `word`, if it is near enough to be a slip.
pub(crate) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    const LONGEST: usize = 64;
    if word.len() > LONGEST {
        return None;
    }
    let folded = word.to_ascii_lowercase().replace('-', "_");
    known
        .map(|candidate| (strsim::damerau_levenshtein(&folded, &candidate.to_ascii_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= candidate.chars().count().max(3) / 3)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate.to_owned())
}
