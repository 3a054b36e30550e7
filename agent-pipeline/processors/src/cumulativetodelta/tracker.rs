//! The streams that were seen, and the differences between their points.

use std::sync::{Mutex, MutexGuard, PoisonError};

use agent_config::ComponentId;
use tracing::warn;

use super::config::Initial;
use super::value::{Difference, Value};
use crate::streams::{StreamId, Streams};

/// The most streams that are remembered. A sum takes about 80 bytes, a histogram its buckets on top.
pub(super) const MAX_STREAMS: usize = 500_000;

/// See the file's head. Times are nanoseconds since 1970.
#[derive(Debug)]
pub(super) struct Tracker {
    id: ComponentId,
    initial: Initial,
    /// When the first point was allowed to have begun for `auto` to pass it.
    started: u64,
    /// Zero: streams never become stale.
    max_staleness: u64,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    streams: Streams<Last>,
    swept: u64,
}

/// The last point of a stream.
#[derive(Debug)]
struct Last {
    time: u64,
    value: Value,
}

/// A point of a stream.
#[derive(Debug)]
pub(super) struct Point {
    pub(super) id: StreamId,
    pub(super) start: u64,
    pub(super) time: u64,
    pub(super) value: Value,
}

/// A difference that began at `start`.
#[derive(Debug)]
pub(super) struct Delta {
    pub(super) start: u64,
    pub(super) value: Value,
}

impl Tracker {
    pub(super) fn new(id: ComponentId, initial: Initial, max_staleness: u64, now: u64, limit: usize) -> Self {
        let state = State { streams: Streams::new(limit), swept: now };
        Self { id, initial, started: now, max_staleness, state: Mutex::new(state) }
    }

    /// Forgets stale streams, once in each period of staleness. As in the Collector, the times of points are compared
    /// with the clock.
    pub(super) fn sweep(&self, now: u64) {
        if self.max_staleness == 0 {
            return;
        }
        let mut state = self.lock();
        if now.saturating_sub(state.swept) >= self.max_staleness {
            state.swept = now;
            let forgotten = state.streams.forget_before(now.saturating_sub(self.max_staleness));
            let left = state.streams.len();
            drop(state);
            tracing::debug!(component = %self.id, forgotten, left, "Stale streams were forgotten");
        }
    }

    /// The difference to the point before; `None` when there is nothing to tell.
    pub(super) fn convert(&self, mut point: Point) -> Option<Delta> {
        let mut state = self.lock();
        let Some(last) = state.streams.get_mut(point.id) else {
            let delta = self.first(&point);
            let last = Last { time: point.time, value: point.value };
            let evicted = state.streams.insert(point.id, point.time, last);
            let left = state.streams.len();
            drop(state);
            if evicted > 0 {
                warn!(component = %self.id, evicted, left, "Too many streams: those that were silent the longest are forgotten");
            }
            return delta;
        };
        let difference = point.value.since(&last.value);
        if difference == Difference::Refused {
            return None;
        }
        let start = std::mem::replace(&mut last.time, point.time);
        last.value = point.value;
        state.streams.touch(point.id, point.time);
        match difference {
            Difference::Value(value) => Some(Delta { start, value }),
            Difference::Reset | Difference::Refused => None,
        }
    }

    fn first(&self, point: &Point) -> Option<Delta> {
        let start = match self.initial {
            Initial::Auto if point.start < self.started || point.time == point.start => return None,
            Initial::Drop => return None,
            Initial::Auto => point.start,
            Initial::Keep => 0,
        };
        Some(Delta { start, value: point.value.clone() })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing under the lock leaves it half done, so what a panicking thread left is still right.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
