//! A promise, what was found, and whether it holds.

use std::fmt;

use serde_json::{Value, json};

/// What is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Judgement {
    /// It holds.
    Met,
    /// It does not.
    Missed,
    /// It is shown and does not count: a build without optimisation has no say in it.
    Shown,
}

/// A line of the result.
#[derive(Debug)]
pub(crate) struct Verdict {
    what: String,
    found: String,
    limit: String,
    judgement: Judgement,
}

impl Verdict {
    /// A count that has to be zero; `words` say more about it if it is not.
    pub(crate) fn none(what: &str, count: u64, words: Option<String>) -> Self {
        let found = match words.filter(|words| count > 0 && !words.is_empty()) {
            Some(words) => format!("{count} ({words})"),
            None => count.to_string(),
        };
        Self::new(what, found, "0", count == 0)
    }

    /// A figure with a limit and their unit.
    pub(crate) fn at_most(what: &str, found: f64, limit: f64, unit: &str) -> Self {
        let met = found <= limit;
        Self::new(what, format!("{found:.1} {unit}"), &format!("<= {limit:.1} {unit}"), met)
    }

    /// A figure that should not be smaller.
    pub(crate) fn at_least(what: &str, found: f64, limit: f64) -> Self {
        Self::new(what, format!("{found:.1}"), &format!(">= {limit:.1}"), found >= limit)
    }

    /// Something that is so or is not.
    pub(crate) fn holds(what: &str, found: impl Into<String>, met: bool) -> Self {
        Self::new(what, found.into(), "", met)
    }

    fn new(what: &str, found: String, limit: &str, met: bool) -> Self {
        let judgement = if met { Judgement::Met } else { Judgement::Missed };
        Self { what: what.to_owned(), found, limit: limit.to_owned(), judgement }
    }

    /// The same, shown only, where `relaxed`.
    #[must_use]
    pub(crate) fn unless(mut self, relaxed: bool) -> Self {
        if relaxed && self.judgement == Judgement::Missed {
            self.judgement = Judgement::Shown;
        }
        self
    }

    /// The same, of a part of the run.
    #[must_use]
    pub(crate) fn of(mut self, part: &str) -> Self {
        self.what = format!("{part}: {}", self.what);
        self
    }

    /// Whether the run may pass with it.
    pub(crate) fn passes(&self) -> bool {
        self.judgement != Judgement::Missed
    }

    /// For the file of figures.
    pub(crate) fn json(&self) -> Value {
        json!({"what": self.what, "found": self.found, "limit": self.limit, "judgement": format!("{:?}", self.judgement)})
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = match self.judgement {
            Judgement::Met => "ok",
            Judgement::Missed => "MISSED",
            Judgement::Shown => "shown",
        };
        write!(out, "{mark:<8}{:<64}{}", self.what, self.found)?;
        if !self.limit.is_empty() && self.limit != "0" {
            write!(out, "  (target {})", self.limit)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_over_its_limit_is_missed_unless_it_is_only_shown() {
        let late = || Verdict::at_most("edit to active", 600.0, 500.0, "ms");
        assert!(!late().passes());
        assert!(late().unless(true).passes());
        assert!(Verdict::at_most("edit to active", 500.0, 500.0, "ms").passes());
        assert!(Verdict::none("lost", 0, None).passes());
        let lost = Verdict::none("lost", 2, Some("7 and 8".to_owned()));
        assert!(!lost.passes() && lost.to_string().contains("2 (7 and 8)"), "{lost}");
    }
}
