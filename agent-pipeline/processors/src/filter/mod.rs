//! `filter`: drops telemetry for which a condition holds (the Collector's `filterprocessor`, v0.145.0).
//!
//! Resources first, then spans, metrics or log records, then span events or data points. What comes empty by that goes;
//! what nothing is dropped from keeps the bytes it came with. The older `include` and `exclude` are in `legacy`.

mod config;
mod expression;
mod legacy;

#[cfg(test)]
mod tests;

use agent_component::{
    BuildContext, BuildError, ClientInfo, ConsumeError, Info, Processor, ProcessorComponent, Step,
};
use agent_config::PipelineId;
use agent_otlp::{Batch, Item, ScopeCtx, Signal, Verdict};
use agent_ottl::{Conditions, ErrorMode};
use agent_telemetry::Metrics;
use agent_telemetry::metrics::Counter;

pub use config::{
    Config, LogMatchConfig, LogsConfig, MetricMatchConfig, MetricsConfig, ProfilesConfig,
    SeverityNumberConfig, SpansConfig, TracesConfig,
};
use legacy::Legacy;

use crate::error_mode::Failures;

/// The `filter` processor of one pipeline.
#[derive(Debug)]
pub struct Filter {
    signal: Signal,
    mode: ErrorMode,
    /// From the resource down.
    conditions: Vec<Conditions>,
    legacy: Option<Legacy>,
    failures: Failures,
    /// Items that were dropped. What is refused is not among them.
    filtered: Counter,
}

impl ProcessorComponent for Filter {
    const INFO: Info = Info::stable("filter");
    type Config = Config;

    fn build(config: &Config, context: &BuildContext) -> Result<Self, BuildError> {
        let signal = match context.pipeline.as_ref().map(PipelineId::signal) {
            Some("metrics") => Signal::Metrics,
            Some("logs") => Signal::Logs,
            _ => Signal::Traces,
        };
        let lists = config.conditions(signal).into_iter().filter(|(_, _, list)| !list.is_empty());
        let compiled = lists.map(|(place, level, list)| {
            Conditions::parse(level, list).map_err(|errors| {
                let messages: Vec<_> = errors.iter().map(ToString::to_string).collect();
                BuildError::new(place, messages.join("; "))
            })
        });
        Ok(Self {
            signal,
            mode: config.error_mode,
            conditions: compiled.collect::<Result<_, _>>()?,
            legacy: Legacy::build(config, signal, context)?,
            failures: Failures::new(&context.id),
            filtered: context.host.shared.of::<Metrics>().filtered(&context.id, signal),
        })
    }
}

impl Processor for Filter {
    fn process(&self, batch: &mut Batch, _: Option<&ClientInfo>) -> Result<(), ConsumeError> {
        if batch.signal() != self.signal {
            return Ok(());
        }
        let before = batch.items();
        if let Some(legacy) = &self.legacy {
            legacy.apply(batch);
        }
        for (level, conditions) in self.conditions.iter().enumerate() {
            let mut refusal = None;
            let outcome = conditions.drop_matching(batch, &mut |failure| {
                self.failures.on(self.mode, level, failure, &mut refusal)
            });
            if let (Err(_), Some(refusal)) = (outcome, refusal) {
                return Err(refusal);
            }
        }
        self.filtered.add_items(before.saturating_sub(batch.items()));
        Ok(())
    }

    fn step(&self) -> Option<&dyn Step> {
        let only = matches!(&*self.conditions, [only] if only.is_by_item());
        (only && self.legacy.is_none()).then_some(self)
    }
}

impl Step for Filter {
    fn item<'e>(
        &self,
        ctx: &mut ScopeCtx<'e>,
        item: &mut Item<'_, 'e, '_>,
        _: Option<&ClientInfo>,
    ) -> Result<Verdict, ConsumeError> {
        for (level, conditions) in self.conditions.iter().enumerate() {
            let mut refusal = None;
            let outcome = conditions
                .hold_on(ctx, item, &mut |failure| self.failures.on(self.mode, level, failure, &mut refusal));
            match (outcome, refusal) {
                (Ok(true), _) => return Ok(Verdict::Drop),
                (Err(_), Some(refusal)) => return Err(refusal),
                _ => {}
            }
        }
        Ok(Verdict::Keep)
    }

    fn dropped(&self, items: usize) {
        self.filtered.add_items(items);
    }
}
