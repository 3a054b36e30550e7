//! What an exporter sent, lost, refused and holds, to be read from outside.
//!
//! Not metrics: these are plain numbers, and whoever serves metrics reads them under the names of the Collector's
//! (v0.145.0), which each number states. They belong to an id and a signal and not to one instance: an exporter and its
//! successor count on the same ones, so that they only grow while a configuration changes.
//!
//! ```text
//! host.shared.of::<AllCounts>().all()      // every exporter that lives, one value for each of its signals
//! ```

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use agent_config::ComponentId;
use agent_otlp::Signal;

/// The counts of all exporters of the process; lives in `Host::shared`.
#[derive(Debug, Default)]
pub struct AllCounts {
    known: Mutex<Vec<Weak<Counts>>>,
}

impl AllCounts {
    /// The counts of every exporter that lives, or still drains, in the order of their making.
    pub fn all(&self) -> Vec<Arc<Counts>> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|counts| counts.strong_count() > 0);
        known.iter().filter_map(Weak::upgrade).collect()
    }

    /// The counts of one exporter and signal, those of its predecessor as long as that lives.
    pub(crate) fn of(&self, id: &ComponentId, signal: Signal) -> Arc<Counts> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|counts| counts.strong_count() > 0);
        let mut alive = known.iter().filter_map(Weak::upgrade);
        if let Some(counts) = alive.find(|counts| counts.id == *id && counts.signal == signal) {
            return counts;
        }
        let counts = Arc::new(Counts::new(id.clone(), signal));
        known.push(Arc::downgrade(&counts));
        counts
    }
}

/// What became of the data of one signal at one exporter. Items are spans, data points, log records.
#[derive(Debug)]
pub struct Counts {
    /// The exporter; the label `exporter`.
    pub id: ComponentId,
    /// The signal; the label `data_type`, and the last part of the names.
    pub signal: Signal,
    sent: AtomicU64,
    send_failed: AtomicU64,
    rejected: AtomicU64,
    enqueue_failed: AtomicU64,
    handed_over: AtomicU64,
    queue_size: AtomicU64,
    queue_capacity: AtomicU64,
}

impl Counts {
    fn new(id: ComponentId, signal: Signal) -> Self {
        Self {
            id,
            signal,
            sent: AtomicU64::new(0),
            send_failed: AtomicU64::new(0),
            rejected: AtomicU64::new(0),
            enqueue_failed: AtomicU64::new(0),
            handed_over: AtomicU64::new(0),
            queue_size: AtomicU64::new(0),
            queue_capacity: AtomicU64::new(0),
        }
    }

    /// Items that the backend took: `otelcol_exporter_sent_{spans,metric_points,log_records}`.
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Items that were given up: `otelcol_exporter_send_failed_{spans,metric_points,log_records}`.
    ///
    /// Those of [`Counts::rejected`] are among them; the Collector counts them as sent.
    pub fn send_failed(&self) -> u64 {
        self.send_failed.load(Ordering::Relaxed)
    }

    /// Items that the backend refused one by one: in a partial success, or as too large alone. Ours.
    pub fn rejected(&self) -> u64 {
        self.rejected.load(Ordering::Relaxed)
    }

    /// Items that the queue did not take: `otelcol_exporter_enqueue_failed_{spans,metric_points,log_records}`.
    pub fn enqueue_failed(&self) -> u64 {
        self.enqueue_failed.load(Ordering::Relaxed)
    }

    /// Items that went from a replaced exporter to its successor, where they are counted again as what becomes of them.
    /// Ours.
    pub fn handed_over(&self) -> u64 {
        self.handed_over.load(Ordering::Relaxed)
    }

    /// What the queue holds, on the wire or not, in units of its `sizer`: `otelcol_exporter_queue_size`.
    ///
    /// While a replaced exporter drains, what it holds is included.
    pub fn queue_size(&self) -> u64 {
        self.queue_size.load(Ordering::Relaxed)
    }

    /// How much that may be: `otelcol_exporter_queue_capacity`. Zero without a queue.
    pub fn queue_capacity(&self) -> u64 {
        self.queue_capacity.load(Ordering::Relaxed)
    }

    /// The backend took a batch of `items`, but for `rejected` of them.
    pub(crate) fn add_sent(&self, items: usize, rejected: u64) {
        let items = items as u64;
        // A backend may name any number.
        let rejected = rejected.min(items);
        self.sent.fetch_add(items - rejected, Ordering::Relaxed);
        if rejected > 0 {
            self.rejected.fetch_add(rejected, Ordering::Relaxed);
            self.send_failed.fetch_add(rejected, Ordering::Relaxed);
        }
    }

    pub(crate) fn add_send_failed(&self, items: usize) {
        self.send_failed.fetch_add(items as u64, Ordering::Relaxed);
    }

    pub(super) fn add_enqueue_failed(&self, items: usize) {
        self.enqueue_failed.fetch_add(items as u64, Ordering::Relaxed);
    }

    pub(super) fn add_handed_over(&self, items: usize) {
        self.handed_over.fetch_add(items as u64, Ordering::Relaxed);
    }

    pub(super) fn take_room(&self, size: usize) {
        self.queue_size.fetch_add(size as u64, Ordering::Relaxed);
    }

    pub(super) fn give_room(&self, size: usize) {
        self.queue_size.fetch_sub(size as u64, Ordering::Relaxed);
    }

    pub(super) fn set_queue_capacity(&self, capacity: usize) {
        self.queue_capacity.store(capacity as u64, Ordering::Relaxed);
    }
}
