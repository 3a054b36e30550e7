//! `deltatocumulative`: adds up differences: delta sums and histograms count from their first point on
//! (the Collector's `deltatocumulativeprocessor`, v0.145.0).
//!
//! The total of every stream is remembered, of at most `MAX_STREAMS` of them. Everything else passes with its bytes.

mod config;
mod exponential;
mod total;

#[cfg(test)]
mod tests;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use agent_component::{
    BuildContext, BuildError, ClientInfo, ConsumeError, Info, Processor, ProcessorComponent,
};
use agent_config::ComponentId;
use agent_otlp::{Batch, DataPoint, Metric, ScopeCtx, Signal, Verdict};
use tracing::warn;

pub use config::Config;
use total::Total;

use crate::streams::{Identities, StreamId, Streams};

/// The most streams that are remembered, whatever `max_streams` says.
const MAX_STREAMS: usize = 500_000;
const SWEEP_EVERY: Duration = Duration::from_mins(1);
const DELTA: i32 = 1;
const CUMULATIVE: i32 = 2;

/// The `deltatocumulative` processor of one pipeline.
#[derive(Debug)]
pub struct DeltaToCumulative {
    id: ComponentId,
    identities: Identities,
    max_stale: Duration,
    limit: usize,
    /// What the times of streams count from.
    started: Instant,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    streams: Streams<Series>,
    swept: Duration,
}

/// A stream so far.
#[derive(Debug)]
struct Series {
    start: u64,
    time: u64,
    total: Total,
}

/// Why points were dropped.
#[derive(Debug, Default)]
struct Dropped {
    limit: u64,
    older_start: u64,
    out_of_order: u64,
}

impl ProcessorComponent for DeltaToCumulative {
    const INFO: Info = Info { signals: &[Signal::Metrics], ..Info::stable("deltatocumulative") };
    type Config = Config;

    fn build(config: &Config, context: &BuildContext) -> Result<Self, BuildError> {
        Ok(Self {
            id: context.id.clone(),
            identities: Identities::default(),
            max_stale: config.max_stale.to_std(),
            limit: usize::try_from(config.max_streams).unwrap_or(usize::MAX).min(MAX_STREAMS),
            started: Instant::now(),
            state: Mutex::new(State { streams: Streams::new(MAX_STREAMS), swept: Duration::ZERO }),
        })
    }
}

impl Processor for DeltaToCumulative {
    fn process(&self, batch: &mut Batch, _: Option<&ClientInfo>) -> Result<(), ConsumeError> {
        let now = self.started.elapsed();
        self.sweep(now);
        let mut dropped = Dropped::default();
        batch.edit_metrics(|ctx, metric| {
            if metric.aggregation_temporality() == DELTA {
                return self.convert(ctx, metric, now, &mut dropped);
            }
            Verdict::Keep
        });
        let Dropped { limit, older_start, out_of_order } = dropped;
        if limit + older_start + out_of_order > 0 {
            warn!(component = %self.id, limit, older_start, out_of_order, "Points were dropped");
        }
        Ok(())
    }
}

impl DeltaToCumulative {
    /// Adds up the points; a metric without any that are left goes.
    fn convert(
        &self,
        ctx: &ScopeCtx<'_>,
        metric: &mut Metric<'_>,
        now: Duration,
        dropped: &mut Dropped,
    ) -> Verdict {
        let id = self.identities.metric(ctx, metric);
        metric.edit_points(|_, point| {
            let id = id.point(point.attributes(), &[]);
            self.add(id, point, now, dropped)
        });
        metric.set_aggregation_temporality(CUMULATIVE);
        if metric.point_count() == 0 { Verdict::Drop } else { Verdict::Keep }
    }

    /// Adds a point to its stream and writes the total into it.
    fn add(&self, id: StreamId, point: &mut DataPoint<'_>, now: Duration, dropped: &mut Dropped) -> Verdict {
        let (start, time) = (point.start_time_unix_nano(), point.time_unix_nano());
        let mut state = self.lock();
        let Some(series) = state.streams.get_mut(id) else {
            if state.streams.len() >= self.limit {
                dropped.limit += 1;
                return Verdict::Drop;
            }
            state.streams.insert(id, nanoseconds(now), Series { start, time, total: Total::of(point) });
            return Verdict::Keep;
        };
        let verdict = series.add(point, start, time, dropped);
        state.streams.touch(id, nanoseconds(now));
        verdict
    }

    /// Forgets streams that said nothing for too long, once a minute.
    fn sweep(&self, now: Duration) {
        let mut state = self.lock();
        if now.saturating_sub(state.swept) >= SWEEP_EVERY {
            state.swept = now;
            let forgotten = state.streams.forget_before(nanoseconds(now.saturating_sub(self.max_stale)));
            let left = state.streams.len();
            drop(state);
            tracing::debug!(component = %self.id, forgotten, left, "Stale streams were forgotten");
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing under the lock leaves it half done, so what a panicking thread left is still right.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Series {
    fn add(&mut self, point: &mut DataPoint<'_>, start: u64, time: u64, dropped: &mut Dropped) -> Verdict {
        if self.time == 0 {
            *self = Self { start, time, total: Total::of(point) };
            return Verdict::Keep;
        }
        if start < self.start {
            dropped.older_start += 1;
            return Verdict::Drop;
        }
        if time <= self.time {
            dropped.out_of_order += 1;
            return Verdict::Drop;
        }
        self.total.add(Total::of(point));
        self.time = time;
        point.set_start_time_unix_nano(self.start);
        self.total.write(point);
        Verdict::Keep
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
