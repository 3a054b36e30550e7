//! `nop`: takes everything, sends nothing. For tests of configurations, as in the Collector.

#[cfg(test)]
mod tests;

use agent_component::{
    Accepted, BoxFuture, BuildContext, BuildError, ConsumeResult, Consumer, ExporterComponent, Holder, Info,
    Telemetry,
};
use agent_config::{Validate, Validator};
use agent_otlp::Signal;
use serde::Deserialize;

/// The exporter that forgets.
#[derive(Debug)]
pub struct Nop;

/// The `nop` section: nothing.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {}

impl Validate for Config {
    fn validate(&self, _: &mut Validator<'_>) {}
}

impl Consumer for Nop {
    fn consume(&self, data: Telemetry) -> BoxFuture<'_, ConsumeResult> {
        data.settle();
        Box::pin(std::future::ready(Ok(Accepted::default())))
    }
}

impl Holder for Nop {}

impl ExporterComponent for Nop {
    const INFO: Info = Info::stable("nop");
    type Config = Config;

    fn build(_: &Config, _: &BuildContext, _: &[Signal]) -> Result<Self, BuildError> {
        Ok(Self)
    }
}
