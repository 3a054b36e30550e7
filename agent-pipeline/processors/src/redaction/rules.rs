//! The rules, compiled: what becomes of an attribute.

use std::borrow::Cow;
use std::collections::HashSet;

use agent_component::BuildError;
use agent_otlp::{AnyValue, Attributes};
use agent_ottl::pattern;
use regex::{Captures, Regex};

use super::Config;
use super::mask::Mask;
use super::summary::{self, Summary, Tallies};
use crate::value::as_text;

/// See the file's head.
#[derive(Debug)]
pub(super) struct Rules {
    allow_all: bool,
    allowed: HashSet<String>,
    ignored: HashSet<String>,
    ignored_patterns: Vec<Regex>,
    blocked_keys: Vec<Regex>,
    blocked_values: Vec<Regex>,
    allowed_values: Vec<Regex>,
    all_types: bool,
    mask: Mask,
    /// Every line of a text.
    lines: Regex,
    summary: Summary,
}

/// What the rules say about a key alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Ignore,
    Remove,
    Look,
}

impl Rules {
    pub(super) fn build(config: &Config) -> Result<Self, BuildError> {
        let mut lists = config.patterns().into_iter().map(|(field, _, patterns)| compile(field, patterns));
        let mut list = || lists.next().unwrap_or_else(|| Ok(Vec::new()));
        let (ignored_patterns, blocked_values, blocked_keys, allowed_values) =
            (list()?, list()?, list()?, list()?);
        let own = summary::OWN_KEYS.into_iter().map(str::to_owned);
        let lines = pattern::compile(".*").map_err(|error| BuildError::new("", error.to_string()))?;
        Ok(Self {
            allow_all: config.allow_all_keys,
            allowed: config.allowed_keys.iter().cloned().chain(own).collect(),
            ignored: config.ignored_keys.iter().cloned().collect(),
            ignored_patterns,
            blocked_keys,
            blocked_values,
            allowed_values,
            all_types: config.redact_all_types,
            mask: Mask::parse(&config.hash_function).unwrap_or(Mask::Stars),
            lines,
            summary: Summary::parse(&config.summary),
        })
    }

    pub(super) fn summary(&self) -> Summary {
        self.summary
    }

    /// Applies the rules to one list of attributes, and leaves the summary in it.
    pub(super) fn apply(&self, attributes: &mut Attributes<'_>) {
        let mut tallies = Tallies::new(self.summary);
        if !self.allow_all {
            attributes.retain_keys(|key| {
                let keep = self.fate(key) != Fate::Remove;
                if !keep {
                    tallies.redacted.add(|| key.to_owned());
                }
                keep
            });
        }
        if self.looks_at_values() {
            attributes.update_each(|key, value| self.attribute(key, value, &mut tallies));
        }
        tallies.write(attributes, &summary::OF_ATTRIBUTES);
    }

    /// Whether anything but the keys to be removed counts.
    fn looks_at_values(&self) -> bool {
        self.summary != Summary::Silent || !(self.blocked_keys.is_empty() && self.blocked_values.is_empty())
    }

    /// Returns whether the value was changed.
    fn attribute(&self, key: &str, value: &mut AnyValue<'_>, tallies: &mut Tallies) -> bool {
        if self.fate(key) == Fate::Ignore {
            tallies.ignored.add(|| key.to_owned());
            return false;
        }
        let text =
            if self.all_types { as_text(value) } else { Cow::Borrowed(value.as_str().unwrap_or_default()) };
        if self.allows_value(&text) {
            tallies.allowed.add(|| key.to_owned());
            return false;
        }
        let masked =
            if self.masks_key(key) { Some(self.mask_whole(&text)) } else { self.mask_matches(&text) };
        let Some(masked) = masked else { return false };
        tallies.masked.add(|| key.to_owned());
        *value = masked.into();
        true
    }

    /// What the rules say about a key without looking at its value.
    pub(super) fn fate(&self, key: &str) -> Fate {
        if self.ignored.contains(key) || any(&self.ignored_patterns, key) {
            Fate::Ignore
        } else if self.allow_all || self.allowed.contains(key) {
            Fate::Look
        } else {
            Fate::Remove
        }
    }

    /// Whether the whole value under the key is masked.
    pub(super) fn masks_key(&self, key: &str) -> bool {
        any(&self.blocked_keys, key)
    }

    /// Whether the value stays whatever else the rules say.
    pub(super) fn allows_value(&self, text: &str) -> bool {
        any(&self.allowed_values, text)
    }

    /// Masks every line of a text; an empty text counts as one.
    pub(super) fn mask_whole(&self, text: &str) -> String {
        self.replace(&self.lines, text).into_owned()
    }

    /// Masks what is blocked; `None` when that changes nothing.
    pub(super) fn mask_matches(&self, text: &str) -> Option<String> {
        let mut masked = Cow::Borrowed(text);
        for pattern in &self.blocked_values {
            if let Cow::Owned(replaced) = self.replace(pattern, &masked) {
                masked = Cow::Owned(replaced);
            }
        }
        (masked != text).then(|| masked.into_owned())
    }

    fn replace<'t>(&self, pattern: &Regex, text: &'t str) -> Cow<'t, str> {
        pattern.replace_all(text, |found: &Captures<'_>| {
            self.mask.of(found.get(0).map_or("", |found| found.as_str()))
        })
    }
}

fn any(patterns: &[Regex], text: &str) -> bool {
    patterns.iter().any(|pattern| pattern.is_match(text))
}

fn compile(field: &str, patterns: &[String]) -> Result<Vec<Regex>, BuildError> {
    let compile = |(index, text): (usize, &String)| {
        pattern::compile(text)
            .map_err(|error| BuildError::new(format!("{field}[{index}]"), error.to_string()))
    };
    patterns.iter().enumerate().map(compile).collect()
}
