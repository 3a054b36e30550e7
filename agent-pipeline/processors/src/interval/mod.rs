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

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use agent_component::{
    Accepted, BoxFuture, BuildContext, BuildError, ConsumeError, ConsumeResult, Consumer, Holder,
    HoldingComponent, Info, Life, Next, Receipt, RunError, Telemetry,
};
use agent_otlp::{Batch, Metric, MetricKind, Signal, Verdict};
use tokio::time::{Instant, sleep_until};

pub use config::{Config, PassThroughConfig};
use latest::Latest;

use crate::held::Sender;

/// The most points that are held.
const MAX_STREAMS: usize = 500_000;
const CUMULATIVE: i32 = 2;

/// The `interval` processor of one pipeline.
#[derive(Debug)]
pub struct Interval {
    sender: Sender,
    every: Duration,
    pass_through: PassThroughConfig,
    next: Next,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    latest: Latest,
    /// Of everybody who sent something since the last time, newest or not.
    receipts: Vec<Receipt>,
    successor: Option<Next>,
    closed: bool,
}

impl HoldingComponent for Interval {
    const INFO: Info = Info { signals: &[Signal::Metrics], ..Info::stable("interval") };
    type Config = Config;

    fn build(config: &Config, context: &BuildContext, next: Next) -> Result<Self, BuildError> {
        Ok(Self {
            sender: Sender::new(context),
            every: config.interval.to_std(),
            pass_through: config.pass_through.clone(),
            next,
            state: Mutex::default(),
        })
    }
}

impl Consumer for Interval {
    fn consume(&self, data: Telemetry) -> BoxFuture<'_, ConsumeResult> {
        Box::pin(async move {
            let rest = self.hold(data)?;
            if rest.batch.items() == 0 {
                rest.settle();
                return Ok(Accepted::default());
            }
            self.next.consume(rest).await
        })
    }
}

impl Interval {
    /// Takes what is to be held; returns the rest.
    fn hold(&self, mut data: Telemetry) -> Result<Telemetry, ConsumeError> {
        let before = data.batch.items();
        let mut state = self.lock();
        if state.closed {
            return Err(ConsumeError::retryable("the interval processor has stopped").by(&self.sender.id));
        }
        data.batch.edit_metrics(|ctx, metric| match self.held_kind(metric) {
            Some(kind) if state.latest.len() + metric.point_count() <= MAX_STREAMS => {
                state.latest.hold(ctx, metric, kind);
                Verdict::Drop
            }
            _ => Verdict::Keep,
        });
        if data.batch.items() != before {
            state.receipts.extend(data.receipt.clone());
        }
        Ok(data)
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

    /// Passes on what is held, each time the interval is over, until `life.stop`, and then once more.
    async fn pass_on(&self, life: Life) {
        // An interval too long for the clock never ends.
        let mut due = Instant::now().checked_add(self.every);
        while !life.stop.is_cancelled() && !life.abort.is_cancelled() {
            tokio::select! {
                () = life.stop.cancelled() => break,
                () = life.abort.cancelled() => break,
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                    let (batch, receipts) = self.take();
                    self.send(batch, receipts, &self.next, &life).await;
                    due = Instant::now().checked_add(self.every);
                }
            }
        }
        let target = self.lock().successor.take().unwrap_or_else(|| self.next.clone());
        let (batch, receipts) = self.close();
        if life.abort.is_cancelled() {
            self.sender.report_lost(batch.items());
        } else {
            self.send(batch, receipts, &target, &life).await;
        }
    }

    async fn send(&self, batch: Batch, receipts: Vec<Receipt>, next: &Next, life: &Life) {
        if batch.items() > 0 {
            self.sender.send(batch, receipts, None, next, life).await;
        }
    }

    fn take(&self) -> (Batch, Vec<Receipt>) {
        let mut state = self.lock();
        (state.latest.take(), std::mem::take(&mut state.receipts))
    }

    /// Takes what is held, and from here on nothing more.
    fn close(&self) -> (Batch, Vec<Receipt>) {
        self.lock().closed = true;
        self.take()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing under the lock leaves it half done, so what a panicking thread left is still right.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Holder for Interval {
    fn hand_over(&self, successor: Next) {
        self.lock().successor = Some(successor);
    }

    fn run(self: Arc<Self>, life: Life) -> BoxFuture<'static, Result<(), RunError>> {
        Box::pin(async move {
            self.pass_on(life).await;
            Ok(())
        })
    }
}
