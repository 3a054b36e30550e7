//! Log records: sampling information in attributes, randomness from the trace id or an attribute.

use std::borrow::Cow;

use agent_otlp::{AnyValue, LogRecord, Verdict};

use super::Config;
use super::sampler::{Carried, Item, Sampler};
use super::threshold::{Randomness, Threshold, is_id};
use crate::value::as_text;

const RANDOMNESS: &str = "sampling.randomness";
const THRESHOLD: &str = "sampling.threshold";

/// Where a record's randomness and priority come from.
#[derive(Debug)]
pub(super) struct Sources {
    seed: u32,
    trace_id: bool,
    attribute: Option<String>,
    priority: Option<String>,
    digits: u32,
}

impl Sources {
    pub(super) fn new(config: &Config) -> Self {
        let named = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        Self {
            seed: config.hash_seed,
            trace_id: config.attribute_source == "traceID",
            attribute: named(&config.from_attribute),
            priority: named(&config.sampling_priority),
            digits: config.sampling_precision,
        }
    }

    /// Decides about a record, and leaves the decision in its attributes.
    pub(super) fn decide(&self, sampler: &Sampler, record: &mut LogRecord<'_>) -> Verdict {
        let own =
            if sampler.hashes() { self.hash(record) } else { Randomness::of_trace_id(record.trace_id()) };
        let item = Item { carried: carried(record), own, priority: self.priority(record) };
        let Some(kept) = sampler.decide(&item) else { return Verdict::Drop };
        if kept.write {
            let attributes = record.attributes_mut();
            if let Some(randomness) = kept.randomness {
                attributes.upsert(RANDOMNESS, randomness.text());
            }
            if let Some(threshold) = kept.threshold {
                attributes.upsert(THRESHOLD, threshold.text());
            }
        }
        Verdict::Keep
    }

    fn hash(&self, record: &LogRecord<'_>) -> Option<Randomness> {
        let id = record.trace_id();
        if self.trace_id && is_id(id) {
            return Some(Randomness::of_hash(id, self.seed));
        }
        let bytes = match record.attributes().get(self.attribute.as_ref()?)? {
            AnyValue::Bytes(bytes) => Cow::Borrowed(&**bytes),
            value => match as_text(value) {
                Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
                Cow::Owned(text) => Cow::Owned(text.into_bytes()),
            },
        };
        (!bytes.is_empty()).then(|| Randomness::of_hash(&bytes, self.seed))
    }

    /// The percentage that the record asks for; one of 0, or that makes no sense, says nothing.
    fn priority(&self, record: &LogRecord<'_>) -> Option<Threshold> {
        let percentage = match record.attributes().get(self.priority.as_ref()?)? {
            AnyValue::Double(number) => *number,
            #[expect(clippy::cast_precision_loss, reason = "a percentage is small, or out of range anyway")]
            AnyValue::Int(number) => *number as f64,
            _ => return None,
        };
        Threshold::of_probability(percentage / 100.0, self.digits)
    }
}

/// The sampling information in the attributes; `None` when it is malformed. Only texts count.
fn carried(record: &LogRecord<'_>) -> Option<Carried> {
    let text = |key| record.attributes().get_str(key).filter(|text| !text.is_empty());
    let mut carried = Carried::default();
    if let Some(text) = text(THRESHOLD) {
        carried.threshold = Some(Threshold::parse(text)?);
    }
    if let Some(text) = text(RANDOMNESS) {
        carried.randomness = Some(Randomness::parse(text)?);
    }
    Some(carried)
}
