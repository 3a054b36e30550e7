//! Several things that happen at once, taken as one.

use std::time::Duration;

use tokio::time::Instant;

/// Something happens, perhaps again and again.
#[derive(Debug, Clone, Copy)]
pub(super) struct Burst {
    first: Instant,
    last: Instant,
}

impl Burst {
    /// It happened now; `before` is the burst that this belongs to.
    pub(super) fn happened(before: Option<Self>) -> Self {
        let now = Instant::now();
        Self { first: before.map_or(now, |before| before.first), last: now }
    }

    /// When it counts as over: nothing happened for `quiet`, or `longest` has passed since it began.
    pub(super) fn end(self, quiet: Duration, longest: Duration) -> Instant {
        (self.last + quiet).min(self.first + longest)
    }

    /// Whether it was still going on when `longest` had passed.
    pub(super) fn was_cut(self, quiet: Duration, longest: Duration) -> bool {
        self.last + quiet > self.first + longest
    }
}
