//! The summary: attributes that say what was done, for whoever tries out a configuration.
//!
//! It adds up where data passes several such processors.

use agent_otlp::{AnyValue, Attributes};

/// How much is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Summary {
    Silent,
    Counts,
    Keys,
}

/// The keys that survive a second processor even when they are not allowed there.
pub(super) const OWN_KEYS: [&str; 5] = [
    "redaction.redacted.keys",
    "redaction.redacted.count",
    "redaction.masked.keys",
    "redaction.masked.count",
    "redaction.ignored.count",
];

/// Where counts, and keys if at all, are written: for redacted, masked, allowed and ignored keys.
pub(super) type Places = [(&'static str, Option<&'static str>); 4];

/// For what was done to attributes.
pub(super) const OF_ATTRIBUTES: Places = [
    ("redaction.redacted.count", Some("redaction.redacted.keys")),
    ("redaction.masked.count", Some("redaction.masked.keys")),
    ("redaction.allowed.count", Some("redaction.allowed.keys")),
    ("redaction.ignored.count", None),
];

/// For what was done to the body of a log record.
pub(super) const OF_BODY: Places = [
    ("redaction.body.redacted.count", Some("redaction.body.redacted.keys")),
    ("redaction.body.masked.count", Some("redaction.body.masked.keys")),
    ("redaction.body.allowed.count", Some("redaction.body.allowed.keys")),
    ("redaction.body.ignored.count", None),
];

/// The keys that met one fate.
#[derive(Debug)]
pub(super) struct Tally {
    count: i64,
    /// Kept only where they are told.
    keys: Option<Vec<String>>,
}

/// The keys of one list by their fate.
#[derive(Debug)]
pub(super) struct Tallies {
    summary: Summary,
    pub(super) redacted: Tally,
    pub(super) masked: Tally,
    pub(super) allowed: Tally,
    pub(super) ignored: Tally,
}

impl Summary {
    pub(super) fn parse(text: &str) -> Self {
        match text {
            "debug" => Self::Keys,
            "info" => Self::Counts,
            _ => Self::Silent,
        }
    }
}

impl Tally {
    fn new(summary: Summary) -> Self {
        Self { count: 0, keys: (summary == Summary::Keys).then(Vec::new) }
    }

    pub(super) fn add(&mut self, key: impl FnOnce() -> String) {
        self.count += 1;
        if let Some(keys) = &mut self.keys {
            keys.push(key());
        }
    }

    fn write(
        self,
        attributes: &mut Attributes<'_>,
        (count_key, keys_key): (&'static str, Option<&'static str>),
    ) {
        if self.count == 0 {
            return;
        }
        if let (Some(keys_key), Some(mut keys)) = (keys_key, self.keys) {
            let before = attributes.get_str(keys_key).filter(|keys| !keys.is_empty());
            keys.extend(before.into_iter().flat_map(|keys| keys.split(',')).map(str::to_owned));
            keys.sort_unstable();
            attributes.upsert(keys_key, keys.join(","));
        }
        let before = attributes.get(count_key).and_then(AnyValue::as_int).unwrap_or_default();
        attributes.upsert(count_key, self.count.saturating_add(before));
    }
}

impl Tallies {
    pub(super) fn new(summary: Summary) -> Self {
        let tally = || Tally::new(summary);
        Self { summary, redacted: tally(), masked: tally(), allowed: tally(), ignored: tally() }
    }

    /// Leaves the summary in the attributes, where one is wanted.
    pub(super) fn write(self, attributes: &mut Attributes<'_>, places: &Places) {
        if self.summary == Summary::Silent {
            return;
        }
        let tallies = [self.redacted, self.masked, self.allowed, self.ignored];
        for (tally, place) in tallies.into_iter().zip(places) {
            tally.write(attributes, *place);
        }
    }
}
