//! Delivery receipts: how a caller learns that its data reached the backend, holders or not.
//!
//! A caller that can read again (files, Kubernetes lists) attaches a [`Receipt`] and waits on [`Delivered`].
//! Holders keep the receipt beside the data; a split or a fan-out clones it. It is not an error channel: the
//! reason for a loss is logged and counted where it happens; the caller only needs to know that it may move on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::oneshot;

/// One share in the delivery of a batch. Clones are further shares; all must settle.
///
/// A share that is dropped without [`Receipt::settle`] counts as not delivered, so a panic, an abort or a
/// forgotten path can never look like success.
#[derive(Debug)]
pub struct Receipt {
    shared: Arc<Shared>,
    settled: bool,
}

#[derive(Debug)]
struct Shared {
    lost: AtomicBool,
    // Only the last share, in `Shared::drop`, uses these; they need no lock there.
    sender: Option<oneshot::Sender<bool>>,
    joined: Vec<Receipt>,
}

/// Some share of the data was neither delivered nor dropped for a permanent, counted reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the data was not delivered")]
pub struct Undelivered;

/// The waiting end of a [`Receipt`].
#[derive(Debug)]
pub struct Delivered(oneshot::Receiver<bool>);

impl Receipt {
    /// A first share and the end that waits for all shares.
    pub fn new() -> (Self, Delivered) {
        let (sender, receiver) = oneshot::channel();
        (Self::first(Some(sender), Vec::new()), Delivered(receiver))
    }

    /// The first share in a batch that was merged from several callers' data; `None` when none of them waits.
    ///
    /// The callers' shares settle when all shares of this one have, and are lost when one of them is.
    pub fn join(receipts: Vec<Receipt>) -> Option<Self> {
        (!receipts.is_empty()).then(|| Self::first(None, receipts))
    }

    fn first(sender: Option<oneshot::Sender<bool>>, joined: Vec<Receipt>) -> Self {
        Self { shared: Arc::new(Shared { lost: AtomicBool::new(false), sender, joined }), settled: false }
    }

    /// The backend answered for this share, or it was dropped for a permanent reason that was counted.
    pub fn settle(mut self) {
        self.settled = true;
    }

    /// The data was refused for good and the loss is counted: settles this share, and with it those lost so far.
    ///
    /// For a holder that keeps a share of its own ([`Receipt::join`]) while it hands the data on: a permanent
    /// refusal drops the share that went along, and reading the data again could not help.
    pub fn settle_refused(self) {
        self.shared.lost.store(false, Ordering::Release);
        self.settle();
    }
}

impl Clone for Receipt {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), settled: false }
    }
}

impl Drop for Receipt {
    fn drop(&mut self) {
        if !self.settled {
            self.shared.lost.store(true, Ordering::Release);
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        let delivered = !self.lost.load(Ordering::Acquire);
        if let Some(sender) = self.sender.take() {
            // Nobody may be waiting any more; that is the caller's choice.
            let _ = sender.send(delivered);
        }
        if delivered {
            self.joined.drain(..).for_each(Receipt::settle);
        }
    }
}

impl Delivered {
    /// Waits until every share is settled or dropped.
    ///
    /// # Errors
    /// [`Undelivered`] when a share was dropped without being settled; the caller should read and send again.
    pub async fn wait(self) -> Result<(), Undelivered> {
        match self.0.await {
            Ok(true) => Ok(()),
            Ok(false) | Err(_) => Err(Undelivered),
        }
    }
}
