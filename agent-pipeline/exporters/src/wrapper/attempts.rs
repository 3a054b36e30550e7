//! Sending one batch with a time limit and retries, and the log lines on how it went.
//!
//! The one place where a batch meets its [`Sender`], with a queue before it or without.

use std::time::Duration;

use agent_component::{Accepted, Code, ConsumeError, ErrorKind, Next, Panic, caught};
use agent_config::ComponentId;
use agent_otlp::{Batch, Signal};
use agent_telemetry::metrics::Counter;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::backoff::Backoff;
use super::counts::Reason::{self, Defect, PermanentError, RetriesExhausted, Shutdown};
use super::lane::Lane;
use super::{RetrySettings, SendError, SendResult, Sender};

/// Tries of one batch that may end in a panic. It is most likely the batch that provokes it, and others wait behind it.
const MOST_PANICS: u32 = 5;

pub(super) struct Attempts<S> {
    pub(super) id: ComponentId,
    pub(super) sender: S,
    /// For one try; zero means without limit.
    pub(super) timeout: Duration,
    pub(super) retry: RetrySettings,
    /// Give up when the next try would come later than this after the first; zero means never.
    pub(super) max_elapsed: Duration,
    /// Cancelled at the start of the drain: waits end, and the try after that is the last.
    pub(super) stopping: CancellationToken,
    /// Panics of the sender, and of whoever works on the queue.
    pub(super) panics: Counter,
}

/// What came of a batch.
pub(super) enum Outcome<'a> {
    /// The backend has it.
    Sent(Accepted),
    /// It is given up.
    GivenUp(Reason, ConsumeError),
    /// The backend takes nothing of this size.
    TooLarge(ConsumeError),
    /// It is not on the wire, and a successor takes it from here.
    HandOver(&'a Next),
    /// It stays on disk: it is not on the wire, has been there for too long for a successor that waits, or makes the sender
    /// panic.
    Left,
}

impl<S: Sender> Attempts<S> {
    /// Sends until the backend has the batch, refuses it for good, retries end, or a successor is named.
    pub(super) async fn deliver<'a>(&self, batch: &Batch, lane: &'a Lane) -> Outcome<'a> {
        let successor = &lane.successor;
        let first = Instant::now();
        let mut backoff: Option<Backoff> = None;
        let mut panics = 0;
        loop {
            if lane.is_left() {
                return Outcome::Left;
            }
            if let Some(next) = successor.get() {
                return Outcome::HandOver(next);
            }
            let last = lane.end_of_waits(&self.stopping).is_cancelled();
            let Some(tried) = lane.unless_hurried(caught(self.once(batch))).await else {
                return Outcome::Left;
            };
            let result = match tried {
                Ok(result) => result,
                Err(panic) => {
                    self.tell_panic(&panic);
                    panics += 1;
                    if panics >= MOST_PANICS || !self.retry.enabled {
                        return set_aside(lane);
                    }
                    Err(defect().into())
                }
            };
            let error = match result {
                Ok(accepted) => {
                    self.tell_partial(&accepted, batch);
                    return Outcome::Sent(accepted);
                }
                Err(SendError::TooLarge(error)) => return Outcome::TooLarge(error.by(&self.id)),
                Err(SendError::Refused(error)) => error.by(&self.id),
            };
            if !self.retry.enabled {
                let reason = if error.is_permanent() { PermanentError } else { RetriesExhausted };
                return Outcome::GivenUp(reason, error);
            }
            let ErrorKind::Retryable { after } = error.kind else {
                return Outcome::GivenUp(PermanentError, prefixed("not retryable error", error));
            };
            if successor.get().is_some() || lane.is_left() {
                continue;
            }
            if last {
                return Outcome::GivenUp(Shutdown, prefixed("interrupted due to shutdown", error));
            }
            let backoff = backoff.get_or_insert_with(|| Backoff::new(&self.retry));
            let wait = backoff.next(fastrand::f64()).max(after.unwrap_or_default());
            let most = self.max_elapsed;
            if !most.is_zero() && first.elapsed().saturating_add(wait) > most {
                return Outcome::GivenUp(RetriesExhausted, prefixed("no more retries left", error));
            }
            self.tell_retry(batch.signal(), &error, wait);
            // Woken early by a successor, or by the drain: then tried once more, at once.
            let sleep = lane.end_of_waits(&self.stopping).run_until_cancelled(tokio::time::sleep(wait));
            successor.unless_named(sleep).await;
        }
    }

    async fn once(&self, batch: &Batch) -> SendResult {
        if self.timeout.is_zero() {
            return self.sender.send(batch).await;
        }
        tokio::time::timeout(self.timeout, self.sender.send(batch)).await.unwrap_or_else(|_| {
            let text = format!("no answer within the timeout of {:?}", self.timeout);
            Err(ConsumeError::retryable(text).with_code(Code::DeadlineExceeded).into())
        })
    }

    /// Says that a defect was caught: the more there are, the more rarely.
    pub(super) fn tell_panic(&self, panic: &Panic) {
        self.panics.add(1);
        let panics = self.panics.get();
        if panics.is_power_of_two() {
            tracing::error!(component = %self.id, panics, "a try to send failed by a defect: {panic}");
        }
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

    /// Says that data waits for its next try.
    pub(super) fn tell_retry(&self, signal: Signal, error: &ConsumeError, interval: Duration) {
        tracing::info!(
            component = %self.id,
            signal = signal.as_str(),
            error = %error.message,
            ?interval,
            "Exporting failed. Will retry the request after interval."
        );
    }

    /// Says that the backend does not take a batch of this size.
    pub(super) fn tell_halved(&self, signal: Signal, items: usize, error: &ConsumeError) {
        tracing::info!(
            component = %self.id,
            signal = signal.as_str(),
            error = %error.message,
            items,
            "The backend does not take a batch of this size. Sending it in halves."
        );
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

/// What becomes of a batch that cannot be sent without a panic: on disk it stays for another process, maybe a better one.
fn set_aside<'a>(lane: &Lane) -> Outcome<'a> {
    if lane.disk().is_some() { Outcome::Left } else { Outcome::GivenUp(Defect, defect()) }
}

fn defect() -> ConsumeError {
    ConsumeError::retryable("internal error")
}

fn prefixed(prefix: &str, mut error: ConsumeError) -> ConsumeError {
    error.message = format!("{prefix}: {}", error.message);
    error
}
