//! Liveness: loops that promise to give a sign of life.
//!
//! A loop that ends takes its promise with it; one that panics does not, or a dead agent would look alive.

use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use agent_config::GoDuration;

const RUNNING: u8 = 0;
const ENDED: u8 = 1;
const PANICKED: u8 = 2;

/// The promise of one loop, kept by calling [`Heartbeat::beat`], withdrawn by dropping it.
///
/// Dropped by a panic it stays: liveness then fails for good.
#[derive(Debug)]
pub struct Heartbeat {
    watched: Arc<Watched>,
}

#[derive(Debug)]
struct Watched {
    name: String,
    max_silence: Duration,
    epoch: Instant,
    /// Milliseconds from the epoch to the last sign of life.
    last: AtomicU64,
    state: AtomicU8,
}

/// All promises.
#[derive(Debug, Default)]
pub(crate) struct Heartbeats(Mutex<Vec<Arc<Watched>>>);

impl Heartbeat {
    /// A sign of life. Cheap enough for every turn of a loop.
    pub fn beat(&self) {
        self.watched.last.store(self.watched.age(Instant::now()), Ordering::Relaxed);
    }
}

impl Drop for Heartbeat {
    fn drop(&mut self) {
        let state = if std::thread::panicking() { PANICKED } else { ENDED };
        self.watched.state.store(state, Ordering::Release);
    }
}

impl Watched {
    fn age(&self, now: Instant) -> u64 {
        u64::try_from(now.saturating_duration_since(self.epoch).as_millis()).unwrap_or(u64::MAX)
    }

    /// What is wrong with it.
    fn complaint(&self, now: Instant) -> Option<String> {
        if self.state.load(Ordering::Acquire) == PANICKED {
            return Some(format!("{} ended by a panic", self.name));
        }
        let silence = Duration::from_millis(self.age(now).saturating_sub(self.last.load(Ordering::Relaxed)));
        (silence > self.max_silence).then(|| {
            let (silence, allowed) = (GoDuration::from(silence), GoDuration::from(self.max_silence));
            format!("{} made no progress for {silence} (at most {allowed})", self.name)
        })
    }
}

impl Heartbeats {
    /// A new promise, first kept now.
    pub(crate) fn watch(&self, name: String, max_silence: Duration) -> Heartbeat {
        let watched = Arc::new(Watched {
            name,
            max_silence,
            epoch: Instant::now(),
            last: AtomicU64::new(0),
            state: AtomicU8::new(RUNNING),
        });
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|watched| watched.state.load(Ordering::Acquire) != ENDED);
        all.push(Arc::clone(&watched));
        Heartbeat { watched }
    }

    /// Every promise that is broken at `now`, in words; `None` when all are kept.
    pub(crate) fn complaints(&self, now: Instant) -> Option<String> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|watched| watched.state.load(Ordering::Acquire) != ENDED);
        let complaints: Vec<String> = all.iter().filter_map(|watched| watched.complaint(now)).collect();
        (!complaints.is_empty()).then(|| complaints.join("; "))
    }
}
