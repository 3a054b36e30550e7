//! `interval`: holds the newest point of each stream and passes it on once in an interval
//! (the Collector's `intervalprocessor`, v0.145.0).
//!
//! Held are cumulative monotonic sums, cumulative histograms of both kinds, gauges and summaries; everything else passes
//! at once, and so does what comes while `MAX_STREAMS` points are held. At a stop everything held is passed on, to a
//! successor with other settings if there is one.

mod config;
mod latest;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use agent_component::{
    BoxFuture, BuildContext, BuildError, ConsumeResult, Consumer, Holder, HoldingComponent, Info, Life, Next,
    RunError, Telemetry,
};
use agent_otlp::{Batch, Metric, MetricKind, Signal, Verdict};

pub use config::{Config, PassThroughConfig};
use latest::Latest;

use crate::held::Periodic;

/// The most points that are held.
const MAX_STREAMS: usize = 500_000;
const CUMULATIVE: i32 = 2;

/// The `interval` processor of one pipeline.
#[derive(Debug)]
pub struct Interval {
    pass_through: PassThroughConfig,
    latest: Periodic<Latest>,
}

impl HoldingComponent for Interval {
    const INFO: Info = Info { signals: &[Signal::Metrics], ..Info::stable("interval") };
    type Config = Config;

    fn build(config: &Config, context: &BuildContext, next: Next) -> Result<Self, BuildError> {
        let latest = Periodic::new(context, config.interval.to_std(), next);
        Ok(Self { pass_through: config.pass_through.clone(), latest })
    }
}

impl Consumer for Interval {
    fn consume(&self, data: Telemetry) -> BoxFuture<'_, ConsumeResult> {
        Box::pin(self.latest.consume(data, |latest, batch| self.hold(latest, batch)))
    }
}

impl Interval {
    /// Takes out of the batch what is to be held.
    fn hold(&self, latest: &mut Latest, batch: &mut Batch) {
        batch.edit_metrics(|ctx, metric| match self.held_kind(metric) {
            Some(kind) if latest.len() + metric.point_count() <= MAX_STREAMS => {
                latest.hold(ctx, metric, kind);
                Verdict::Drop
            }
            _ => Verdict::Keep,
        });
    }

    /// The kind of a metric that is held.
    fn held_kind(&self, metric: &Metric<'_>) -> Option<MetricKind> {
        let cumulative = || metric.aggregation_temporality() == CUMULATIVE;
        metric.kind().filter(|kind| match kind {
            MetricKind::Gauge => !self.pass_through.gauge,
            MetricKind::Summary => !self.pass_through.summary,
            MetricKind::Sum => metric.is_monotonic() && cumulative(),
            MetricKind::Histogram | MetricKind::ExponentialHistogram => cumulative(),
        })
    }
}

impl Holder for Interval {
    fn hand_over(&self, successor: Next) {
        self.latest.hand_over(successor);
    }

    fn run(self: Arc<Self>, life: Life) -> BoxFuture<'static, Result<(), RunError>> {
        Box::pin(async move {
            self.latest.pass_on(Latest::take, life).await;
            Ok(())
        })
    }
}
