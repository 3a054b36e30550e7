//! `deltatorate`: makes rates of differences: delta sums become gauges of what happened in a second
//! (the Collector's `deltatorateprocessor`, v0.145.0).
//!
//! No state: a point says itself how long its time was.

mod config;

#[cfg(test)]
mod tests;

use std::collections::HashSet;

use agent_component::{
    BuildContext, BuildError, ClientInfo, ConsumeError, Info, Processor, ProcessorComponent,
};
use agent_otlp::{Batch, DataPoint, MetricKind, NumberValue, Signal, Verdict};

pub use config::Config;

const DELTA: i32 = 1;

/// The `deltatorate` processor.
#[derive(Debug)]
pub struct DeltaToRate {
    metrics: HashSet<String>,
}

impl ProcessorComponent for DeltaToRate {
    const INFO: Info = Info { signals: &[Signal::Metrics], ..Info::stable("deltatorate") };
    type Config = Config;

    fn build(config: &Config, _: &BuildContext) -> Result<Self, BuildError> {
        Ok(Self { metrics: config.metrics.iter().cloned().collect() })
    }
}

impl Processor for DeltaToRate {
    fn process(&self, batch: &mut Batch, _: Option<&ClientInfo>) -> Result<(), ConsumeError> {
        batch.edit_metrics(|_, metric| {
            if self.metrics.contains(metric.name()) {
                if metric.kind() == Some(MetricKind::Sum) && metric.aggregation_temporality() == DELTA {
                    metric.edit_points(|_, point| {
                        point.set_value(NumberValue::Double(rate(point)));
                        Verdict::Keep
                    });
                    metric.convert(MetricKind::Gauge);
                } else {
                    tracing::debug!(metric = metric.name(), "Only delta sums have a rate");
                }
            }
            Verdict::Keep
        });
        Ok(())
    }
}

/// What happened in a second; 0 where the point has no duration.
#[expect(clippy::cast_precision_loss, reason = "the nearest double, as in the Collector")]
fn rate(point: &DataPoint<'_>) -> f64 {
    let nanoseconds = point.time_unix_nano().saturating_sub(point.start_time_unix_nano());
    let value = match point.value() {
        None => 0.0,
        Some(NumberValue::Int(number)) => number as f64,
        Some(NumberValue::Double(number)) => number,
    };
    if nanoseconds == 0 { 0.0 } else { value / seconds(nanoseconds) }
}

/// Whole seconds and the rest apart, as Go does, which decides about the last digit.
#[expect(clippy::cast_precision_loss, reason = "the nearest double, as in the Collector")]
fn seconds(nanoseconds: u64) -> f64 {
    (nanoseconds / 1_000_000_000) as f64 + (nanoseconds % 1_000_000_000) as f64 / 1e9
}
