//! `probabilistic_sampler`: keeps a part of traces or log records, all of a trace or none of it
//! (the Collector's `probabilisticsamplerprocessor`, v0.145.0).
//!
//! The decision follows from the item alone, so that it needs no state and many agents decide alike. What is kept
//! carries how likely that was: spans in the trace state, log records in attributes.

mod config;
mod log;
mod sampler;
mod span;
mod threshold;
mod trace_state;

#[cfg(test)]
mod tests;

use agent_component::{
    BuildContext, BuildError, ClientInfo, ConsumeError, Info, Processor, ProcessorComponent,
};
use agent_otlp::{Batch, Signal};

pub use config::Config;
use log::Sources;
use sampler::Sampler;

/// The `probabilistic_sampler` processor.
#[derive(Debug)]
pub struct ProbabilisticSampler {
    sampler: Sampler,
    seed: u32,
    sources: Sources,
}

impl ProcessorComponent for ProbabilisticSampler {
    const INFO: Info =
        Info { signals: &[Signal::Traces, Signal::Logs], ..Info::stable("probabilistic_sampler") };
    type Config = Config;

    fn build(config: &Config, _: &BuildContext) -> Result<Self, BuildError> {
        Ok(Self { sampler: Sampler::new(config), seed: config.hash_seed, sources: Sources::new(config) })
    }
}

impl Processor for ProbabilisticSampler {
    fn process(&self, batch: &mut Batch, _: Option<&ClientInfo>) -> Result<(), ConsumeError> {
        match batch.signal() {
            Signal::Traces => batch.edit_spans(|_, span| span::decide(&self.sampler, self.seed, span)),
            Signal::Logs => batch.edit_log_records(|_, record| self.sources.decide(&self.sampler, record)),
            Signal::Metrics => {}
        }
        Ok(())
    }
}
