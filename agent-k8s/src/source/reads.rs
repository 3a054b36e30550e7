//! The reads of a document: when the next one is due, and the one under way.
//!
//! A read that has begun goes on while nobody waits for it, so `next` may be dropped at any time.

use std::time::Duration;

use tokio::time::Instant;

use super::in_flight::InFlight;
use super::{ReadError, Snapshot, Source};
use crate::backoff::Failures;

/// What a read covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// The API, and what stands in for it.
    Whole,
    /// Only what stands in for an API that cannot be read.
    StandIn,
}

/// Reads now, every interval, and sooner when something is wrong.
#[derive(Debug)]
pub(super) struct Reads {
    source: Source,
    interval: Duration,
    under_way: InFlight<Result<Snapshot, ReadError>>,
    /// Of the read under way.
    extent: Extent,
    due: Instant,
    asked: Option<Extent>,
    failures: Failures,
    any: bool,
}

impl Reads {
    pub(super) fn new(source: Source, interval: Duration) -> Self {
        Self {
            source,
            interval,
            under_way: InFlight::default(),
            extent: Extent::Whole,
            due: Instant::now(),
            asked: None,
            failures: Failures::default(),
            any: false,
        }
    }

    /// Whether a read has come to its end.
    pub(super) fn any(&self) -> bool {
        self.any
    }

    /// Reads at once. A read that is under way began before this was asked and does not count.
    pub(super) fn ask(&mut self) {
        self.asked = Some(Extent::Whole);
    }

    /// Reads what stands in for the API at once, and does not wait for an API that was not there a moment ago: a read that
    /// is under way begins anew after it.
    pub(super) fn ask_stand_in(&mut self) {
        if self.under_way.is_begun() {
            self.under_way.abandon();
            self.due = Instant::now();
        }
        self.asked.get_or_insert(Extent::StandIn);
    }

    /// Waits until a read is due and comes to its end.
    pub(super) async fn next(&mut self) -> Result<Snapshot, ReadError> {
        if !self.under_way.is_begun() && self.asked.is_none() {
            tokio::time::sleep_until(self.due).await;
        }
        let (source, asked, extent) = (&self.source, &mut self.asked, &mut self.extent);
        let read = || {
            *extent = asked.take().unwrap_or(Extent::Whole);
            read(source.clone(), *extent)
        };
        let result = self.under_way.finish(read).await;
        self.any = true;
        if self.extent == Extent::Whole {
            self.due = Instant::now() + self.wait(&result);
        }
        result
    }

    fn wait(&mut self, result: &Result<Snapshot, ReadError>) -> Duration {
        let error = match result {
            Ok(snapshot) => snapshot.instead_of.as_deref(),
            Err(error) => Some(error),
        };
        let Some(error) = error else {
            self.failures.clear();
            return self.interval;
        };
        // Sooner than usual, so that an agent that starts before its API server does not wait a minute for it.
        let soon = self.failures.next_wait().min(self.interval);
        soon.max(error.retry_after().unwrap_or_default())
    }
}

async fn read(source: Source, extent: Extent) -> Result<Snapshot, ReadError> {
    match (source, extent) {
        (Source::ConfigMap(source), Extent::StandIn) => source.read_stand_in().await,
        (source, _) => source.read().await,
    }
}
