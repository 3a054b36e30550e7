//! One metric of `count`: what it counts and by which attributes, and how far it has come in one resource.

use std::collections::HashMap;

use agent_component::BuildError;
use agent_config::AnyYaml;
use agent_otlp::{AnyValue, Batch, BatchBuilder, MetricKind, NumberValue};
use agent_ottl::{Conditions, Context, OnFailure, Stopped};

use super::config::{AttributeConfig, MetricConfig};
use super::values::Values;

/// The number of `AGGREGATION_TEMPORALITY_DELTA`.
const DELTA: i32 = 1;

/// A metric.
#[derive(Debug)]
pub(super) struct Metric {
    name: String,
    description: String,
    /// `None` counts everything.
    conditions: Option<Conditions>,
    attributes: Vec<Key>,
}

/// An attribute to count by, and the value for what does not have it.
#[derive(Debug)]
struct Key {
    name: String,
    default: Option<AnyValue<'static>>,
}

impl Key {
    fn new(config: &AttributeConfig) -> Self {
        let default = match &config.default_value {
            AnyYaml::String(text) if !text.is_empty() => Some(AnyValue::from(text.clone())),
            AnyYaml::Int(number) if *number != 0 => Some(AnyValue::Int(*number)),
            AnyYaml::Float(number) if *number != 0.0 => Some(AnyValue::Double(*number)),
            _ => None,
        };
        Self { name: config.key.clone(), default }
    }
}

/// What a metric counted in one resource.
#[derive(Debug, Default)]
pub(super) struct Tally {
    places: HashMap<Vec<u8>, usize>,
    /// The values of the attributes, in the order of the settings, and how often they were met.
    points: Vec<(Vec<AnyValue<'static>>, i64)>,
}

impl Tally {
    pub(super) fn has_counted(&self) -> bool {
        !self.points.is_empty()
    }
}

impl Metric {
    pub(super) fn new(
        section: &str,
        context: Context,
        name: &str,
        config: &MetricConfig,
    ) -> Result<Self, BuildError> {
        let conditions = Conditions::parse(context, &config.conditions).map_err(|errors| {
            let messages: Vec<_> = errors.iter().map(ToString::to_string).collect();
            BuildError::new(format!("{section}::{name}::conditions"), messages.join("; "))
        })?;
        Ok(Self {
            name: name.to_owned(),
            description: config.description.clone(),
            conditions: Some(conditions).filter(|conditions| !conditions.is_empty()),
            attributes: config.attributes.iter().map(Key::new).collect(),
        })
    }

    /// For every record of the batch whether it counts; `None` when all do.
    pub(super) fn matches(
        &self,
        batch: &mut Batch,
        on_failure: &mut OnFailure<'_>,
    ) -> Result<Option<Vec<bool>>, Stopped> {
        self.conditions.as_ref().map(|conditions| conditions.matches(batch, on_failure)).transpose()
    }

    /// Counts a record with these levels, the nearest first. One without an attribute that has no default does not count. `scratch` is any vector, to be used again.
    pub(super) fn count(&self, tally: &mut Tally, levels: &[&dyn Values], scratch: &mut Vec<u8>) {
        scratch.clear();
        for key in &self.attributes {
            let Some(value) = key.find(levels) else { return };
            write_key(value, scratch);
        }
        if let Some((_, count)) =
            tally.places.get(scratch.as_slice()).and_then(|at| tally.points.get_mut(*at))
        {
            *count += 1;
            return;
        }
        let values = self.attributes.iter().filter_map(|key| key.find(levels)).map(counted_as).collect();
        tally.places.insert(scratch.clone(), tally.points.len());
        tally.points.push((values, 1));
    }

    /// Adds the metric with what was counted, if anything was.
    pub(super) fn write(&self, tally: &Tally, (start, end): (u64, u64), out: &mut BatchBuilder) {
        if !tally.has_counted() {
            return;
        }
        out.metric(MetricKind::Sum, |metric| {
            metric.set_name(&self.name);
            metric.set_description(&self.description);
            metric.set_aggregation_temporality(DELTA);
            // Never negative, so what adds it up only ever grows.
            metric.set_is_monotonic(true);
        });
        for (values, count) in &tally.points {
            out.point(|point| {
                point.set_start_time_unix_nano(start);
                point.set_time_unix_nano(end);
                point.set_value(NumberValue::Int(*count));
                for (key, value) in self.attributes.iter().zip(values) {
                    point.attributes_mut().upsert(key.name.clone(), value.clone());
                }
            });
        }
    }
}

impl Key {
    fn find<'v>(&'v self, levels: &[&'v dyn Values]) -> Option<&'v AnyValue<'v>> {
        levels.iter().find_map(|level| level.value(&self.name)).or(self.default.as_ref())
    }
}

/// What the value becomes: a number stays one, text stays text, all else is empty text, as in the Collector.
fn counted_as(value: &AnyValue<'_>) -> AnyValue<'static> {
    match value {
        AnyValue::Int(number) => AnyValue::Int(*number),
        AnyValue::Double(number) => AnyValue::Double(*number),
        other => AnyValue::from(other.as_str().unwrap_or_default().to_owned()),
    }
}

/// Appends the value so that no other list of values has the same bytes.
fn write_key(value: &AnyValue<'_>, key: &mut Vec<u8>) {
    match value {
        AnyValue::Int(number) => {
            key.push(b'i');
            key.extend_from_slice(&number.to_le_bytes());
        }
        AnyValue::Double(number) => {
            key.push(b'd');
            key.extend_from_slice(&number.to_bits().to_le_bytes());
        }
        other => {
            let text = other.as_str().unwrap_or_default();
            key.push(b's');
            key.extend_from_slice(&(text.len() as u64).to_le_bytes());
            key.extend_from_slice(text.as_bytes());
        }
    }
}
