//! `groupbytrace`: holds spans until those of a trace are likely there, then passes on one payload for each trace
//! (the Collector's `groupbytraceprocessor`, v0.145.0).
//!
//! A call returns as soon as the spans are held; a task of the processor releases traces in the order of their first
//! spans. While many of them are due and the wire is slow, callers wait. One trace more than `num_traces` evicts the
//! oldest, which is lost and counted in a warning. At a stop everything held is passed on, to a successor with other
//! settings if there is one, which then waits for the rest of the traces.

mod config;
mod split;
mod traces;

#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use agent_component::{
    Accepted, BoxFuture, BuildContext, BuildError, ConsumeError, ConsumeResult, Consumer, Holder,
    HoldingComponent, Info, Life, Next, Receipt, RunError, Telemetry,
};
use agent_otlp::{Batch, Signal};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};
use tracing::warn;

pub use config::Config;
use split::{TraceId, split};
use traces::{Trace, Traces};

use crate::held::Sender;

/// Traces that may be due and not yet sent before callers wait.
const SLACK: usize = 100;

/// The `groupbytrace` processor of one pipeline.
#[derive(Debug)]
pub struct GroupByTrace {
    sender: Sender,
    wait: Duration,
    limit: usize,
    next: Next,
    state: Mutex<State>,
    /// Tells the task that there is a first trace to wait for.
    work: Notify,
    /// Tells callers that there may be room.
    room: Notify,
}

#[derive(Debug, Default)]
struct State {
    traces: Traces,
    successor: Option<Next>,
    closed: bool,
}

impl HoldingComponent for GroupByTrace {
    const INFO: Info = Info { signals: &[Signal::Traces], ..Info::stable("groupbytrace") };
    type Config = Config;

    fn build(config: &Config, context: &BuildContext, next: Next) -> Result<Self, BuildError> {
        Ok(Self {
            sender: Sender::new(context),
            wait: config.wait_duration.to_std(),
            limit: usize::try_from(config.num_traces).unwrap_or(usize::MAX),
            next,
            state: Mutex::default(),
            work: Notify::new(),
            room: Notify::new(),
        })
    }
}

impl Consumer for GroupByTrace {
    fn consume(&self, data: Telemetry) -> BoxFuture<'_, ConsumeResult> {
        Box::pin(async move {
            if data.batch.items() == 0 {
                data.settle();
                return Ok(Accepted::default());
            }
            self.wait_for_room().await;
            self.hold(split(&data.batch), data.receipt)?;
            Ok(Accepted::default())
        })
    }
}

impl GroupByTrace {
    async fn wait_for_room(&self) {
        loop {
            let room = self.room.notified();
            tokio::pin!(room);
            // In line before the look, so that room made in between is not missed.
            room.as_mut().enable();
            if !self.is_full() {
                return;
            }
            room.await;
        }
    }

    fn is_full(&self) -> bool {
        let state = self.lock();
        !state.closed && state.traces.more_due_than(SLACK, Instant::now())
    }

    /// Takes all parts or none.
    fn hold(&self, parts: Vec<(TraceId, Batch)>, receipt: Option<Receipt>) -> Result<(), ConsumeError> {
        // A time too far for the clock is as good as never.
        let due = Instant::now().checked_add(self.wait).unwrap_or_else(|| Instant::now() + FAR);
        let mut evicted = Vec::new();
        let mut state = self.lock();
        if state.closed {
            return Err(ConsumeError::retryable("the groupbytrace processor has stopped").by(&self.sender.id));
        }
        for (id, batch) in parts {
            evicted.extend(state.traces.add(id, batch, receipt.clone(), due, self.limit));
        }
        drop(state);
        if let Some(receipt) = receipt {
            // Its clones are beside the parts.
            receipt.settle();
        }
        self.work.notify_one();
        if !evicted.is_empty() {
            self.report_evicted(evicted);
        }
        Ok(())
    }

    /// The loss is for good and counted, so nobody needs to send these spans again.
    fn report_evicted(&self, evicted: Vec<Trace>) {
        let (traces, spans) = (evicted.len(), evicted.iter().map(|trace| trace.batch.items()).sum::<usize>());
        evicted.into_iter().flat_map(|trace| trace.receipts).for_each(Receipt::settle);
        warn!(component = %self.sender.id, evicted = traces, spans, "Too many traces: the oldest were dropped; adjust wait_duration or num_traces");
    }

    /// Releases what is due until `life.stop`, then whatever is left as long as there is time.
    async fn release(&self, life: Life) {
        while !life.stop.is_cancelled() && !life.abort.is_cancelled() {
            let (trace, due) = {
                let mut state = self.lock();
                (state.traces.take_due(Instant::now()), state.traces.next_due())
            };
            if let Some(trace) = trace {
                self.send(trace, &self.next, &life).await;
                self.room.notify_waiters();
                continue;
            }
            tokio::select! {
                () = life.stop.cancelled() => break,
                () = life.abort.cancelled() => break,
                () = self.work.notified() => {}
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {}
            }
        }
        let target = self.lock().successor.take().unwrap_or_else(|| self.next.clone());
        while let Some(trace) = self.take_or_close(life.abort.is_cancelled()) {
            self.send(trace, &target, &life).await;
        }
        self.room.notify_waiters();
    }

    async fn send(&self, trace: Trace, next: &Next, life: &Life) {
        self.sender.send(trace.batch, trace.receipts, None, next, life).await;
    }

    /// The next of the last traces. When there is none, or no time for one, nothing is taken any more.
    fn take_or_close(&self, aborted: bool) -> Option<Trace> {
        let mut state = self.lock();
        let trace = if aborted { None } else { state.traces.take() };
        if trace.is_none() {
            state.closed = true;
            let lost = std::mem::take(&mut state.traces);
            drop(state);
            self.sender.report_lost(lost.spans());
        }
        trace
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing under the lock leaves it half done, so what a panicking thread left is still right.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ten years.
const FAR: Duration = Duration::from_hours(24 * 3653);

impl Holder for GroupByTrace {
    fn hand_over(&self, successor: Next) {
        self.lock().successor = Some(successor);
    }

    fn run(self: Arc<Self>, life: Life) -> BoxFuture<'static, Result<(), RunError>> {
        Box::pin(async move {
            self.release(life).await;
            Ok(())
        })
    }
}
