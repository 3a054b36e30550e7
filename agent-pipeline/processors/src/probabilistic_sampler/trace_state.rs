//! A W3C `tracestate` with OpenTelemetry's member `ot` taken apart.
//!
//! Strict, as the Collector is: one wrong character anywhere and nothing of it is believed.

use super::sampler::{Carried, Kept};
use super::threshold::{Randomness, Threshold};

const MAX_LEN: usize = 1024;
const MAX_MEMBERS: usize = 31;
const MAX_OT_LEN: usize = 256;

/// See the file's head.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct TraceState<'t> {
    randomness: Option<(Randomness, &'t str)>,
    threshold: Option<(Threshold, &'t str)>,
    /// What else is in `ot`.
    others: Vec<(&'t str, &'t str)>,
    /// The members of other vendors.
    vendors: Vec<(&'t str, &'t str)>,
}

impl<'t> TraceState<'t> {
    /// Takes a tracestate apart; `None` when it is malformed.
    pub(super) fn parse(text: &'t str) -> Option<Self> {
        let mut state = Self::default();
        if text.len() > MAX_LEN {
            return None;
        }
        if text.is_empty() {
            return Some(state);
        }
        for (index, member) in text.strip_suffix(',').unwrap_or(text).split(',').enumerate() {
            if index >= MAX_MEMBERS {
                return None;
            }
            let member = member.trim_matches([' ', '\t']);
            if member.is_empty() {
                continue;
            }
            let (key, value) = member.split_once('=')?;
            if !is_key(key) || !is_value(value) {
                return None;
            }
            if key == "ot" { state.own(value)? } else { state.vendors.push((key, value)) }
        }
        Some(state)
    }

    /// Takes the member `ot` apart; of two, the second counts.
    fn own(&mut self, text: &'t str) -> Option<()> {
        if text.len() > MAX_OT_LEN {
            return None;
        }
        (self.randomness, self.threshold) = (None, None);
        self.others.clear();
        for field in text.split(';') {
            let (key, value) = field.split_once(':')?;
            let simple = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
            if !key.starts_with(|c: char| c.is_ascii_lowercase()) || !key.chars().all(simple) {
                return None;
            }
            if !value.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-')) {
                return None;
            }
            match key {
                "rv" => self.randomness = Some((Randomness::parse(value)?, value)),
                "th" => self.threshold = Some((Threshold::parse(value)?, value)),
                _ => self.others.push((key, value)),
            }
        }
        Some(())
    }

    /// The sampling information in it.
    pub(super) fn carried(&self) -> Carried {
        Carried {
            randomness: self.randomness.map(|(randomness, _)| randomness),
            threshold: self.threshold.map(|(threshold, _)| threshold),
        }
    }

    /// The text after a decision: `ot` first, the others in their order.
    pub(super) fn text(&self, kept: &Kept) -> String {
        let randomness = kept.randomness.map(Randomness::text);
        let threshold = kept.threshold.map(Threshold::text);
        let randomness = randomness.as_deref().or(self.randomness.map(|(_, text)| text));
        let threshold = threshold.as_deref().or(self.threshold.map(|(_, text)| text));
        let fields = [("rv", randomness), ("th", threshold)].into_iter();
        let fields = fields.filter_map(|(key, value)| Some((key, value?))).chain(self.others.iter().copied());
        let own: Vec<_> = fields.map(|(key, value)| format!("{key}:{value}")).collect();
        let own = (!own.is_empty()).then(|| format!("ot={}", own.join(";")));
        let vendors = self.vendors.iter().map(|(key, value)| format!("{key}={value}"));
        own.into_iter().chain(vendors).collect::<Vec<_>>().join(",")
    }
}

fn is_key(key: &str) -> bool {
    let part = |text: &str, max: usize, first: fn(char) -> bool| {
        text.len() <= max && text.starts_with(first) && text.chars().all(is_key_character)
    };
    let letter = |c: char| c.is_ascii_lowercase();
    match key.split_once('@') {
        Some((tenant, system)) => {
            let start = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
            part(tenant, 241, start) && part(system, 14, letter)
        }
        None => part(key, 256, letter),
    }
}

fn is_key_character(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-' | '*' | '/')
}

fn is_value(value: &str) -> bool {
    let printable = |c: char| matches!(c, ' '..='~') && c != ',' && c != '=';
    (1..=256).contains(&value.len()) && value.chars().all(printable) && !value.ends_with(' ')
}
