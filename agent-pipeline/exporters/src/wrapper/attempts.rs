//! Sending with a time limit and retries, and the log lines on how it went.
//!
//! The one place where a batch meets its [`Sender`], with a queue before it or without.

use std::time::Duration;

use agent_component::{Accepted, Code, ConsumeError, ConsumeResult, ErrorKind};
use agent_config::ComponentId;
use agent_otlp::{Batch, Signal};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::backoff::Backoff;
use super::{RetrySettings, Sender};

pub(super) struct Attempts<S> {
    pub(super) id: ComponentId,
    pub(super) sender: S,
    /// For one try; zero means without limit.
    pub(super) timeout: Duration,
    pub(super) retry: RetrySettings,
    /// Cancelled at the start of the drain: waits end, and the try after that is the last.
    pub(super) stopping: CancellationToken,
}

impl<S: Sender> Attempts<S> {
    /// Sends until the backend has the batch, refuses it for good, or retries end.
    pub(super) async fn deliver(&self, batch: &Batch) -> ConsumeResult {
        let first = Instant::now();
        let mut backoff: Option<Backoff> = None;
        loop {
            let last = self.stopping.is_cancelled();
            let error = match self.once(batch).await {
                Ok(accepted) => {
                    self.tell_partial(&accepted, batch);
                    return Ok(accepted);
                }
                Err(error) => error.by(&self.id),
            };
            let after = match error.kind {
                ErrorKind::Permanent if self.retry.enabled => {
                    return Err(prefixed("not retryable error", error));
                }
                ErrorKind::Permanent => return Err(error),
                ErrorKind::Retryable { after } => after.unwrap_or_default(),
            };
            if !self.retry.enabled {
                return Err(error);
            }
            if last {
                return Err(prefixed("interrupted due to shutdown", error));
            }
            let backoff = backoff.get_or_insert_with(|| Backoff::new(&self.retry));
            let wait = backoff.next(fastrand::f64()).max(after);
            let most = self.retry.max_elapsed_time.to_std();
            if !most.is_zero() && first.elapsed().saturating_add(wait) > most {
                return Err(prefixed("no more retries left", error));
            }
            tracing::info!(
                component = %self.id,
                signal = batch.signal().as_str(),
                error = %error.message,
                interval = ?wait,
                "Exporting failed. Will retry the request after interval."
            );
            // Woken early by the drain: tried once more, at once.
            self.stopping.run_until_cancelled(tokio::time::sleep(wait)).await;
        }
    }

    async fn once(&self, batch: &Batch) -> ConsumeResult {
        if self.timeout.is_zero() {
            return self.sender.send(batch).await;
        }
        tokio::time::timeout(self.timeout, self.sender.send(batch)).await.unwrap_or_else(|_| {
            let text = format!("no answer within the timeout of {:?}", self.timeout);
            Err(ConsumeError::retryable(text).with_code(Code::DeadlineExceeded))
        })
    }

    fn tell_partial(&self, accepted: &Accepted, batch: &Batch) {
        if accepted.rejected > 0 || !accepted.message.is_empty() {
            tracing::warn!(
                component = %self.id,
                signal = batch.signal().as_str(),
                message_of_backend = %accepted.message,
                dropped_items = accepted.rejected,
                "Partial success response"
            );
        }
    }

    /// Says that data is lost here.
    pub(super) fn tell_dropped(&self, signal: Signal, items: usize, error: &ConsumeError) {
        tracing::error!(
            component = %self.id,
            signal = signal.as_str(),
            error = %error.message,
            dropped_items = items,
            "Exporting failed. Dropping data."
        );
    }

    /// Says that data goes back to the caller.
    pub(super) fn tell_rejected(&self, signal: Signal, items: usize, error: &ConsumeError) {
        tracing::error!(
            component = %self.id,
            signal = signal.as_str(),
            error = %error.message,
            rejected_items = items,
            "Exporting failed. Rejecting data."
        );
    }
}

fn prefixed(prefix: &str, mut error: ConsumeError) -> ConsumeError {
    error.message = format!("{prefix}: {}", error.message);
    error
}
