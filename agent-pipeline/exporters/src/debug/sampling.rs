//! Which batches are shown: the first ones of each second, then every so many.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use agent_otlp::Signal;
use tokio::time::Instant;

const TICK: Duration = Duration::from_secs(1);

pub(super) struct Sampling {
    initial: u64,
    thereafter: u64,
    seen: Mutex<[Second; 3]>,
}

#[derive(Clone, Copy)]
struct Second {
    began: Instant,
    count: u64,
}

impl Sampling {
    pub(super) fn new(initial: u64, thereafter: u64) -> Self {
        Self { initial, thereafter, seen: Mutex::new([Second { began: Instant::now(), count: 0 }; 3]) }
    }

    /// Counts a batch and says whether it is shown.
    pub(super) fn admit(&self, signal: Signal) -> bool {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let [traces, metrics, logs] = &mut *seen;
        let second = match signal {
            Signal::Traces => traces,
            Signal::Metrics => metrics,
            Signal::Logs => logs,
        };
        let now = Instant::now();
        if now.duration_since(second.began) >= TICK {
            *second = Second { began: now, count: 0 };
        }
        second.count += 1;
        second.count <= self.initial
            || (self.thereafter > 0 && (second.count - self.initial).is_multiple_of(self.thereafter))
    }
}
