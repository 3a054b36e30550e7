//! The queue of one signal, in memory.
//!
//! Room is a semaphore's permits that travel with the data until it is delivered or lost: what is on the wire counts
//! against `queue_size`, as in the Collector, and nothing can forget to give room back.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use agent_component::{ConsumeError, ConsumeResult, Telemetry};
use agent_otlp::Batch;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, TryAcquireError, oneshot};

use super::answer::{Answer, ended};
use super::settings::count;
use super::successor::{Handed, handed_over, is_handed_over};
use super::unit::Unit;
use super::{QueueSettings, Sizer};

/// The most that a semaphore gives at once.
const MOST_PERMITS: usize = u32::MAX as usize;
/// Told to come back after this, a client finds room if the backend takes anything at all.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// There is no room now.
pub(super) fn full() -> ConsumeError {
    ConsumeError::retryable("sending queue is full").retry_after(RETRY_AFTER)
}

pub(super) struct Queue {
    waiting: Mutex<Waiting>,
    /// A unit came, or the queue was closed.
    changed: Notify,
    room: Arc<Semaphore>,
    /// What has room. Not the permits that are taken: a caller who waits holds some of those already.
    held: Arc<AtomicUsize>,
    capacity: usize,
    sizer: Sizer,
    block_on_overflow: bool,
    wait_for_result: bool,
}

struct Waiting {
    units: VecDeque<Unit>,
    closed: bool,
}

/// Room that data takes in a queue; given back when dropped.
pub(super) struct Room {
    _permits: OwnedSemaphorePermit,
    size: usize,
    held: Arc<AtomicUsize>,
}

impl Drop for Room {
    fn drop(&mut self) {
        self.held.fetch_sub(self.size, Ordering::Relaxed);
    }
}

impl Queue {
    pub(super) fn new(settings: &QueueSettings) -> Self {
        let capacity = count(settings.queue_size).min(Semaphore::MAX_PERMITS);
        Self {
            waiting: Mutex::new(Waiting { units: VecDeque::new(), closed: false }),
            changed: Notify::new(),
            room: Arc::new(Semaphore::new(capacity)),
            held: Arc::default(),
            capacity,
            sizer: settings.sizer,
            block_on_overflow: settings.block_on_overflow,
            wait_for_result: settings.wait_for_result,
        }
    }

    /// How much it can hold, in units of its sizer.
    pub(super) fn capacity(&self) -> usize {
        self.capacity
    }

    /// How much it holds, what is on the wire included.
    pub(super) fn held(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }

    pub(super) fn sizer(&self) -> Sizer {
        self.sizer
    }

    /// Room for a batch, or why there is none. What another exporter held was accepted once and is not refused for
    /// want of room: it waits, and one that is larger than the whole queue waits for all of it.
    pub(super) async fn room(&self, batch: &Batch) -> Result<Room, ConsumeError> {
        let size = self.sizer.size(batch);
        let wanted = if is_handed_over() { size.min(self.capacity).min(MOST_PERMITS) } else { size };
        let permits = u32::try_from(wanted).ok().filter(|_| wanted <= self.capacity).ok_or_else(|| {
            let (noun, capacity) = (self.sizer.noun(), self.capacity);
            ConsumeError::permanent(format!("{size} {noun} can never fit into a queue of {capacity}"))
        })?;
        let room = Arc::clone(&self.room);
        let permits = if self.block_on_overflow || is_handed_over() {
            room.acquire_many_owned(permits).await.map_err(|_| ended())?
        } else {
            room.try_acquire_many_owned(permits).map_err(|error| match error {
                TryAcquireError::NoPermits => full(),
                TryAcquireError::Closed => ended(),
            })?
        };
        self.held.fetch_add(size, Ordering::Relaxed);
        Ok(Room { _permits: permits, size, held: Arc::clone(&self.held) })
    }

    /// Takes data in, or gives it back when the queue is closed. With `wait_for_result` there is an end to wait on, unless
    /// the data comes from another exporter's queue, where nobody waits for it any more.
    pub(super) fn push(
        &self,
        room: Room,
        data: Telemetry,
    ) -> Result<Option<oneshot::Receiver<ConsumeResult>>, Telemetry> {
        let mut waiting = self.waiting();
        if waiting.closed {
            return Err(data);
        }
        let handed = handed_over();
        let waited_for = self.wait_for_result && handed.as_ref().is_none_or(Handed::is_waited_for);
        let (answer, result) = waited_for.then(Answer::new).unzip();
        waiting.units.push_back(Unit::of(data, answer, Some(room)));
        drop(waiting);
        if let Some(handed) = handed {
            handed.take();
        }
        self.changed.notify_one();
        Ok(result)
    }

    /// The next unit, or `None` once the queue is closed and empty.
    pub(super) async fn pop(&self) -> Option<Unit> {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            // Registered before looking: a unit that comes in between wakes this one.
            changed.as_mut().enable();
            // Asked before looking: after it nothing comes any more.
            let closed = self.waiting().closed;
            let unit = self.try_pop();
            if unit.is_some() || closed {
                return unit;
            }
            changed.await;
        }
    }

    /// The next unit, if one waits.
    pub(super) fn try_pop(&self) -> Option<Unit> {
        let mut waiting = self.waiting();
        let unit = waiting.units.pop_front()?;
        // A wake-up may have come while nobody waited, for more than one unit.
        if !waiting.units.is_empty() {
            self.changed.notify_one();
        }
        Some(unit)
    }

    /// Takes nothing more; what is in is still given out. Callers that wait for room are refused.
    pub(super) fn close(&self) {
        self.waiting().closed = true;
        self.room.close();
        self.changed.notify_waiters();
    }

    /// Takes out what waits, for nobody to send.
    pub(super) fn abandon(&self) -> VecDeque<Unit> {
        std::mem::take(&mut self.waiting().units)
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
