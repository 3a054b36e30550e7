//! `logdedup`: holds equal log records as one with a count and passes it on once in an interval
//! (the Collector's `logdedupprocessor`, v0.145.0).
//!
//! What no condition holds for passes at once, and so does what is new while `MAX_RECORDS` are held. At a stop
//! everything held is passed on, past any successor: that would count what is counted already.

mod config;
mod field;
mod tally;
mod zone;

#[cfg(test)]
mod tests;

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use agent_component::{
    Accepted, BoxFuture, BuildContext, BuildError, ConsumeError, ConsumeResult, Consumer, Holder,
    HoldingComponent, Info, Life, Next, Receipt, RunError, Telemetry,
};
use agent_otlp::{Batch, BatchBuilder, LogRecord, Resource, Scope, Signal, Verdict};
use agent_ottl::{Conditions, Context};
use jiff::Timestamp;
use tokio::time::{Instant, sleep_until};

pub use config::Config;
use field::Field;
use tally::{Rules, Tally};
use zone::Zone;

use crate::error_mode::{ErrorMode, Failures};
use crate::held::Sender;

/// The most different records that are held.
const MAX_RECORDS: usize = 100_000;

/// The `logdedup` processor of one pipeline.
#[derive(Debug)]
pub struct LogDedup {
    sender: Sender,
    every: Duration,
    rules: Rules,
    conditions: Conditions,
    failures: Failures,
    next: Next,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    tally: Tally,
    /// Of everybody who sent something since the last time.
    receipts: Vec<Receipt>,
    closed: bool,
}

impl HoldingComponent for LogDedup {
    const INFO: Info = Info { signals: &[Signal::Logs], ..Info::stable("logdedup") };
    type Config = Config;

    fn build(config: &Config, context: &BuildContext, next: Next) -> Result<Self, BuildError> {
        let conditions = Conditions::parse(Context::Log, &config.conditions).map_err(|errors| {
            let messages: Vec<_> = errors.iter().map(ToString::to_string).collect();
            BuildError::new("conditions", format!("invalid condition: {}", messages.join("; ")))
        })?;
        let zone = Zone::load(&config.timezone)
            .map_err(|error| BuildError::new("timezone", format!("invalid timezone: {error}")))?;
        let fields = |list: &[String]| list.iter().filter_map(|text| Field::parse(text)).collect();
        Ok(Self {
            sender: Sender::new(context),
            every: config.interval.to_std(),
            rules: Rules {
                excluded: fields(&config.exclude_fields),
                included: fields(&config.include_fields),
                count_attribute: config.log_count_attribute.clone(),
                zone,
            },
            conditions,
            failures: Failures::new(&context.id),
            next,
            state: Mutex::default(),
        })
    }
}

impl Consumer for LogDedup {
    fn consume(&self, data: Telemetry) -> BoxFuture<'_, ConsumeResult> {
        Box::pin(async move {
            let rest = self.hold(data)?;
            if rest.batch.items() == 0 {
                rest.settle();
                return Ok(Accepted::default());
            }
            self.next.consume(rest).await
        })
    }
}

impl LogDedup {
    /// Takes what is to be held; returns the rest.
    fn hold(&self, mut data: Telemetry) -> Result<Telemetry, ConsumeError> {
        let before = data.batch.items();
        let mut wanted = self.wanted(&data.batch).into_iter();
        let now = Timestamp::now();
        let mut state = self.lock();
        if state.closed {
            return Err(ConsumeError::retryable("the logdedup processor has stopped").by(&self.sender.id));
        }
        data.batch.edit_log_records(|ctx, record| {
            let wanted = self.conditions.is_empty() || wanted.next() == Some(true);
            if wanted && state.tally.add(ctx, record, &self.rules, now, MAX_RECORDS) {
                Verdict::Drop
            } else {
                Verdict::Keep
            }
        });
        if data.batch.items() != before {
            state.receipts.extend(data.receipt.clone());
        }
        Ok(data)
    }

    /// For which records a condition holds, in order; nothing if there are no conditions.
    fn wanted(&self, batch: &Batch) -> Vec<bool> {
        let mut wanted = Vec::new();
        if self.conditions.is_empty() {
            return wanted;
        }
        for entry in batch.resources() {
            for scope in entry.scopes() {
                let (resource, described) = (entry.resource(), scope.scope());
                wanted.extend(scope.log_records().map(|record| self.holds(&resource, &described, record)));
            }
        }
        wanted
    }

    /// Whether a condition holds for a record; not when one before it failed.
    fn holds(&self, resource: &Resource<'_>, scope: &Scope<'_>, record: LogRecord<'_>) -> bool {
        // Conditions only drop from a batch, so the record gets one of its own.
        let mut alone = BatchBuilder::new(Signal::Logs);
        alone.resource(|out| *out = resource.clone()).scope(|out| *out = scope.clone());
        alone.log_record(|out| *out = record);
        let mut alone = alone.build();
        let outcome = self.conditions.drop_matching(&mut alone, &mut |failure| {
            let _ = self.failures.on(ErrorMode::Ignore, 0, failure, &mut None);
            ControlFlow::Break(())
        });
        outcome.is_ok() && alone.items() == 0
    }

    /// Passes on what is held, each time the interval is over, until `life.stop`, and then once more.
    async fn pass_on(&self, life: Life) {
        // An interval too long for the clock never ends.
        let mut due = Instant::now().checked_add(self.every);
        while !life.stop.is_cancelled() && !life.abort.is_cancelled() {
            tokio::select! {
                () = life.stop.cancelled() => break,
                () = life.abort.cancelled() => break,
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                    let (batch, receipts) = self.take();
                    self.send(batch, receipts, &life).await;
                    due = Instant::now().checked_add(self.every);
                }
            }
        }
        self.lock().closed = true;
        let (batch, receipts) = self.take();
        if life.abort.is_cancelled() {
            self.sender.report_lost(batch.items());
        } else {
            self.send(batch, receipts, &life).await;
        }
    }

    async fn send(&self, batch: Batch, receipts: Vec<Receipt>, life: &Life) {
        if batch.items() > 0 {
            self.sender.send(batch, receipts, None, &self.next, life).await;
        }
    }

    fn take(&self) -> (Batch, Vec<Receipt>) {
        let mut state = self.lock();
        let batch = state.tally.take(&self.rules, Timestamp::now());
        (batch, std::mem::take(&mut state.receipts))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing under the lock leaves it half done, so what a panicking thread left is still right.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Holder for LogDedup {
    fn run(self: Arc<Self>, life: Life) -> BoxFuture<'static, Result<(), RunError>> {
        Box::pin(async move {
            self.pass_on(life).await;
            Ok(())
        })
    }
}
