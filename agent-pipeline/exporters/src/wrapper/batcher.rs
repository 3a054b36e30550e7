//! `sending_queue::batch`: merges and cuts between queue and wire.
//!
//! No task of its own: the workers take turns. Whoever holds the lock gathers until the batch is due, keeps what is
//! left over for the next in turn, and goes to send.

use tokio::sync::Mutex;
use tokio::time::{Instant, timeout_at};

use super::backlog::Backlog;
use super::settings::count;
use super::successor::Successor;
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
    ///
    /// Once a successor is named, nothing is gathered any more.
    pub(super) async fn next(&self, queue: &Backlog, successor: &Successor) -> Option<Unit> {
        let mut gathered = self.gathered.lock().await;
        loop {
            let next = match gathered.as_ref() {
                None => queue.pop().await,
                Some(held) if self.sizer.size(&held.unit.batch) >= self.min_size => break,
                Some(held) => match successor.unless_named(timeout_at(held.due, queue.pop())).await {
                    Some(Ok(next)) => next,
                    Some(Err(_)) | None => break,
                },
            };
            let Some(unit) = next else { break };
            match gathered.as_mut() {
                // What is lost counts by who is told of it, so these two kinds do not mix. The first is small and can go.
                Some(held) if held.unit.is_waited_for() != unit.is_waited_for() => {
                    let next = Gathered { unit, due: Instant::now() + self.flush_timeout };
                    return Some(std::mem::replace(held, next).unit);
                }
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

    /// What is gathered, else what the queue has. Nothing while somebody is gathering: then that one has it soon.
    pub(super) fn next_now(&self, queue: &Backlog) -> Option<Unit> {
        let mut gathered = self.gathered.try_lock().ok()?;
        gathered.take().map(|held| held.unit).or_else(|| queue.try_pop())
    }

    /// Takes out what waits here, for nobody to send, after the workers have ended.
    pub(super) fn abandon(&self) -> Option<Unit> {
        let held = self.gathered.try_lock().ok().and_then(|mut gathered| gathered.take());
        held.map(|held| held.unit)
    }
}
