//! `transform`: edits telemetry by statements (the Collector's `transformprocessor`, v0.145.0).
//!
//! The groups of the pipeline's signal run one after the other over the whole batch. What no statement changes keeps the
//! bytes it came with, and a group that only touches resources decodes nothing below them.

mod config;

#[cfg(test)]
mod tests;

use agent_component::{
    BuildContext, BuildError, ClientInfo, ConsumeError, Info, Processor, ProcessorComponent, Step,
};
use agent_config::PipelineId;
use agent_otlp::{Batch, Item, ScopeCtx, Signal, Verdict};
pub use agent_ottl::ErrorMode;
use agent_ottl::Program;

pub use config::{Config, GroupConfig, Groups};

use crate::error_mode::Failures;

/// The `transform` processor of one pipeline.
#[derive(Debug)]
pub struct Transform {
    signal: Signal,
    groups: Vec<(ErrorMode, Program)>,
    failures: Failures,
}

impl ProcessorComponent for Transform {
    const INFO: Info = Info::stable("transform");
    type Config = Config;

    fn build(config: &Config, context: &BuildContext) -> Result<Self, BuildError> {
        let signal = match context.pipeline.as_ref().map(PipelineId::signal) {
            Some("metrics") => Signal::Metrics,
            Some("logs") => Signal::Logs,
            _ => Signal::Traces,
        };
        let (field, groups) = config.of(signal);
        let compiled = groups.compiled(signal).map(|(place, mode, program)| match program {
            Ok(program) => Ok((mode.unwrap_or(config.error_mode), program)),
            Err(errors) => {
                let messages: Vec<_> = errors.iter().map(ToString::to_string).collect();
                Err(BuildError::new(format!("{field}{place}"), messages.join("; ")))
            }
        });
        Ok(Self { signal, groups: compiled.collect::<Result<_, _>>()?, failures: Failures::new(&context.id) })
    }
}

impl Processor for Transform {
    fn process(&self, batch: &mut Batch, _: Option<&ClientInfo>) -> Result<(), ConsumeError> {
        if batch.signal() != self.signal {
            return Ok(());
        }
        for (index, (mode, program)) in self.groups.iter().enumerate() {
            let mut refusal = None;
            let outcome =
                program.run(batch, &mut |failure| self.failures.on(*mode, index, failure, &mut refusal));
            if let (Err(_), Some(refusal)) = (outcome, refusal) {
                return Err(refusal);
            }
        }
        Ok(())
    }

    fn step(&self) -> Option<&dyn Step> {
        // Groups of other levels may look at what every item of the batch has become.
        let by_item = !self.groups.is_empty() && self.groups.iter().all(|(_, program)| program.is_by_item());
        by_item.then_some(self)
    }
}

impl Step for Transform {
    fn item<'e>(
        &self,
        ctx: &mut ScopeCtx<'e>,
        item: &mut Item<'_, 'e, '_>,
        _: Option<&ClientInfo>,
    ) -> Result<Verdict, ConsumeError> {
        for (index, (mode, program)) in self.groups.iter().enumerate() {
            let mut refusal = None;
            let outcome = program
                .run_on(ctx, item, &mut |failure| self.failures.on(*mode, index, failure, &mut refusal));
            if let (Err(_), Some(refusal)) = (outcome, refusal) {
                return Err(refusal);
            }
        }
        Ok(Verdict::Keep)
    }
}
