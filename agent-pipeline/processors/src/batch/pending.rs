//! What a group of `batch` holds: payloads in order of arrival, and the rules by which they leave.
//!
//! Pure bookkeeping without clock or task. Payloads stay as they came until they leave, so adding one moves a few
//! words, and merging happens once, in [`Pending::take`], by linking the payloads' chunks.

use std::collections::VecDeque;

use agent_component::Receipt;
use agent_otlp::Batch;

/// When a batch is sent and how large it may be, in items.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// A batch this large is due; at least 1.
    pub(super) due: usize,
    /// No batch is larger; at least `due`.
    pub(super) max: usize,
}

/// Payloads on their way out as one batch, with everybody who waits for them.
#[derive(Debug)]
pub(super) struct Parcel {
    pub(super) batch: Batch,
    pub(super) receipts: Vec<Receipt>,
}

#[derive(Debug)]
struct Payload {
    batch: Batch,
    receipt: Option<Receipt>,
}

/// Payloads that wait.
#[derive(Debug, Default)]
pub(super) struct Pending {
    payloads: VecDeque<Payload>,
    items: usize,
}

impl Pending {
    /// Items that wait.
    pub(super) fn items(&self) -> usize {
        self.items
    }

    /// Payloads that wait, a remainder of one included.
    pub(super) fn payloads(&self) -> usize {
        self.payloads.len()
    }

    /// Adds a payload, which must not be empty.
    pub(super) fn push(&mut self, batch: Batch, receipt: Option<Receipt>) {
        self.items += batch.items();
        self.payloads.push_back(Payload { batch, receipt });
    }

    /// Takes a batch if one is due.
    pub(super) fn take_due(&mut self, limits: Limits) -> Option<Parcel> {
        if self.items < limits.due { None } else { self.take(limits.due, limits.max) }
    }

    /// Takes whatever waits, at most one batch of it.
    pub(super) fn take_any(&mut self, limits: Limits) -> Option<Parcel> {
        self.take(limits.max, limits.max)
    }

    /// Takes whole payloads until there are `enough` items; only a payload that would pass `max` is split.
    fn take(&mut self, enough: usize, max: usize) -> Option<Parcel> {
        let mut parcel: Option<Parcel> = None;
        let mut taken = 0;
        while taken < enough {
            let Some(payload) = self.next_part(max - taken) else { break };
            taken += payload.batch.items();
            let receipt = payload.receipt;
            match &mut parcel {
                Some(parcel) => {
                    if let Err(mismatch) = parcel.batch.append(payload.batch) {
                        // One instance serves one signal; were that broken, the receipt is lost with the data.
                        tracing::error!(%mismatch, "A payload of another signal was dropped");
                        continue;
                    }
                    parcel.receipts.extend(receipt);
                }
                None => {
                    parcel = Some(Parcel { batch: payload.batch, receipts: receipt.into_iter().collect() });
                }
            }
        }
        self.items -= taken;
        parcel
    }

    /// The first payload, or as much of it as `room` allows; a receipt then has a share in both parts.
    fn next_part(&mut self, room: usize) -> Option<Payload> {
        let first = self.payloads.front_mut()?;
        if first.batch.items() <= room {
            return self.payloads.pop_front();
        }
        Some(Payload { batch: first.batch.split_front(room), receipt: first.receipt.clone() })
    }
}
