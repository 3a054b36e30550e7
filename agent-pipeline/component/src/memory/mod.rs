//! How much memory the process uses, and whether it may take in more.
//!
//! What counts is what the kernel counts: resident memory, whatever holds it (bodies, batches, queues, fragmentation). It
//! is measured when it matters, not on a timer: between two looks every byte that is let in is added to what was seen, so
//! that a burst cannot slip through, and as soon as that sum could have reached a line the truth is looked up again.
//!
//! Not an accounting of who holds what; that needs no line and would cost every batch. Nothing here allocates.

mod cgroup;
mod limit;
mod limiter;
mod lines;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

pub use cgroup::{Room, limit_of_container};
pub use limit::{MemoryLimit, UnknownTotal};
pub use limiter::{Beyond, Limiter};
pub use lines::{Drawn, Lines};

/// Asked to come back after this, a client finds room if the backend takes what is held.
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// While a line may have been reached the truth is looked up this often at most.
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// Below the lines a look is due after this share of the soft line was let in.
const SHARE: u64 = 32;
const NO_LINE: u64 = u64::MAX;

/// The memory of the process. Clones are the same memory.
#[derive(Clone)]
pub struct Memory {
    inner: Arc<Inner>,
}

struct Inner {
    measure: Box<dyn Fn() -> Option<u64> + Send + Sync>,
    lines: lines::Table,
    /// The lines in force, for those who may not wait for a lock.
    soft: AtomicU64,
    hard: AtomicU64,
    /// Bytes resident at the last look.
    seen: AtomicU64,
    /// Bytes let in since.
    since: AtomicU64,
    begin: Instant,
    /// Microseconds from `begin` to the last look.
    looked: AtomicU64,
}

/// Where the use of memory stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pressure {
    /// There is room.
    None,
    /// Over the soft line: nothing more is let in.
    Soft,
    /// Over the hard line: nothing more is let in, and the agent is not ready.
    Hard,
}

/// Nothing more can be taken in now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("data refused due to high memory usage")]
pub struct Overloaded {
    /// When to try again.
    pub retry_after: Duration,
}

impl Memory {
    /// The memory of this process by `/proc/self/statm` (Linux), without lines.
    pub fn of_process() -> Self {
        Self::measured_by(cgroup::resident)
    }

    /// Memory as `measure` tells it in bytes; `None` where it cannot be told, which counts as nothing.
    pub fn measured_by(measure: impl Fn() -> Option<u64> + Send + Sync + 'static) -> Self {
        let inner = Inner {
            measure: Box::new(measure),
            lines: lines::Table::default(),
            soft: AtomicU64::new(NO_LINE),
            hard: AtomicU64::new(NO_LINE),
            seen: AtomicU64::new(0),
            since: AtomicU64::new(0),
            begin: Instant::now(),
            looked: AtomicU64::new(0),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Lets `bytes` in that are about to be held, unless the soft line is reached. Cheap; call it for each piece.
    ///
    /// # Errors
    /// There is no room now.
    pub fn admit(&self, bytes: usize) -> Result<(), Overloaded> {
        let inner = &*self.inner;
        let soft = inner.soft.load(Ordering::Relaxed);
        if soft == NO_LINE {
            return Ok(());
        }
        let bytes = bytes as u64;
        let since = inner.since.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes);
        let could_be = inner.seen.load(Ordering::Relaxed).saturating_add(since);
        if could_be < soft && since < soft / SHARE {
            return Ok(());
        }
        if self.look_if_due() {
            // What was counted is forgotten with a look, and these bytes are not there to be seen yet.
            inner.since.fetch_add(bytes, Ordering::Relaxed);
        }
        if self.used() < soft { Ok(()) } else { Err(Overloaded { retry_after: RETRY_AFTER }) }
    }

    /// Whether `bytes` would be let in now, without counting them: for what is announced and may never come.
    ///
    /// # Errors
    /// There is no room for them now.
    pub fn check(&self, bytes: usize) -> Result<(), Overloaded> {
        let soft = self.inner.soft.load(Ordering::Relaxed);
        let would_be = || self.used().saturating_add(bytes as u64);
        if would_be() >= soft {
            self.look_if_due();
        }
        if soft == NO_LINE || would_be() < soft {
            Ok(())
        } else {
            Err(Overloaded { retry_after: RETRY_AFTER })
        }
    }

    /// Bytes in use: as last seen, with what was let in since.
    pub fn used(&self) -> u64 {
        let inner = &*self.inner;
        inner.seen.load(Ordering::Relaxed).saturating_add(inner.since.load(Ordering::Relaxed))
    }

    /// Where the use stands by a look now.
    pub fn pressure(&self) -> Pressure {
        self.look();
        let seen = self.inner.seen.load(Ordering::Relaxed);
        if seen >= self.inner.hard.load(Ordering::Relaxed) {
            Pressure::Hard
        } else if seen >= self.inner.soft.load(Ordering::Relaxed) {
            Pressure::Soft
        } else {
            Pressure::None
        }
    }

    /// Whether use has reached `line`, for a component with a line of its own; looks when it could have.
    pub fn has_reached(&self, line: u64) -> bool {
        if self.used() >= line {
            self.look_if_due();
        }
        self.used() >= line
    }

    /// Makes the lines in force those that [`Memory::admit`] goes by.
    fn apply_lines(&self) {
        let lines = self.lines();
        self.inner.soft.store(lines.map_or(NO_LINE, |lines| lines.soft), Ordering::Relaxed);
        self.inner.hard.store(lines.map_or(NO_LINE, |lines| lines.hard), Ordering::Relaxed);
        self.look();
    }

    /// Looks, unless somebody did just now. True when this call did.
    fn look_if_due(&self) -> bool {
        let inner = &*self.inner;
        let now = micros(inner.begin.elapsed());
        let last = inner.looked.load(Ordering::Relaxed);
        let due = now.saturating_sub(last) >= micros(LOOK_EVERY);
        // One of those who find it due looks; the others go by what was seen before.
        let is_ours =
            due && inner.looked.compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed).is_ok();
        if is_ours {
            self.look();
        }
        is_ours
    }

    fn look(&self) {
        let inner = &*self.inner;
        inner.since.store(0, Ordering::Relaxed);
        inner.seen.store((inner.measure)().unwrap_or_default(), Ordering::Relaxed);
    }
}

impl std::fmt::Debug for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Memory").field("used", &self.used()).finish_non_exhaustive()
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
