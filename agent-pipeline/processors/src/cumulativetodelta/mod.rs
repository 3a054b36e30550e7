//! `cumulativetodelta`: makes differences of counters that only grow: monotonic sums and histograms
//! (the Collector's `cumulativetodeltaprocessor`, v0.145.0).
//!
//! The last point of every stream is remembered, of at most `tracker::MAX_STREAMS` of them. A stream is its resource,
//! scope, metric, attributes and start: a source that begins anew and says so begins another stream. Everything else
//! passes with its bytes.

mod config;
mod exponential;
mod tracker;
mod value;

#[cfg(test)]
mod tests;

use std::time::{SystemTime, UNIX_EPOCH};

use agent_component::{
    BuildContext, BuildError, ClientInfo, ConsumeError, Info, Processor, ProcessorComponent,
};
use agent_otlp::{Batch, DataPoint, Metric, MetricKind, NumberValue, ScopeCtx, Signal, Verdict};

use config::Initial;
pub use config::{Config, MatchMetrics};
use tracker::{MAX_STREAMS, Point, Tracker};
use value::Value;

use crate::matching::Names;
pub use crate::matching::RegexpConfig;
use crate::streams::Identities;

const DELTA: i32 = 1;
const CUMULATIVE: i32 = 2;
/// The flag of a point that says that no value was recorded.
const NO_VALUE: u32 = 1;

/// The `cumulativetodelta` processor of one pipeline.
#[derive(Debug)]
pub struct CumulativeToDelta {
    include: Selection,
    exclude: Selection,
    identities: Identities,
    tracker: Tracker,
}

/// Names and kinds; an absent one says nothing.
#[derive(Debug)]
struct Selection {
    names: Option<Names>,
    kinds: Vec<MetricKind>,
}

impl ProcessorComponent for CumulativeToDelta {
    const INFO: Info = Info { signals: &[Signal::Metrics], ..Info::stable("cumulativetodelta") };
    type Config = Config;

    fn build(config: &Config, context: &BuildContext) -> Result<Self, BuildError> {
        let initial = Initial::parse(&config.initial_value).unwrap_or(Initial::Auto);
        let max_staleness = u64::try_from(config.max_staleness.as_nanos()).unwrap_or_default();
        Ok(Self {
            include: Selection::build(&config.include, "include")?,
            exclude: Selection::build(&config.exclude, "exclude")?,
            identities: Identities::default(),
            tracker: Tracker::new(context.id.clone(), initial, max_staleness, now(), MAX_STREAMS),
        })
    }
}

impl Processor for CumulativeToDelta {
    fn process(&self, batch: &mut Batch, _: Option<&ClientInfo>) -> Result<(), ConsumeError> {
        self.tracker.sweep(now());
        batch.edit_metrics(
            |ctx, metric| if self.selects(metric) { self.convert(ctx, metric) } else { Verdict::Keep },
        );
        Ok(())
    }
}

impl CumulativeToDelta {
    fn selects(&self, metric: &Metric<'_>) -> bool {
        let Some(kind) = metric.kind() else { return false };
        let counts = match kind {
            MetricKind::Sum => metric.is_monotonic(),
            MetricKind::Histogram | MetricKind::ExponentialHistogram => true,
            MetricKind::Gauge | MetricKind::Summary => false,
        };
        counts
            && metric.aggregation_temporality() == CUMULATIVE
            && self.include.names.as_ref().is_none_or(|names| names.matches(metric.name()))
            && (self.include.kinds.is_empty() || self.include.kinds.contains(&kind))
            && !self.exclude.names.as_ref().is_some_and(|names| names.matches(metric.name()))
            && !self.exclude.kinds.contains(&kind)
    }

    /// Converts the points; a metric without any that are left goes.
    fn convert(&self, ctx: &ScopeCtx<'_>, metric: &mut Metric<'_>) -> Verdict {
        let id = self.identities.metric(ctx, metric);
        metric.edit_points(|_, point| {
            if point.flags() & NO_VALUE != 0 {
                return Verdict::Drop;
            }
            let Some(value) = Value::of(point) else { return Verdict::Keep };
            let (start, time) = (point.start_time_unix_nano(), point.time_unix_nano());
            let mut more = [0; 9];
            let (kind, begin) = more.split_at_mut(1);
            kind.fill(value_kind(point));
            begin.copy_from_slice(&start.to_le_bytes());
            let id = id.point(point.attributes(), &more);
            let Some(delta) = self.tracker.convert(Point { id, start, time, value }) else {
                return Verdict::Drop;
            };
            point.set_start_time_unix_nano(delta.start);
            delta.value.write(point);
            Verdict::Keep
        });
        metric.set_aggregation_temporality(DELTA);
        if metric.point_count() == 0 { Verdict::Drop } else { Verdict::Keep }
    }
}

/// Integers and doubles of one name are streams apart.
fn value_kind(point: &DataPoint<'_>) -> u8 {
    match point.value() {
        None => 0,
        Some(NumberValue::Int(_)) => 1,
        Some(NumberValue::Double(_)) => 2,
    }
}

impl Selection {
    fn build(config: &MatchMetrics, at: &str) -> Result<Self, BuildError> {
        Ok(Self {
            names: Names::build(&config.match_type, &config.metrics, at, "metrics")?,
            kinds: config.metric_types.iter().filter_map(|text| config::kind(text)).collect(),
        })
    }
}

/// Nanoseconds since 1970.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}
