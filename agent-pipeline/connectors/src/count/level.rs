//! One level of `count`: the metrics that count the same things, over the records of a batch.

use std::time::{SystemTime, UNIX_EPOCH};

use agent_component::BuildError;
use agent_otlp::{Batch, BatchBuilder};
use agent_ottl::{Context, OnFailure, Stopped};

use super::config::Metrics;
use super::metric::{Metric, Tally};
use super::values::Values;

/// What is counted together: spans, or data points, ...
#[derive(Debug)]
pub(super) struct Level {
    context: Context,
    metrics: Vec<Metric>,
}

/// The level's walk through one batch.
pub(super) struct Walk<'l> {
    metrics: &'l [Metric],
    /// For each metric which records count; `None` for all.
    matches: Vec<Option<Vec<bool>>>,
    /// The place of the next record in the batch.
    next: usize,
    tallies: Vec<Tally>,
    /// The first and the last time met in this resource.
    times: Option<(u64, u64)>,
    scratch: Vec<u8>,
}

impl Level {
    pub(super) fn new(section: &str, context: Context, metrics: &Metrics) -> Result<Self, BuildError> {
        let metrics = metrics.iter().map(|(name, config)| Metric::new(section, context, name, config));
        Ok(Self { context, metrics: metrics.collect::<Result<_, _>>()? })
    }

    /// What is counted.
    pub(super) fn context(&self) -> Context {
        self.context
    }

    /// Evaluates the conditions, each once for every record. The batch does not change.
    pub(super) fn walk(
        &self,
        batch: &mut Batch,
        on_failure: &mut OnFailure<'_>,
    ) -> Result<Walk<'_>, Stopped> {
        let matches = self.metrics.iter().map(|metric| metric.matches(batch, on_failure));
        Ok(Walk {
            metrics: &self.metrics,
            matches: matches.collect::<Result<_, _>>()?,
            next: 0,
            tallies: Vec::new(),
            times: None,
            scratch: Vec::new(),
        })
    }
}

impl Walk<'_> {
    /// Whether there is nothing to count here, so that records need not be shown.
    pub(super) fn is_idle(&self) -> bool {
        self.metrics.is_empty()
    }

    /// A new resource begins.
    pub(super) fn enter(&mut self) {
        self.tallies.clear();
        self.tallies.resize_with(self.metrics.len(), Tally::default);
        self.times = None;
    }

    /// Counts the next record: its times in nanoseconds (0 for none), and itself with what is around it, the nearest first.
    pub(super) fn see(&mut self, times: impl IntoIterator<Item = u64>, levels: &[&dyn Values]) {
        for time in times.into_iter().filter(|time| *time != 0) {
            let (first, last) = self.times.unwrap_or((time, time));
            self.times = Some((first.min(time), last.max(time)));
        }
        for ((metric, tally), matches) in self.metrics.iter().zip(&mut self.tallies).zip(&self.matches) {
            if matches.as_ref().is_none_or(|matches| matches.get(self.next) == Some(&true)) {
                metric.count(tally, levels, &mut self.scratch);
            }
        }
        self.next += 1;
    }

    /// Whether anything was counted in this resource.
    pub(super) fn has_counted(&self) -> bool {
        self.tallies.iter().any(Tally::has_counted)
    }

    /// Adds the metrics of this resource. Where no record had a time it is now.
    pub(super) fn write(&self, out: &mut BatchBuilder) {
        let times = self.times.unwrap_or_else(|| {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
            let now = u64::try_from(now).unwrap_or(u64::MAX);
            (now, now)
        });
        for (metric, tally) in self.metrics.iter().zip(&self.tallies) {
            metric.write(tally, times, out);
        }
    }
}
