//! The body of a log record: a text is masked, a map is treated by its keys at every level.

use std::borrow::Cow;

use agent_otlp::{AnyValue, LogRecord};

use super::rules::{Fate, Rules};
use super::summary::{OF_BODY, Tallies};
use crate::value::as_text;

/// Where a value stands in the body; written out only where it is told.
#[derive(Clone, Copy)]
enum Path<'p> {
    Body,
    Key(&'p Path<'p>, &'p str),
    Index(&'p Path<'p>, usize),
}

impl Path<'_> {
    fn text(&self) -> String {
        let (before, own) = match self {
            Self::Body => return "body".to_owned(),
            Self::Key(before, key) => (before, (*key).to_owned()),
            Self::Index(before, index) => (before, format!("[{index}]")),
        };
        match before {
            Self::Body => own,
            before => format!("{}.{own}", before.text()),
        }
    }
}

/// Applies the rules to the body; the summary goes to the attributes of the record.
pub(super) fn apply(rules: &Rules, record: &mut LogRecord<'_>) {
    let mut tallies = Tallies::new(rules.summary());
    match record.body() {
        AnyValue::Array(_) | AnyValue::KvList(_) => {
            let mut body = record.body().clone();
            if value(rules, &Path::Body, &mut body, &mut tallies) {
                record.set_body(body);
            }
        }
        body => {
            let text = as_text(body);
            let masked = if rules.allows_value(&text) { None } else { rules.mask_matches(&text) };
            if let Some(masked) = masked {
                tallies.masked.add(|| Path::Body.text());
                record.set_body(masked);
            }
        }
    }
    tallies.write(record.attributes_mut(), &OF_BODY);
}

/// Returns whether the value was changed.
fn value(rules: &Rules, path: &Path<'_>, value: &mut AnyValue<'_>, tallies: &mut Tallies) -> bool {
    match value {
        AnyValue::KvList(entries) => members(rules, path, entries, tallies),
        AnyValue::Array(items) => {
            let mut changed = false;
            for (index, item) in items.iter_mut().enumerate() {
                changed |= self::value(rules, &Path::Index(path, index), item, tallies);
            }
            changed
        }
        scalar => {
            let text = as_text(scalar);
            if rules.allows_value(&text) {
                tallies.allowed.add(|| path.text());
                return false;
            }
            let Some(masked) = rules.mask_matches(&text) else { return false };
            tallies.masked.add(|| path.text());
            *scalar = masked.into();
            true
        }
    }
}

fn members<'v>(
    rules: &Rules,
    path: &Path<'_>,
    members: &mut Vec<(Cow<'v, str>, AnyValue<'v>)>,
    tallies: &mut Tallies,
) -> bool {
    let before = members.len();
    let mut changed = false;
    members.retain_mut(|(key, member)| {
        let path = Path::Key(path, key);
        match rules.fate(key) {
            Fate::Ignore => tallies.ignored.add(|| path.text()),
            Fate::Remove => {
                tallies.redacted.add(|| path.text());
                return false;
            }
            Fate::Look if rules.masks_key(key) => {
                tallies.masked.add(|| path.text());
                *member = rules.mask_whole(member.as_str().unwrap_or_default()).into();
                changed = true;
            }
            Fate::Look => changed |= value(rules, &path, member, tallies),
        }
        true
    });
    changed || members.len() != before
}
