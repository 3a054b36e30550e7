//! Holding something and passing it on once in an interval: what `interval` and `logdedup` do around what they hold.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use agent_component::{Accepted, BuildContext, ConsumeError, ConsumeResult, Life, Next, Receipt, Telemetry};
use agent_otlp::Batch;
use tokio::time::{Instant, sleep_until};

use super::Sender;

/// Holds an `H` and passes it on.
#[derive(Debug)]
pub(crate) struct Periodic<H> {
    sender: Sender,
    every: Duration,
    next: Next,
    state: Mutex<State<H>>,
}

#[derive(Debug, Default)]
struct State<H> {
    held: H,
    /// Of everybody of whom something was taken since the last time.
    receipts: Vec<Receipt>,
    successor: Option<Next>,
    closed: bool,
}

impl<H: Default> Periodic<H> {
    pub(crate) fn new(context: &BuildContext, every: Duration, next: Next) -> Self {
        Self { sender: Sender::new(context), every, next, state: Mutex::default() }
    }

    /// Lets `hold` take out of the data what is to be held, and passes the rest on at once.
    pub(crate) async fn consume(
        &self,
        data: Telemetry,
        hold: impl FnOnce(&mut H, &mut Batch) + Send,
    ) -> ConsumeResult {
        let rest = self.hold(data, hold)?;
        if rest.batch.items() == 0 {
            rest.settle();
            return Ok(Accepted::default());
        }
        self.next.consume(rest).await
    }

    fn hold(
        &self,
        mut data: Telemetry,
        hold: impl FnOnce(&mut H, &mut Batch),
    ) -> Result<Telemetry, ConsumeError> {
        let before = data.batch.items();
        let mut state = self.lock();
        if state.closed {
            let kind = self.sender.id.r#type();
            let text = format!("the {kind} processor has stopped");
            return Err(ConsumeError::retryable(text).by(&self.sender.id));
        }
        hold(&mut state.held, &mut data.batch);
        if data.batch.items() != before {
            state.receipts.extend(data.receipt.clone());
        }
        Ok(data)
    }

    /// What is passed on at the end goes there, not to what comes next.
    pub(crate) fn hand_over(&self, successor: Next) {
        self.lock().successor = Some(successor);
    }

    /// Passes on what `take` gives of what is held, each time the interval is over, until `life.stop`, and then once more.
    pub(crate) async fn pass_on(&self, take: impl Fn(&mut H) -> Batch + Send + Sync, life: Life) {
        // An interval too long for the clock never ends.
        let mut due = Instant::now().checked_add(self.every);
        while !life.stop.is_cancelled() && !life.abort.is_cancelled() {
            tokio::select! {
                () = life.stop.cancelled() => break,
                () = life.abort.cancelled() => break,
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                    let (batch, receipts) = self.take(&take);
                    self.send(batch, receipts, &self.next, &life).await;
                    due = Instant::now().checked_add(self.every);
                }
            }
        }
        let target = self.close().unwrap_or_else(|| self.next.clone());
        let (batch, receipts) = self.take(&take);
        if life.abort.is_cancelled() {
            self.sender.report_lost(batch.items());
        } else {
            self.send(batch, receipts, &target, &life).await;
        }
    }

    async fn send(&self, batch: Batch, receipts: Vec<Receipt>, next: &Next, life: &Life) {
        if batch.items() > 0 {
            self.sender.send(batch, receipts, None, next, life).await;
        }
    }

    fn take(&self, take: impl Fn(&mut H) -> Batch) -> (Batch, Vec<Receipt>) {
        let mut state = self.lock();
        let batch = take(&mut state.held);
        (batch, std::mem::take(&mut state.receipts))
    }

    /// From here on nothing more is held. Returns who follows.
    fn close(&self) -> Option<Next> {
        let mut state = self.lock();
        state.closed = true;
        state.successor.take()
    }

    fn lock(&self) -> MutexGuard<'_, State<H>> {
        // Nothing under the lock leaves it half done, so what a panicking thread left is still right.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
