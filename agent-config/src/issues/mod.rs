//! What is wrong with a configuration: every problem, each with its path and its place in the text.
//!
//! This module only carries and prints problems; finding them is the work of `decode`, `document` and of the
//! components' own [`Validate`](crate::Validate). Problems are collected, not returned as the first `Err`, because a
//! person who edits a ConfigMap wants all of them in one go.

mod path;
#[cfg(test)]
mod tests;
mod trail;

use std::fmt;

pub use path::{ConfigPath, Segment};
pub(crate) use trail::Trail;

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Severity {
    /// The configuration cannot be used.
    Error,
    /// The configuration can be used, and probably does not do what was meant.
    Warning,
}

/// A place in the text of the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// One problem. Prints as ``path: message, did you mean `x`? (line 3, column 5)``.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// Whether the configuration can still be used.
    pub severity: Severity,
    /// Where in the document, in the Collector's form `processors::filter/noisy::logs[2]`; empty for the whole document.
    pub path: ConfigPath,
    /// Where in the text, when the problem has a place there.
    pub position: Option<Position>,
    /// What is wrong. Never holds a value that came from the environment.
    pub message: String,
    /// The word that was probably meant.
    pub suggestion: Option<String>,
}

impl Issue {
    /// An error at `path`, without a place in the text.
    pub fn error(path: ConfigPath, message: impl Into<String>) -> Self {
        Self { severity: Severity::Error, path, position: None, message: message.into(), suggestion: None }
    }

    /// A warning at `path`, without a place in the text.
    pub fn warning(path: ConfigPath, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(path, message) }
    }

    /// The same problem with its place in the text.
    #[must_use]
    pub fn at(mut self, position: Option<Position>) -> Self {
        self.position = position;
        self
    }

    /// The same problem with the word that was probably meant.
    #[must_use]
    pub fn did_you_mean(mut self, suggestion: Option<String>) -> Self {
        self.suggestion = suggestion;
        self
    }
}

impl fmt::Display for Issue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)?;
        if let Some(suggestion) = &self.suggestion {
            write!(f, ", did you mean `{suggestion}`?")?;
        }
        if let Some(position) = self.position {
            write!(f, " ({position})")?;
        }
        Ok(())
    }
}

/// All problems of one document, in the order of the text; problems without a place come last.
///
/// Prints one problem a line. Holds at most [`Issues::MAX`] problems, so that a hostile document cannot fill memory;
/// what exceeds that is counted and told in a last line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Issues {
    list: Vec<Issue>,
    left_out: usize,
    left_out_errors: bool,
}

impl Issues {
    /// The number of problems that are kept.
    pub const MAX: usize = 500;

    /// No problem yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a problem in its place. A problem that is already there is not added again.
    pub fn push(&mut self, issue: Issue) {
        let key = sort_key(&issue);
        let index = self.list.partition_point(|other| sort_key(other) <= key);
        let same_place = self.list.iter().take(index).rev().take_while(|other| sort_key(other) == key);
        if same_place.into_iter().any(|other| *other == issue) {
            return;
        }
        if self.list.len() >= Self::MAX {
            self.left_out += 1;
            self.left_out_errors |= issue.severity == Severity::Error;
            return;
        }
        self.list.insert(index, issue);
    }

    /// Adds all problems of `other`.
    pub fn extend(&mut self, other: Issues) {
        self.left_out += other.left_out;
        self.left_out_errors |= other.left_out_errors;
        for issue in other.list {
            self.push(issue);
        }
    }

    /// Whether one of the problems forbids using the configuration.
    pub fn has_errors(&self) -> bool {
        self.left_out_errors || self.errors().next().is_some()
    }

    /// The problems that forbid using the configuration.
    pub fn errors(&self) -> impl Iterator<Item = &Issue> {
        self.list.iter().filter(|issue| issue.severity == Severity::Error)
    }

    /// The problems that do not.
    pub fn warnings(&self) -> impl Iterator<Item = &Issue> {
        self.list.iter().filter(|issue| issue.severity == Severity::Warning)
    }

    /// All problems in the order of the text.
    pub fn iter(&self) -> std::slice::Iter<'_, Issue> {
        self.list.iter()
    }

    /// The number of problems kept.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is no problem at all.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}

fn sort_key(issue: &Issue) -> (bool, Option<Position>) {
    (issue.position.is_none(), issue.position)
}

impl<'a> IntoIterator for &'a Issues {
    type Item = &'a Issue;
    type IntoIter = std::slice::Iter<'a, Issue>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl From<Issue> for Issues {
    fn from(issue: Issue) -> Self {
        let mut issues = Self::new();
        issues.push(issue);
        issues
    }
}

impl fmt::Display for Issues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, issue) in self.list.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            if issue.severity == Severity::Warning {
                f.write_str("warning: ")?;
            }
            write!(f, "{issue}")?;
        }
        if self.left_out > 0 {
            write!(f, "\nand {} more", self.left_out)?;
        }
        Ok(())
    }
}

impl std::error::Error for Issues {}
