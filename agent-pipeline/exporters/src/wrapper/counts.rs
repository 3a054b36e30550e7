//! What becomes of items at an exporter, in the agent's own metrics.
//!
//! ```text
//! handed in = sent + send_failed + enqueue_failed + held          for each id and signal
//! send_failed = dropped{reason} + what a caller who waited was told
//! ```
//!
//! The first three are the Collector's (v0.145.0), but for what a backend rejects one by one: that is `send_failed` here.
//! `dropped` is `otelcol_kubeagent_dropped_items`: what was taken and is lost, each item once and under one [`Reason`].
//! What stays on disk is held, by whichever process; what an earlier one left comes on top of what was handed in.
//! A refusal is never there, since whoever is refused still has the data: a full queue counts as `enqueue_failed` only.

use agent_component::BuildContext;
use agent_otlp::{Batch, Signal};
use agent_telemetry::Metrics;
use agent_telemetry::metrics::{ComponentKind, Counter, ExporterCounts};

use super::in_hand::Loss;

/// Why items that an exporter had taken are lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// The backend refused the request for good.
    PermanentError,
    /// The refusal might have passed, but retries ended or are switched off.
    RetriesExhausted,
    /// The backend took the request without these items (partial success).
    RejectedByBackend,
    /// The backend takes no request as large as this item alone.
    TooLarge,
    /// The agent panicked over them.
    Defect,
    /// The exporter ended first: the last try of the drain failed, or the grace period was over.
    Shutdown,
    /// The queue was full, and newer items took their place.
    QueueFull,
    /// The resource lacks the attribute that says where its items belong.
    MissingAttribute,
}

impl Reason {
    /// Those that end what is sent to a backend.
    pub(crate) const OF_SENDING: [Self; 6] = [
        Self::PermanentError,
        Self::RetriesExhausted,
        Self::RejectedByBackend,
        Self::TooLarge,
        Self::Defect,
        Self::Shutdown,
    ];

    /// The label.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::PermanentError => "permanent_error",
            Self::RetriesExhausted => "retries_exhausted",
            Self::RejectedByBackend => "rejected_by_backend",
            Self::TooLarge => "too_large",
            Self::Defect => "defect",
            Self::Shutdown => "shutdown",
            Self::QueueFull => "queue_full",
            Self::MissingAttribute => "missing_attribute",
        }
    }
}

/// The counters of one exporter and signal. A successor of the same id counts on.
pub(crate) struct Counts {
    exporter: ExporterCounts,
    dropped: Vec<(Reason, Counter)>,
}

impl Counts {
    /// Counters for an exporter that can lose items for these reasons.
    pub(crate) fn new(context: &BuildContext, signal: Signal, reasons: &[Reason]) -> Self {
        let (metrics, id) = (context.host.shared.of::<Metrics>(), &context.id);
        let dropped = |reason: &Reason| {
            (*reason, metrics.dropped(ComponentKind::Exporter, id, None, signal, reason.as_str()))
        };
        Self { exporter: metrics.exporter(id, signal), dropped: reasons.iter().map(dropped).collect() }
    }

    /// A batch leaves the queue.
    pub(super) fn left_queue(&self, batch: &Batch) {
        self.exporter.batch_size.record(batch.items() as u64);
        self.exporter.batch_bytes.record(batch.byte_len() as u64);
    }

    /// The backend took a batch of `items`, but for `rejected` of them.
    pub(crate) fn sent(&self, items: usize, rejected: u64) {
        // A backend may name any number.
        let rejected = usize::try_from(rejected).unwrap_or(usize::MAX).min(items);
        self.exporter.sent.add_items(items - rejected);
        if rejected > 0 {
            self.dropped(rejected, Reason::RejectedByBackend);
        }
    }

    /// Items are lost, and nobody who could hand them in again is told.
    pub(crate) fn dropped(&self, items: usize, reason: Reason) {
        self.exporter.send_failed.add_items(items);
        if let Some((_, counter)) = self.dropped.iter().find(|(of, _)| *of == reason) {
            counter.add_items(items);
        }
    }

    /// Items were not sent, and whoever handed them in is told.
    pub(crate) fn returned(&self, items: usize) {
        self.exporter.send_failed.add_items(items);
    }

    /// Items were not sent, for this reason; `loss` says who knows.
    pub(super) fn lost(&self, items: usize, loss: Loss, reason: Reason) {
        match loss {
            Loss::Kept if reason == Reason::Shutdown => {}
            Loss::Dropped | Loss::Kept => self.dropped(items, reason),
            Loss::Returned => self.returned(items),
            Loss::Theirs => {}
        }
    }

    /// The queue did not take items.
    pub(super) fn not_queued(&self, items: usize) {
        self.exporter.enqueue_failed.add_items(items);
    }
}
