//! How a caller that waits for the result (`wait_for_result`) learns it, through merges and cuts.

use std::sync::{Arc, Mutex, PoisonError};

use agent_component::{Accepted, ConsumeError, ConsumeResult};
use tokio::sync::oneshot;

/// From here on the words of further parts are left out: there may be as many parts as items.
const MOST_WORDS: usize = 4096;

/// One share in the answer to a caller; all shares must be given. Clones are further shares.
///
/// A share that is dropped counts as a refusal that may pass, so that a worker that was ended answers too.
pub(super) struct Answer {
    shared: Arc<Shared>,
    given: bool,
}

struct Shared {
    result: Mutex<Option<ConsumeResult>>,
    caller: Option<oneshot::Sender<ConsumeResult>>,
}

impl Answer {
    pub(super) fn new() -> (Self, oneshot::Receiver<ConsumeResult>) {
        let (caller, waiting) = oneshot::channel();
        let shared = Shared { result: Mutex::new(None), caller: Some(caller) };
        (Self { shared: Arc::new(shared), given: false }, waiting)
    }

    pub(super) fn give(mut self, result: ConsumeResult) {
        self.given = true;
        self.join(result);
    }

    fn join(&self, result: ConsumeResult) {
        let mut joined = self.shared.result.lock().unwrap_or_else(PoisonError::into_inner);
        *joined = Some(match (joined.take(), result) {
            (None, only) => only,
            (Some(Ok(sum)), Ok(more)) => Ok(sum_up(sum, &more)),
            (Some(Err(first)), Err(second)) => Err(both(first, &second)),
            (Some(Err(error)), Ok(_)) | (Some(Ok(_)), Err(error)) => Err(error),
        });
    }
}

/// Parts of one request, not copies of it: what they lost adds up. The same words are not repeated.
fn sum_up(mut sum: Accepted, more: &Accepted) -> Accepted {
    // A backend may name any number.
    let rejected = sum.rejected.saturating_add(more.rejected);
    if sum.message.len() < MOST_WORDS && !sum.message.contains(&more.message) {
        sum = sum.join(more);
    }
    sum.rejected = rejected;
    sum
}

fn both(first: ConsumeError, second: &ConsumeError) -> ConsumeError {
    let enough = first.message.len() >= MOST_WORDS || first.message.contains(&second.message);
    let (component, message) = (first.component.clone(), first.message.clone());
    let joined = first.join(second);
    if enough { ConsumeError { component, message, ..joined } } else { joined }
}

impl Clone for Answer {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), given: false }
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        if !self.given {
            self.join(Err(ended()));
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        let result = self.result.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(caller) = self.caller.take() {
            // The caller may have gone; the data went its way all the same.
            let _ = caller.send(result.unwrap_or_else(|| Err(ended())));
        }
    }
}

/// What a caller is told when the exporter ended before there was a result.
pub(super) fn ended() -> ConsumeError {
    ConsumeError::retryable("the exporter was shut down before the data was sent")
}
