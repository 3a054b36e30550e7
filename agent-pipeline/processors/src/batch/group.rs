//! One group of `batch`: what waits under one combination of metadata values, and the task that sends it.
//!
//! The lock is held for moments only and never over a wait. Back-pressure is a rule on what waits, not a channel:
//! while a batch is due and the wire is slow, a few more payloads may come, then callers wait in line.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use agent_component::{Accepted, ClientInfo, ConsumeError, ConsumeResult, Life, Next, Receipt, Telemetry};
use agent_config::{ComponentId, PipelineId};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};
use tracing::field::display;
use tracing::warn;

use super::counts::{Counts, Trigger};
use super::pending::{Limits, Parcel, Pending};

/// What all groups of one processor share.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) id: ComponentId,
    pub(super) pipeline: Option<PipelineId>,
    pub(super) counts: Counts,
    pub(super) limits: Limits,
    /// The longest that an item waits for company; unused where every payload is due.
    pub(super) timeout: Duration,
    /// Payloads that may join while a batch is due; at least 1.
    pub(super) slack: usize,
}

/// See the file's head.
#[derive(Debug)]
pub(super) struct Group {
    rules: Arc<Rules>,
    /// The metadata that all payloads here have in common.
    client: Option<Arc<ClientInfo>>,
    state: Mutex<State>,
    /// Tells the task that something waits or is due.
    work: Notify,
    /// Tells callers that there may be room.
    room: Notify,
}

#[derive(Debug, Default)]
struct State {
    pending: Pending,
    /// Payloads that joined while a batch was due.
    over: usize,
    closed: bool,
}

impl Group {
    pub(super) fn new(rules: Arc<Rules>, client: Option<Arc<ClientInfo>>) -> Self {
        Self { rules, client, state: Mutex::default(), work: Notify::new(), room: Notify::new() }
    }

    /// Takes the payload as soon as there is room.
    pub(super) async fn add(&self, data: Telemetry) -> ConsumeResult {
        let Some(mut data) = self.offer(data)? else { return Ok(Accepted::default()) };
        loop {
            let room = self.room.notified();
            tokio::pin!(room);
            // In line before the second look, so that room made in between is not missed.
            room.as_mut().enable();
            match self.offer(data)? {
                None => return Ok(Accepted::default()),
                Some(back) => data = back,
            }
            room.await;
        }
    }

    /// Takes the payload, or gives it back while there is no room.
    fn offer(&self, data: Telemetry) -> Result<Option<Telemetry>, ConsumeError> {
        let due = self.rules.limits.due;
        let mut state = self.lock();
        if state.closed {
            return Err(ConsumeError::retryable("the batch processor has stopped").by(&self.rules.id));
        }
        let before = state.pending.items();
        if before >= due {
            if state.over >= self.rules.slack {
                return Ok(Some(data));
            }
            state.over += 1;
        }
        state.pending.push(data.batch, data.receipt);
        let after = state.pending.items();
        drop(state);
        if before == 0 || (before < due && after >= due) {
            self.work.notify_one();
        }
        Ok(None)
    }

    /// Sends what is due until `life.stop`, then whatever is left as long as there is time.
    pub(super) async fn run(self: Arc<Self>, next: Next, life: Life) {
        // Set while something waits that is not due.
        let mut deadline: Option<Instant> = None;
        while !life.stop.is_cancelled() && !life.abort.is_cancelled() {
            if let Some(parcel) = self.take(Pending::take_due) {
                self.send(parcel, Trigger::Size, &next, &life).await;
                deadline = None;
                continue;
            }
            if self.lock().pending.items() > 0 {
                deadline.get_or_insert_with(|| Instant::now() + self.rules.timeout);
            }
            tokio::select! {
                () = life.stop.cancelled() => break,
                () = life.abort.cancelled() => break,
                () = self.work.notified() => {}
                () = sleep_until(deadline.unwrap_or_else(Instant::now)), if deadline.is_some() => {
                    deadline = None;
                    if let Some(parcel) = self.take(Pending::take_any) {
                        self.send(parcel, Trigger::Timeout, &next, &life).await;
                    }
                }
            }
        }
        while let Some(parcel) = self.take_or_close(life.abort.is_cancelled()) {
            self.send(parcel, Trigger::End, &next, &life).await;
        }
    }

    fn take(&self, how: impl FnOnce(&mut Pending, Limits) -> Option<Parcel>) -> Option<Parcel> {
        let mut state = self.lock();
        let parcel = how(&mut state.pending, self.rules.limits);
        state.over = if state.pending.items() < self.rules.limits.due {
            0
        } else {
            state.over.min(state.pending.payloads())
        };
        drop(state);
        if parcel.is_some() {
            self.room.notify_waiters();
        }
        parcel
    }

    /// The next batch of the last ones. When there is none, or no time for one, nothing is taken any more.
    fn take_or_close(&self, aborted: bool) -> Option<Parcel> {
        let mut state = self.lock();
        let parcel = if aborted { None } else { state.pending.take_any(self.rules.limits) };
        if parcel.is_none() {
            state.closed = true;
            let lost = std::mem::take(&mut state.pending);
            drop(state);
            self.report_lost(lost.items());
        }
        self.room.notify_waiters();
        parcel
    }

    async fn send(&self, parcel: Parcel, trigger: Trigger, next: &Next, life: &Life) {
        let items = parcel.batch.items();
        self.rules.counts.sent(trigger, &parcel.batch);
        let receipt = Receipt::join(parcel.receipts);
        let data = Telemetry { batch: parcel.batch, client: self.client.clone(), receipt: receipt.clone() };
        match life.or_abort(next.consume(data)).await {
            Some(Ok(accepted)) => {
                self.report_partial(&accepted);
                if let Some(receipt) = receipt {
                    receipt.settle();
                }
            }
            Some(Err(error)) => {
                self.report_failed(items, &error);
                if let Some(receipt) = receipt.filter(|_| error.is_permanent()) {
                    receipt.settle_refused();
                }
            }
            None => self.report_lost(items),
        }
    }

    fn report_failed(&self, items: usize, error: &ConsumeError) {
        let Rules { id, pipeline, .. } = &*self.rules;
        let pipeline = pipeline.as_ref().map(display);
        self.rules.counts.refused(items);
        warn!(component = %id, pipeline, items, %error, "Sender failed");
    }

    fn report_partial(&self, accepted: &Accepted) {
        if accepted.rejected == 0 && accepted.message.is_empty() {
            return;
        }
        let Rules { id, pipeline, .. } = &*self.rules;
        let pipeline = pipeline.as_ref().map(display);
        let Accepted { rejected, message } = accepted;
        warn!(component = %id, pipeline, rejected, message, "Partial success");
    }

    fn report_lost(&self, items: usize) {
        if items == 0 {
            return;
        }
        let Rules { id, pipeline, .. } = &*self.rules;
        let pipeline = pipeline.as_ref().map(display);
        self.rules.counts.lost(items);
        warn!(component = %id, pipeline, items, "No time left to send what waited");
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing under the lock leaves it half done, so what a panicking thread left is still right.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
