//! Ends of the agent without a word, and which second arrivals they excuse.
//!
//! What the backend took shortly before a kill may not have been written down as taken, so the next process sends it again.
//! That excuses an item which arrived just before a kill, or after it out of a buffer of the kernel, and again from the
//! next process; nothing else. How long before is measured.

use std::time::{Duration, Instant};

/// What arrived longer before a kill than this is repeated without an excuse. Far above what is promised (docs/delivery.md),
/// so that a busy machine does not make a defect of it; what is seen is told.
const FORGOTTEN: Duration = Duration::from_secs(1);

#[derive(Debug, Clone, Copy)]
struct Kill {
    at: Instant,
    /// Before this no other process sends.
    over: Instant,
}

/// The kills so far.
#[derive(Debug, Default)]
pub(super) struct Lives {
    kills: Vec<Kill>,
}

impl Lives {
    pub(super) fn end(&mut self, at: Instant, over: Instant) {
        self.kills.push(Kill { at, over });
    }

    /// How long before a kill the first of two arrivals was, if that excuses the second one.
    pub(super) fn excuse(&self, first: Instant, second: Instant) -> Option<Duration> {
        let next = self.kills.partition_point(|kill| kill.over <= first);
        let kill = self.kills.get(next).filter(|kill| kill.over <= second)?;
        Some(kill.at.saturating_duration_since(first)).filter(|before| *before <= FORGOTTEN)
    }
}
