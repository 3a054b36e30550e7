//! What an exporter has for each of its signals.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use agent_otlp::Signal;
use tokio::sync::{Mutex, MutexGuard};

use super::QueueSettings;
use super::batcher::Batcher;
use super::counts::Counts;
use super::queue::Queue;
use super::successor::Successor;
use super::unit::Unit;

/// The way of one signal: its queue, where there is one, what gathers behind it, and the numbers.
pub(super) struct Lane {
    pub(super) signal: Signal,
    pub(super) queue: Option<Queue>,
    batcher: Option<Batcher>,
    pub(super) counts: Arc<Counts>,
    pub(super) successor: Successor,
    /// Items that were taken out of the queue and of which nothing has become yet.
    busy: AtomicUsize,
    turn: Mutex<()>,
}

/// The right to take the next unit and hand it to a successor, which keeps what is handed over in order.
pub(super) type Turn<'a> = MutexGuard<'a, ()>;

impl Lane {
    pub(super) fn new(signal: Signal, queue: Option<&QueueSettings>, counts: Arc<Counts>) -> Self {
        Self {
            signal,
            queue: queue.map(|settings| Queue::new(settings, Arc::clone(&counts))),
            batcher: queue.and_then(Batcher::new),
            counts,
            successor: Successor::default(),
            busy: AtomicUsize::new(0),
            turn: Mutex::new(()),
        }
    }

    /// From now on this is the queue, or that there is none, that the numbers speak of.
    pub(super) fn announce(&self) {
        self.counts.set_queue_capacity(self.queue.as_ref().map_or(0, Queue::capacity));
    }

    pub(super) async fn turn(&self) -> Turn<'_> {
        self.turn.lock().await
    }

    /// The next unit; `None` once the queue is closed and empty. With a successor nothing waits to be merged.
    pub(super) async fn next(&self) -> Option<Unit> {
        let queue = self.queue.as_ref()?;
        let unit = match &self.batcher {
            None => queue.pop().await,
            Some(batcher) => batcher.next(queue, &self.successor).await,
        };
        self.out(unit)
    }

    /// What waits, if anything does, oldest first.
    pub(super) fn next_now(&self) -> Option<Unit> {
        let queue = self.queue.as_ref()?;
        let unit = match &self.batcher {
            None => queue.try_pop(),
            Some(batcher) => batcher.next_now(queue),
        };
        self.out(unit)
    }

    fn out(&self, unit: Option<Unit>) -> Option<Unit> {
        let unit = unit?;
        self.busy.fetch_add(unit.batch.items(), Ordering::Relaxed);
        Some(unit)
    }

    /// Something has become of items that [`Lane::next`] gave out.
    pub(super) fn done(&self, items: usize) {
        if self.queue.is_some() {
            self.busy.fetch_sub(items, Ordering::Relaxed);
        }
    }

    /// Drops what is held, after the workers have ended, and says how many items nothing had become of.
    pub(super) fn abandon(&self) -> usize {
        let queued = self.queue.as_ref().map_or(0, Queue::abandon);
        let gathered = self.batcher.as_ref().map_or(0, Batcher::abandon);
        queued + gathered + self.busy.swap(0, Ordering::Relaxed)
    }
}
