//! The traces that are held, in the order in which they will be released.
//!
//! Pure bookkeeping without clock or task: every trace waits equally long, so the oldest is always the next.

use std::collections::{HashMap, VecDeque};

use agent_component::Receipt;
use agent_otlp::Batch;
use tokio::time::Instant;

use super::split::TraceId;

/// A trace, with everybody who waits for a part of it.
#[derive(Debug)]
pub(super) struct Trace {
    pub(super) batch: Batch,
    pub(super) receipts: Vec<Receipt>,
}

/// See the file's head.
#[derive(Debug, Default)]
pub(super) struct Traces {
    held: HashMap<TraceId, Trace>,
    due: VecDeque<(Instant, TraceId)>,
}

impl Traces {
    /// Adds a part of a trace, to be released at `due` when it is the first of it. Returns the trace that had to go so
    /// that there are not more than `limit`.
    pub(super) fn add(
        &mut self,
        id: TraceId,
        batch: Batch,
        receipt: Option<Receipt>,
        due: Instant,
        limit: usize,
    ) -> Option<Trace> {
        if let Some(trace) = self.held.get_mut(&id) {
            trace.receipts.extend(receipt);
            if let Err(mismatch) = trace.batch.append(batch) {
                // One instance serves one signal; were that broken, the receipt is lost with the data.
                tracing::error!(%mismatch, "A payload of another signal was dropped");
            }
            return None;
        }
        let evicted = if self.held.len() >= limit { self.take() } else { None };
        self.held.insert(id, Trace { batch, receipts: receipt.into_iter().collect() });
        self.due.push_back((due, id));
        evicted
    }

    /// When the oldest trace is due.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.due.front().map(|(due, _)| *due)
    }

    /// Whether more than `count` traces are due.
    pub(super) fn more_due_than(&self, count: usize, now: Instant) -> bool {
        self.due.get(count).is_some_and(|(due, _)| *due <= now)
    }

    /// Takes the oldest trace.
    pub(super) fn take(&mut self) -> Option<Trace> {
        let (_, id) = self.due.pop_front()?;
        self.held.remove(&id)
    }

    /// Takes the oldest trace if it is due.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<Trace> {
        if self.next_due()? <= now { self.take() } else { None }
    }

    /// How many spans are held.
    pub(super) fn spans(&self) -> usize {
        self.held.values().map(|trace| trace.batch.items()).sum()
    }
}
