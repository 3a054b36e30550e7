//! The queue of one signal, in memory.
//!
//! Room is a semaphore's permits that travel with the data until it is delivered or lost: what is on the wire counts
//! against `queue_size`, as in the Collector, and nothing can forget to give room back.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use agent_component::{ConsumeError, ConsumeResult, Receipt};
use agent_otlp::Batch;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, TryAcquireError, oneshot};

use super::answer::{Answer, ended};
use super::settings::count;
use super::unit::{Caller, Unit};
use super::{QueueSettings, Sizer};

pub(super) struct Queue {
    waiting: Mutex<Waiting>,
    /// A unit came, or the queue was closed.
    changed: Notify,
    room: Arc<Semaphore>,
    capacity: usize,
    sizer: Sizer,
    block_on_overflow: bool,
    wait_for_result: bool,
}

struct Waiting {
    units: VecDeque<Unit>,
    closed: bool,
}

impl Queue {
    pub(super) fn new(settings: &QueueSettings) -> Self {
        let capacity = count(settings.queue_size).min(Semaphore::MAX_PERMITS);
        Self {
            waiting: Mutex::new(Waiting { units: VecDeque::new(), closed: false }),
            changed: Notify::new(),
            room: Arc::new(Semaphore::new(capacity)),
            capacity,
            sizer: settings.sizer,
            block_on_overflow: settings.block_on_overflow,
            wait_for_result: settings.wait_for_result,
        }
    }

    /// Takes data in, or says why not. With `wait_for_result` there is an end to wait on.
    pub(super) async fn push(
        &self,
        batch: Batch,
        receipt: Option<Receipt>,
    ) -> Result<Option<oneshot::Receiver<ConsumeResult>>, ConsumeError> {
        let room = self.make_room(self.sizer.size(&batch)).await?;
        let (answer, result) = if self.wait_for_result {
            let (answer, result) = Answer::new();
            (Some(answer), Some(result))
        } else {
            (None, None)
        };
        // No await from here on: either the queue has the data and its room, or nobody.
        let mut waiting = self.waiting();
        if waiting.closed {
            return Err(ended());
        }
        let caller = Caller { receipt, answer, _room: Arc::new(room) };
        waiting.units.push_back(Unit { batch, callers: vec![caller] });
        drop(waiting);
        self.changed.notify_one();
        Ok(result)
    }

    async fn make_room(&self, size: usize) -> Result<OwnedSemaphorePermit, ConsumeError> {
        let permits = u32::try_from(size).ok().filter(|_| size <= self.capacity).ok_or_else(|| {
            let (noun, capacity) = (self.sizer.noun(), self.capacity);
            ConsumeError::permanent(format!("{size} {noun} can never fit into a queue of {capacity}"))
        })?;
        let room = Arc::clone(&self.room);
        if self.block_on_overflow {
            return room.acquire_many_owned(permits).await.map_err(|_| ended());
        }
        room.try_acquire_many_owned(permits).map_err(|error| match error {
            TryAcquireError::NoPermits => ConsumeError::retryable("sending queue is full"),
            TryAcquireError::Closed => ended(),
        })
    }

    /// The next unit, or `None` once the queue is closed and empty.
    pub(super) async fn pop(&self) -> Option<Unit> {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            // Registered before looking: a unit that comes in between wakes this one.
            changed.as_mut().enable();
            {
                let mut waiting = self.waiting();
                if let Some(unit) = waiting.units.pop_front() {
                    // A wake-up may have come while nobody waited, for more than one unit.
                    if !waiting.units.is_empty() {
                        self.changed.notify_one();
                    }
                    return Some(unit);
                }
                if waiting.closed {
                    return None;
                }
            }
            changed.await;
        }
    }

    /// Takes nothing more; what is in is still given out. Callers that wait for room are refused.
    pub(super) fn close(&self) {
        self.waiting().closed = true;
        self.room.close();
        self.changed.notify_waiters();
    }

    /// How many items wait, those on the wire not included.
    pub(super) fn items(&self) -> usize {
        self.waiting().units.iter().map(|unit| unit.batch.items()).sum()
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
