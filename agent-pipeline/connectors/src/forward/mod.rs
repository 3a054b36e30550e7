//! `forward`: joins pipelines of one signal (the Collector's `forwardconnector`, v0.145.0).
//!
//! Everything that the exporting pipelines hand over goes to every receiving pipeline, by direct calls: the answer
//! that travels back is theirs, and nothing is held here.

mod config;

#[cfg(test)]
mod tests;

use agent_component::{
    BoxFuture, BuildContext, BuildError, ConnectorComponent, ConsumeResult, Consumer, FanOut, Holder, Info,
    Next, Telemetry,
};
use agent_config::PipelineId;
use agent_otlp::Signal;

pub use config::Config;

/// The `forward` connector of one signal.
#[derive(Debug)]
pub struct Forward {
    outputs: FanOut,
}

impl ConnectorComponent for Forward {
    const INFO: Info = Info::stable("forward");
    const PAIRS: &'static [(Signal, Signal)] =
        &[(Signal::Traces, Signal::Traces), (Signal::Metrics, Signal::Metrics), (Signal::Logs, Signal::Logs)];
    type Config = Config;

    fn build(
        _: &Config,
        _: &BuildContext,
        _: (Signal, Signal),
        outputs: Vec<(PipelineId, Next)>,
    ) -> Result<Self, BuildError> {
        Ok(Self { outputs: FanOut::new(outputs.into_iter().map(|(_, next)| next)) })
    }
}

impl Consumer for Forward {
    fn consume(&self, data: Telemetry) -> BoxFuture<'_, ConsumeResult> {
        self.outputs.consume(data)
    }
}

impl Holder for Forward {}
