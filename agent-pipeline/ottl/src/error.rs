//! What can be wrong with a statement before it runs, and what can go wrong while it does.

use std::fmt;

/// What kind of text an error is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A statement: an editor with an optional `where`.
    Statement,
    /// A condition alone.
    Condition,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Statement => "statement",
            Self::Condition => "condition",
        })
    }
}

/// A text that is no statement or condition of its context.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unable to parse OTTL {source_kind} {text:?}: {}{message}{}",
    place(text, *offset), suggestion.as_ref().map(|near| format!(", did you mean `{near}`?")).unwrap_or_default())]
pub struct ParseError {
    /// Statement or condition.
    pub source_kind: Source,
    /// Its place in the list that was given.
    pub index: usize,
    /// The whole text.
    pub text: String,
    /// Where in the text, in bytes; `None` when it is about the whole.
    pub offset: Option<usize>,
    /// What is wrong.
    pub message: String,
    /// The nearest name that exists.
    pub suggestion: Option<String>,
}

impl ParseError {
    /// Line and column of the place, both from 1, the column in characters.
    pub fn line_and_column(&self) -> Option<(usize, usize)> {
        self.offset.map(|offset| line_and_column(&self.text, offset))
    }
}

fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}

fn place(text: &str, offset: Option<usize>) -> String {
    offset.map_or_else(String::new, |offset| {
        let (line, column) = line_and_column(text, offset);
        format!("{line}:{column}: ")
    })
}

/// A mistake at a place of the text being compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) offset: Option<usize>,
    pub(crate) message: String,
    pub(crate) suggestion: Option<String>,
}

impl Fault {
    pub(crate) fn at(offset: usize, message: impl Into<String>) -> Self {
        Self { offset: Some(offset), message: message.into(), suggestion: None }
    }

    pub(crate) fn whole(message: impl Into<String>) -> Self {
        Self { offset: None, message: message.into(), suggestion: None }
    }

    /// Adds the candidate nearest to `name`, if one is near.
    pub(crate) fn suggest<'c>(mut self, name: &str, candidates: impl Iterator<Item = &'c str>) -> Self {
        let limit = (name.chars().count() / 3).clamp(1, 3);
        self.suggestion = candidates
            .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
            .filter(|(distance, _)| *distance <= limit)
            .min_by_key(|(distance, _)| *distance)
            .map(|(_, candidate)| candidate.to_owned());
        self
    }

    pub(crate) fn in_text(self, source_kind: Source, index: usize, text: &str) -> ParseError {
        let Self { offset, message, suggestion } = self;
        ParseError { source_kind, index, text: text.to_owned(), offset, message, suggestion }
    }
}

/// A statement or condition could not be carried out on one record. Holds nothing of the data but types and sizes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvalError {
    /// A value has a type that is of no use there.
    #[error("expected {expected} but got {found}")]
    Type {
        /// What could be used.
        expected: &'static str,
        /// What was there.
        found: &'static str,
    },
    /// A list has no such element.
    #[error("index {0} out of bounds")]
    Bounds(i64),
    /// The result of a converter has no such key.
    #[error("key not found in map")]
    NoKey,
    /// A value cannot be looked into.
    #[error("type {0} does not support {1} indexing")]
    NotIndexable(&'static str, &'static str),
    /// A division by zero.
    #[error("attempted to divide by 0")]
    DivideByZero,
    /// The path cannot be set, or not here.
    #[error("{0} cannot be set")]
    ReadOnly(&'static str),
    /// A value would nest deeper, or be larger, than the model holds.
    #[error("{0}")]
    Limit(&'static str),
    /// A function could not do its work.
    #[error("{function}: {reason}")]
    Function {
        /// Its name.
        function: &'static str,
        /// Why not.
        reason: String,
    },
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

pub(crate) type Eval<T> = Result<T, EvalError>;
