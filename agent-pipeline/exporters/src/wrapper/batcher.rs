//! `sending_queue::batch`: merges and cuts between queue and wire.
//!
//! No task of its own: the workers take turns. Whoever holds the lock gathers until the batch is due, keeps what is
//! left over for the next in turn, and goes to send.

use tokio::sync::Mutex;
use tokio::time::{Instant, timeout_at};

use super::queue::Queue;
use super::settings::count;
use super::unit::Unit;
use super::{QueueSettings, Sizer};

pub(super) struct Batcher {
    gathered: Mutex<Option<Gathered>>,
    flush_timeout: std::time::Duration,
    min_size: usize,
    max_size: usize,
    sizer: Sizer,
}

struct Gathered {
    unit: Unit,
    due: Instant,
}

impl Batcher {
    /// `None` when the settings do not ask for batching.
    pub(super) fn new(settings: &QueueSettings) -> Option<Self> {
        let batch = settings.batch.as_ref()?;
        Some(Self {
            gathered: Mutex::new(None),
            flush_timeout: batch.flush_timeout(),
            min_size: count(batch.min_size),
            max_size: count(batch.max_size),
            sizer: settings.batch_sizer(batch),
        })
    }

    /// The next unit to send; `None` once the queue is closed and empty and nothing is left over.
    pub(super) async fn next(&self, queue: &Queue) -> Option<Unit> {
        let mut gathered = self.gathered.lock().await;
        loop {
            let next = match gathered.as_ref() {
                None => queue.pop().await,
                Some(held) if self.sizer.size(&held.unit.batch) >= self.min_size => break,
                Some(held) => match timeout_at(held.due, queue.pop()).await {
                    Ok(next) => next,
                    Err(_) => break,
                },
            };
            let Some(unit) = next else { break };
            match gathered.as_mut() {
                Some(held) => held.unit.merge(unit),
                None => *gathered = Some(Gathered { unit, due: Instant::now() + self.flush_timeout }),
            }
        }
        if let Some(held) = gathered.as_mut()
            && let Some(front) = held.unit.split_front(self.sizer, self.max_size)
        {
            return Some(front);
        }
        gathered.take().map(|held| held.unit)
    }

    /// How many items wait here.
    pub(super) fn items(&self) -> usize {
        let gathered = self.gathered.try_lock();
        gathered.ok().and_then(|held| held.as_ref().map(|held| held.unit.batch.items())).unwrap_or(0)
    }
}
