//! What every exporter that talks to a backend shares: queue, batching, retries, time limits, and the words on losses.
//!
//! A concrete exporter is a [`Sender`]: one try to send one batch. [`Exporter`] makes a component of it. Behaviour,
//! settings and log texts follow the Collector's `exporterhelper` (v0.145.0); see README.md for what differs.
//!
//! | settings | a call of `consume` returns | the data waits in |
//! |---|---|---|
//! | queue off | when the backend answered or retries ended | the caller |
//! | queue on | when the queue took it | the queue, one for each signal |
//! | queue on, `wait_for_result` | when the backend answered or retries ended | the queue |
//! | queue on, `storage` | when it is on disk | a journal, one for each signal (see `durable`) |
//!
//! No request has a task of its own: `num_consumers` workers for each signal take from the queue in turn.
//!
//! # Hand-over
//!
//! When its settings change, an exporter is told its successor ([`Holder::hand_over`](agent_component::Holder::hand_over))
//! and from then on begins no attempt. What is on the wire finishes its attempt, so that nothing is sent twice. All else
//! goes to the successor with its receipts and answers: what waits in the queue or is being gathered, in order; what waits
//! for its next try, at once; what comes later, directly. Room in the old queue stays taken until the data has moved. The
//! successor's queue makes such data wait instead of refusing it for want of room; any other refusal that may pass is tried
//! again until the end of the drain. As many are on their way as there are workers, so that a successor which answers
//! late (`wait_for_result`, no queue) is not fed one by one. A signal that the successor has no pipeline for drains as if
//! the exporter had been removed. Of a queue on disk only the directory is handed over, unless the successor keeps its
//! queue elsewhere.

mod adopt;
mod answer;
mod attempts;
mod backlog;
mod backoff;
mod batcher;
pub(crate) mod counts;
mod dispatch;
mod durable;
mod exporter;
mod in_hand;
mod lane;
mod queue;
mod queues;
mod settings;
mod successor;
mod unit;

#[cfg(test)]
mod tests;

use std::future::{Future, ready};

use agent_component::{Accepted, ConsumeError, StartError};
use agent_otlp::{Batch, Signal};

pub(crate) use durable::fingerprint;
pub use exporter::{Exporter, Options};
pub use settings::{BatchSettings, QueueSettings, RetrySettings, Sizer};

/// What came of one try.
pub type SendResult = Result<Accepted, SendError>;

/// The backend did not take a batch.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// Whatever it holds, it is larger than the backend takes. Halves of it may pass.
    #[error(transparent)]
    TooLarge(ConsumeError),
    /// For another reason, which says whether another try can help.
    #[error(transparent)]
    Refused(#[from] ConsumeError),
}

/// A way to one backend.
pub trait Sender: Send + Sync + 'static {
    /// Sends once. `Ok` is the backend's answer; the error says whether another try can help and when.
    ///
    /// May be called from several tasks at once. The future may be dropped at any await point, which counts as a
    /// failed try.
    fn send(&self, batch: &Batch) -> impl Future<Output = SendResult> + Send;

    /// A number over all that decides where data of a signal goes and as whose, if that can be told: two of one number are
    /// the same destination to whoever is responsible for the data. It stays the same from process to process. Default: it
    /// cannot be told.
    fn destination(&self, signal: Signal) -> Option<u64> {
        let _ = signal;
        None
    }

    /// Takes what it needs of the world before the first `send`.
    ///
    /// # Errors
    /// The configuration is refused as a whole.
    fn start(&self) -> impl Future<Output = Result<(), StartError>> + Send {
        ready(Ok(()))
    }

    /// Lets go of connections after the last `send`, and joins what serves them.
    fn close(&self) -> impl Future<Output = ()> + Send {
        ready(())
    }
}
