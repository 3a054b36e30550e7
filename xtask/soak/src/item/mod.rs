//! Items that say who made them, which one they are, and whether anybody has changed them.
//!
//! Every span, data point and log record carries the number of its generator, its own number, and last of all a
//! checksum over its encoded rest. What holds it (resource, scope, metric) is the same everywhere and compared as a
//! whole; the one difference that is allowed is an attribute [`MARK`] of the resource, which edits may ask for.

mod logs;
mod metrics;
#[cfg(test)]
mod tests;
mod traces;

use std::fmt;
use std::ops::Range;

use agent_testkit::otlp_backend::{Message, Signal};
use bytes::Bytes;
use flate2::Crc;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::metrics::v1::NumberDataPoint;
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::Span;

/// The attribute that a configuration may add to resources.
pub(crate) const MARK: &str = "soak.mark";

const GENERATOR: &str = "soak.generator";
const SEQUENCE: &str = "soak.sequence";
const CHECKSUM: &str = "soak.checksum";
/// A moment in 2026, in nanoseconds; items need a time, not the time.
const EPOCH: u64 = 1_767_225_600_000_000_000;

/// Who made an item, and which one it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Name {
    /// The generator's number.
    pub(crate) generator: usize,
    /// The item's number, from 0.
    pub(crate) sequence: u64,
}

impl fmt::Display for Name {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "item {} of generator {}", self.sequence, self.generator)
    }
}

/// What an inspection of a request found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Items that are as they were made.
    pub(crate) intact: Vec<Name>,
    /// Items that are not.
    pub(crate) altered: u64,
    /// The value of [`MARK`], where a resource had it.
    pub(crate) mark: Option<String>,
}

/// An encoded export request of a generator.
pub(crate) fn request(signal: Signal, generator: usize, sequences: Range<u64>) -> Bytes {
    match signal {
        Signal::Traces => traces::request(generator, sequences),
        Signal::Metrics => metrics::request(generator, sequences),
        Signal::Logs => logs::request(generator, sequences),
    }
}

/// An encoded export request of log records with that body.
pub(crate) fn large(generator: usize, sequences: Range<u64>, filling: &str) -> Bytes {
    logs::large(generator, sequences, filling)
}

/// Looks at every item of a request that arrived.
pub(crate) fn inspect(message: Message) -> Found {
    let mut found = Found::default();
    match message {
        Message::Traces(request) => traces::inspect(request, &mut found),
        Message::Metrics(request) => metrics::inspect(request, &mut found),
        Message::Logs(request) => logs::inspect(request, &mut found),
    }
    found
}

/// A record that can be numbered and sealed.
trait Item: prost::Message {
    fn attributes(&mut self) -> &mut Vec<KeyValue>;
}

impl Item for Span {
    fn attributes(&mut self) -> &mut Vec<KeyValue> {
        &mut self.attributes
    }
}

impl Item for LogRecord {
    fn attributes(&mut self) -> &mut Vec<KeyValue> {
        &mut self.attributes
    }
}

impl Item for NumberDataPoint {
    fn attributes(&mut self) -> &mut Vec<KeyValue> {
        &mut self.attributes
    }
}

/// Numbers an item and adds the checksum over all that it holds.
fn seal<I: Item>(mut item: I, generator: usize, sequence: u64) -> I {
    item.attributes().push(int(GENERATOR, i64::try_from(generator).unwrap_or(i64::MAX)));
    item.attributes().push(int(SEQUENCE, i64::try_from(sequence).unwrap_or(i64::MAX)));
    let checksum = checksum(&item);
    item.attributes().push(int(CHECKSUM, checksum));
    item
}

impl Found {
    /// Takes the seal off an item and enters it.
    fn enter(&mut self, item: impl Item, holder_is_intact: bool) {
        match unseal(item).filter(|_| holder_is_intact) {
            Some(name) => self.intact.push(name),
            None => self.altered += 1,
        }
    }

    /// Whether resource and scope are as they were made but for the mark.
    fn holder(&mut self, resource: Option<Resource>, scope: Option<&InstrumentationScope>) -> bool {
        let Some(mut held) = resource else { return false };
        if let Some(at) = held.attributes.iter().position(|attribute| attribute.key == MARK) {
            let mark = held.attributes.remove(at);
            if let Some(Value::StringValue(text)) = mark.value.and_then(|value| value.value) {
                self.mark = Some(text);
            }
        }
        held == self::resource() && scope == Some(&self::scope())
    }
}

fn unseal(mut item: impl Item) -> Option<Name> {
    let seal = item.attributes().pop()?;
    let expected = number(&seal, CHECKSUM)?;
    if checksum(&item) != expected {
        return None;
    }
    let mut last = item.attributes().iter().rev();
    let sequence = u64::try_from(number(last.next()?, SEQUENCE)?).ok()?;
    let generator = usize::try_from(number(last.next()?, GENERATOR)?).ok()?;
    Some(Name { generator, sequence })
}

fn checksum(item: &impl prost::Message) -> i64 {
    let mut crc = Crc::new();
    crc.update(&item.encode_to_vec());
    i64::from(crc.sum())
}

fn number(attribute: &KeyValue, key: &str) -> Option<i64> {
    match attribute.value.as_ref()?.value.as_ref()? {
        Value::IntValue(number) if attribute.key == key => Some(*number),
        _ => None,
    }
}

fn resource() -> Resource {
    let attributes = vec![text("service.name", "soak"), text("host.name", "loopback")];
    Resource { attributes, ..Resource::default() }
}

fn scope() -> InstrumentationScope {
    InstrumentationScope {
        name: "soak".to_owned(),
        version: "1".to_owned(),
        ..InstrumentationScope::default()
    }
}

fn text(key: &str, value: &str) -> KeyValue {
    attribute(key, Value::StringValue(value.to_owned()))
}

fn int(key: &str, value: i64) -> KeyValue {
    attribute(key, Value::IntValue(value))
}

fn attribute(key: &str, value: Value) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(value) }), ..KeyValue::default() }
}

/// A time for the item of that number.
fn time(sequence: u64) -> u64 {
    EPOCH + sequence * 1_000_000
}
