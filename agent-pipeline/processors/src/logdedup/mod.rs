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
use std::sync::Arc;

use agent_component::{
    BoxFuture, BuildContext, BuildError, ConsumeResult, Consumer, Holder, HoldingComponent, Info, Life, Next,
    RunError, Telemetry,
};
use agent_otlp::{Batch, BatchBuilder, LogRecord, Resource, Scope, Signal, Verdict};
use agent_ottl::{Conditions, Context, ErrorMode};
use jiff::Timestamp;

pub use config::Config;
use field::Field;
use tally::{Rules, Tally};
use zone::Zone;

use crate::error_mode::Failures;
use crate::held::Periodic;

/// The most different records that are held.
const MAX_RECORDS: usize = 100_000;

/// The `logdedup` processor of one pipeline.
#[derive(Debug)]
pub struct LogDedup {
    rules: Rules,
    conditions: Conditions,
    failures: Failures,
    tally: Periodic<Tally>,
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
            rules: Rules {
                excluded: fields(&config.exclude_fields),
                included: fields(&config.include_fields),
                count_attribute: config.log_count_attribute.clone(),
                zone,
            },
            conditions,
            failures: Failures::new(&context.id),
            tally: Periodic::new(context, config.interval.to_std(), next),
        })
    }
}

impl Consumer for LogDedup {
    fn consume(&self, data: Telemetry) -> BoxFuture<'_, ConsumeResult> {
        let wanted = self.wanted(&data.batch);
        Box::pin(self.tally.consume(data, |tally, batch| self.hold(tally, batch, wanted)))
    }
}

impl LogDedup {
    /// Takes out of the batch what is to be held, of the records that are `wanted`.
    fn hold(&self, tally: &mut Tally, batch: &mut Batch, wanted: Vec<bool>) {
        let now = Timestamp::now();
        let mut wanted = wanted.into_iter();
        batch.edit_log_records(|ctx, record| {
            let wanted = self.conditions.is_empty() || wanted.next() == Some(true);
            if wanted && tally.add(ctx, record, &self.rules, now, MAX_RECORDS) {
                Verdict::Drop
            } else {
                Verdict::Keep
            }
        });
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
}

impl Holder for LogDedup {
    fn run(self: Arc<Self>, life: Life) -> BoxFuture<'static, Result<(), RunError>> {
        Box::pin(async move {
            self.tally.pass_on(|tally| tally.take(&self.rules, Timestamp::now()), life).await;
            Ok(())
        })
    }
}
