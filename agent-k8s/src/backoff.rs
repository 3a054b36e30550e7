//! Spaces attempts after failures.

use std::time::Duration;

/// Waits between attempts: 0.5 s doubled up to this.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// Counts failures in a row.
#[derive(Debug, Default)]
pub(crate) struct Failures(u32);

impl Failures {
    pub(crate) fn clear(&mut self) {
        self.0 = 0;
    }

    /// Counts one more failure; returns how long to wait: doubling from 0.5 s, jittered, 30 s at most.
    pub(crate) fn next_wait(&mut self) -> Duration {
        let wait = Duration::from_millis(500).saturating_mul(1 << self.0.min(6)).min(LONGEST_WAIT);
        self.0 = self.0.saturating_add(1);
        jittered(wait)
    }
}

/// Between half of `duration` and all of it.
pub(crate) fn jittered(duration: Duration) -> Duration {
    duration.mul_f64(fastrand::f64().mul_add(0.5, 0.5))
}
