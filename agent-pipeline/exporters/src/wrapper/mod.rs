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
//!
//! No request has a task of its own: `num_consumers` workers for each signal take from the queue in turn.

mod answer;
mod attempts;
mod backoff;
mod batcher;
mod exporter;
mod queue;
mod settings;
mod unit;

#[cfg(test)]
mod tests;

use std::future::{Future, ready};

use agent_component::{ConsumeResult, StartError};
use agent_otlp::Batch;

pub use exporter::{Exporter, Options};
pub use settings::{BatchSettings, QueueSettings, RetrySettings, Sizer};

/// A way to one backend.
pub trait Sender: Send + Sync + 'static {
    /// Sends once. `Ok` is the backend's answer; the error says whether another try can help and when.
    ///
    /// May be called from several tasks at once. The future may be dropped at any await point, which counts as a
    /// failed try.
    fn send(&self, batch: &Batch) -> impl Future<Output = ConsumeResult> + Send;

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
