//! What an exporter has for each of its signals.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use agent_component::factory::Batching;
use agent_component::{BuildContext, Next};
use agent_otlp::Signal;
use agent_telemetry::metrics::BatchCounts;
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::QueueSettings;
use super::backlog::Backlog;
use super::batcher::{Batcher, Folded};
use super::counts::{Counts, Reason};
use super::durable::Disk;
use super::in_hand::Loss;
use super::successor::Successor;
use super::unit::Unit;

/// How long a try may keep a successor waiting that needs the directory. Calls wait for longer than that.
const PATIENCE: Duration = Duration::from_secs(5);

/// The way of one signal: its queue, where there is one, what gathers behind it, and the numbers.
pub(super) struct Lane {
    pub(super) signal: Signal,
    pub(super) queue: Option<Arc<Backlog>>,
    /// A `batch` processor that stood in front of the queue gathers behind it.
    folded: Option<Batcher>,
    batcher: Option<Batcher>,
    pub(super) counts: Counts,
    pub(super) successor: Successor,
    /// Items that were lost because work on them ended before its time, and are not told yet.
    lost: AtomicUsize,
    turn: Mutex<()>,
}

/// The right to take the next unit and hand it to a successor, which keeps what is handed over in order.
pub(super) type Turn<'a> = MutexGuard<'a, ()>;

impl Lane {
    pub(super) fn new(
        context: &BuildContext,
        signal: Signal,
        queue: Option<&QueueSettings>,
        counts: Counts,
    ) -> Self {
        Self {
            signal,
            queue: queue.map(|settings| Arc::new(Backlog::new(context, signal, settings))),
            folded: None,
            batcher: queue.and_then(Batcher::new),
            counts,
            successor: Successor::default(),
            lost: AtomicUsize::new(0),
            turn: Mutex::new(()),
        }
    }

    /// Does the work of a processor from now on.
    pub(super) fn fold(&mut self, batching: &Batching, counts: BatchCounts) {
        if let Some(Backlog::Disk(disk)) = self.queue.as_mut().and_then(Arc::get_mut) {
            disk.fold(batching);
        }
        self.folded = Some(Batcher::folded(batching, counts));
    }

    /// Its data goes there.
    pub(super) fn is_meant_for(&mut self, destination: Option<u64>) {
        if let Some(Backlog::Disk(disk)) = self.queue.as_mut().and_then(Arc::get_mut) {
            disk.is_meant_for(destination);
        }
    }

    pub(super) fn disk(&self) -> Option<&Disk> {
        self.queue.as_ref()?.disk()
    }

    /// Whether data that is not on the wire stays where it is, on disk: from the end on, or until the successor opens it.
    pub(super) fn is_left(&self) -> bool {
        self.disk().is_some_and(Disk::is_left)
    }

    /// Waits for a try; gives it up when a successor has waited for the directory for long enough.
    pub(super) async fn unless_hurried<T>(&self, attempt: impl Future<Output = T>) -> Option<T> {
        let Some(disk) = self.disk() else { return Some(attempt.await) };
        let mut attempt = pin!(attempt);
        let unhurried = self.successor.unless_named(disk.unless_given_way(attempt.as_mut()));
        if let Some(result) = unhurried.await.flatten() {
            return Some(result);
        }
        if disk.is_left() { timeout(PATIENCE, attempt).await.ok() } else { Some(attempt.await) }
    }

    /// Names the successor, and says what becomes of a queue on disk.
    pub(super) fn hand_over(&self, successor: Next) {
        // Before: nobody may hand anything to a successor that waits for the directory. After: late calls find it.
        if let Some(disk) = self.disk() {
            disk.decide();
        }
        self.successor.name(successor);
        if let Some(disk) = self.disk().filter(|disk| disk.is_left()) {
            disk.close();
        }
    }

    /// There is no successor: what is on disk is sent until then, where it would otherwise stay.
    pub(super) fn retire(&self, until: &CancellationToken) {
        if let Some(disk) = self.disk().filter(|_| self.successor.get().is_none()) {
            disk.retire(until);
        }
    }

    /// What ends the wait for a next try: the stop, or where nobody follows and data is on disk, a later end.
    pub(super) fn end_of_waits<'a>(&'a self, stopping: &'a CancellationToken) -> &'a CancellationToken {
        self.disk().and_then(Disk::retired).unwrap_or(stopping)
    }

    pub(super) async fn turn(&self) -> Turn<'_> {
        self.turn.lock().await
    }

    /// The next unit; `None` once the queue is closed and empty. With a successor nothing waits to be merged.
    pub(super) async fn next(&self) -> Option<Unit> {
        let queue = self.queue.as_ref()?;
        let (queue, successor) = (&**queue, &self.successor);
        let unit = match (&self.folded, &self.batcher) {
            (None, None) => queue.pop().await,
            (Some(only), None) | (None, Some(only)) => only.next(queue, successor).await,
            (Some(first), Some(then)) => {
                then.next(&Folded { batcher: first, queue, successor }, successor).await
            }
        }?;
        self.counts.left_queue(&unit.batch);
        Some(unit)
    }

    /// What waits, if anything does, oldest first.
    pub(super) fn next_now(&self) -> Option<Unit> {
        let queue = self.queue.as_ref()?;
        match (&self.batcher, &self.folded) {
            (None, None) => queue.try_pop(),
            (Some(batcher), None) => batcher.next_now(queue),
            // Of what is on disk nobody knows but what is gathered.
            (_, Some(_)) => self.batchers().find_map(Batcher::take),
        }
    }

    /// Those that gather, the nearest to the wire first.
    fn batchers(&self) -> impl Iterator<Item = &Batcher> {
        [&self.batcher, &self.folded].into_iter().flatten()
    }

    /// Counts items on which work ended before its time.
    pub(super) fn lose(&self, items: usize, loss: Loss) {
        if items > 0 && loss != Loss::Kept {
            self.lost.fetch_add(items, Ordering::Relaxed);
            let reason = if std::thread::panicking() { Reason::Defect } else { Reason::Shutdown };
            self.counts.lost(items, loss, reason);
        }
    }

    /// Drops what is held, after the workers have ended, and says how many items were lost with that and with the workers.
    pub(super) fn abandon(&self) -> usize {
        let queued = self.queue.as_ref().map(|queue| queue.abandon()).unwrap_or_default();
        let gathered = self.batchers().filter_map(Batcher::take);
        for unit in queued.into_iter().chain(gathered) {
            self.lose(unit.batch.items(), Loss::of(self, &unit));
        }
        self.lost.swap(0, Ordering::Relaxed)
    }
}

/// For an end without any order: what is held is lost, and counted.
impl Drop for Lane {
    fn drop(&mut self) {
        self.abandon();
    }
}
