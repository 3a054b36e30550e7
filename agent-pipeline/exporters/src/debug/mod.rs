//! `debug`: shows what comes by, in the Collector's layout (v0.145.0), in the agent's log or on standard output.

mod config;
mod detailed;
mod normal;
mod sampling;
mod sender;
mod values;

#[cfg(test)]
mod tests;

use agent_component::factory::Folded;
use agent_component::{BuildContext, BuildError, ExporterComponent, Info, StorageUse};
use agent_otlp::Signal;

pub use config::{Config, Verbosity};
pub use sender::DebugSender;

use crate::wrapper::{Exporter, Options, RetrySettings};

/// The exporter.
pub type Debug = Exporter<DebugSender>;

impl ExporterComponent for Debug {
    const INFO: Info = Info::stable("debug");
    type Config = Config;

    fn storage(config: &Config) -> Option<StorageUse> {
        config.sending_queue.as_ref()?.storage_use()
    }

    fn build(config: &Config, context: &BuildContext, signals: &[Signal]) -> Result<Self, BuildError> {
        let options = Options {
            timeout: std::time::Duration::ZERO,
            retry: RetrySettings::off(),
            queue: config.sending_queue.clone(),
        };
        Ok(Self::new(context, signals, options, DebugSender::new(config, context.id.clone())))
    }

    fn fold(&mut self, folded: &Folded) {
        Self::fold(self, folded);
    }
}
