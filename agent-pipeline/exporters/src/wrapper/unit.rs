//! What is sent: a batch and everybody who waits for it.

use std::sync::Arc;

use agent_component::{ConsumeResult, Receipt, Telemetry};
use agent_otlp::Batch;

use super::Sizer;
use super::answer::Answer;
use super::durable::Share;
use super::queue::Room;

/// A batch with its callers: one when it came, several after a merge, shared ones after a cut.
pub(super) struct Unit {
    pub(super) batch: Batch,
    pub(super) callers: Vec<Caller>,
}

/// One who handed data in, and the room that the data takes in a queue until the last part of it is done.
#[derive(Clone)]
pub(super) struct Caller {
    pub(super) receipt: Option<Receipt>,
    pub(super) answer: Option<Answer>,
    pub(super) room: Option<Arc<Room>>,
    /// The record on disk that holds the data.
    pub(super) record: Option<Share>,
}

impl Unit {
    /// What one caller brought.
    pub(super) fn of(data: Telemetry, answer: Option<Answer>, room: Option<Room>) -> Self {
        let caller = Caller { receipt: data.receipt, answer, room: room.map(Arc::new), record: None };
        Self { batch: data.batch, callers: vec![caller] }
    }

    /// Adds another's data at the end. Both are of one queue, so of one signal.
    pub(super) fn merge(&mut self, other: Self) {
        // The signals are equal; a mismatch cannot happen and would leave the callers unanswered, as undelivered.
        if self.batch.append(other.batch).is_ok() {
            self.callers.extend(other.callers);
        }
    }

    /// Cuts a unit of at most `max` off the front, never less than one item; `None` when all of it fits.
    pub(super) fn split_front(&mut self, sizer: Sizer, max: usize) -> Option<Self> {
        let size = sizer.size(&self.batch);
        if max == 0 || size <= max || self.batch.items() <= 1 {
            return None;
        }
        let mut items = match sizer {
            Sizer::Bytes => share(self.batch.items(), max, size),
            Sizer::Items | Sizer::Requests => max,
        };
        let mut front = self.batch.split_front(items.max(1));
        while sizer.size(&front) > max && front.items() > 1 {
            items = share(front.items(), max, sizer.size(&front)).min(front.items() - 1);
            let less = front.split_front(items.max(1));
            let rest = std::mem::replace(&mut self.batch, std::mem::replace(&mut front, less));
            if self.batch.append(rest).is_err() {
                break;
            }
        }
        Some(Self { batch: front, callers: self.callers.clone() })
    }

    /// Cuts the first half off; `None` when there is only one item.
    pub(super) fn split_half(&mut self) -> Option<Self> {
        self.split_front(Sizer::Items, self.batch.items().div_ceil(2))
    }

    /// The shares of all callers as one, to go along with the data.
    pub(super) fn take_receipt(&mut self) -> Option<Receipt> {
        let receipts = self.callers.iter_mut();
        let receipts = receipts.filter_map(|caller| match &caller.record {
            Some(record) => record.receipt(),
            None => caller.receipt.take(),
        });
        Receipt::join(receipts.collect())
    }

    /// The room that the data takes, to be given back elsewhere.
    pub(super) fn take_rooms(&mut self) -> Vec<Arc<Room>> {
        self.callers.iter_mut().filter_map(|caller| caller.room.take()).collect()
    }

    /// Whether somebody gets the result itself.
    pub(super) fn is_waited_for(&self) -> bool {
        self.callers.iter().any(|caller| caller.answer.is_some())
    }

    /// Tells everybody the result. A caller's receipt is settled when its data is delivered, or refused for good and
    /// there is nobody else to tell.
    pub(super) fn finish(self, result: &ConsumeResult) {
        for Caller { receipt, answer, record, .. } in self.callers {
            let settled = match result {
                Ok(_) => true,
                Err(error) => error.is_permanent() && answer.is_none(),
            };
            match record {
                Some(record) if settled => record.settle(),
                Some(record) => record.lose(),
                None => {}
            }
            if let Some(answer) = answer {
                answer.give(result.clone());
            }
            if let Some(receipt) = receipt.filter(|_| settled) {
                receipt.settle();
            }
        }
    }
}

/// `items * max / size` without overflow.
fn share(items: usize, max: usize, size: usize) -> usize {
    let share = items as u128 * max as u128 / (size.max(1) as u128);
    usize::try_from(share).unwrap_or(usize::MAX)
}
