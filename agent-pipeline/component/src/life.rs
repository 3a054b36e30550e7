//! How long a component lives: two tokens, born in `main`.

use tokio_util::sync::CancellationToken;

/// The two ends of a component's life.
///
/// `stop`: take nothing new, pass on or flush what is held, then return from `run`. The graph cancels it
/// stage by stage, source first, each with what remains of the grace period.
/// `abort`: the grace period is spent; return at once, what is still held is lost and counted.
#[derive(Clone, Debug, Default)]
pub struct Life {
    /// Finish in order.
    pub stop: CancellationToken,
    /// Finish now.
    pub abort: CancellationToken,
}

impl Life {
    /// A life with a `stop` of its own that also ends when the parent's does.
    #[must_use]
    pub fn child(&self) -> Self {
        Self { stop: self.stop.child_token(), abort: self.abort.clone() }
    }

    /// Runs `work` to its end, or gives `None` when the grace period ends first.
    pub async fn or_abort<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        self.abort.run_until_cancelled(work).await
    }
}
