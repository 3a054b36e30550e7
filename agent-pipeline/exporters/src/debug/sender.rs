//! Writes one batch to the log or to standard output.

use std::io::Write;

use agent_component::{Accepted, ConsumeError};
use agent_config::ComponentId;
use agent_otlp::{Batch, Signal};
use jiff::Timestamp;

use super::config::{Config, Verbosity};
use super::sampling::Sampling;
use super::{detailed, normal};
use crate::wrapper::{SendResult, Sender};

/// The sender of `debug`.
pub struct DebugSender {
    id: ComponentId,
    verbosity: Verbosity,
    sampling: Sampling,
    use_internal_logger: bool,
}

impl DebugSender {
    pub(super) fn new(config: &Config, id: ComponentId) -> Self {
        let count = |value: i64| u64::try_from(value).unwrap_or(0);
        Self {
            id,
            verbosity: config.verbosity,
            sampling: Sampling::new(count(config.sampling_initial), count(config.sampling_thereafter)),
            use_internal_logger: config.use_internal_logger,
        }
    }

    fn block(&self, batch: &Batch) -> Option<String> {
        match self.verbosity {
            Verbosity::Basic => None,
            Verbosity::Normal => Some(normal::write(batch)),
            Verbosity::Detailed => Some(detailed::write(batch)),
        }
    }

    fn log(&self, batch: &Batch, block: Option<&str>) {
        let (id, resources, items) = (&self.id, batch.resource_count(), batch.items());
        match batch.signal() {
            Signal::Traces => {
                tracing::info!(component = %id, "resource spans" = resources, spans = items, "Traces");
            }
            Signal::Metrics => tracing::info!(
                component = %id,
                "resource metrics" = resources,
                metrics = batch.metrics(),
                "data points" = items,
                "Metrics"
            ),
            Signal::Logs => {
                tracing::info!(component = %id, "resource logs" = resources, "log records" = items, "Logs");
            }
        }
        if let Some(block) = block {
            tracing::info!(component = %id, "{block}");
        }
    }

    /// As the Collector's console: time, level, message, fields, tab separated.
    pub(super) fn lines(batch: &Batch, block: Option<&str>) -> String {
        let (resources, items) = (batch.resource_count(), batch.items());
        let counts = match batch.signal() {
            Signal::Traces => format!("Traces\t{{\"resource spans\": {resources}, \"spans\": {items}}}"),
            Signal::Metrics => format!(
                "Metrics\t{{\"resource metrics\": {resources}, \"metrics\": {}, \"data points\": {items}}}",
                batch.metrics()
            ),
            Signal::Logs => format!("Logs\t{{\"resource logs\": {resources}, \"log records\": {items}}}"),
        };
        let now = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ");
        let block = block.map(|block| format!("{now}\tinfo\t{block}\n")).unwrap_or_default();
        format!("{now}\tinfo\t{counts}\n{block}")
    }
}

impl Sender for DebugSender {
    async fn send(&self, batch: &Batch) -> SendResult {
        if !self.sampling.admit(batch.signal()) {
            return Ok(Accepted::default());
        }
        let block = self.block(batch);
        if self.use_internal_logger {
            self.log(batch, block.as_deref());
            return Ok(Accepted::default());
        }
        let text = Self::lines(batch, block.as_deref());
        let mut out = std::io::stdout().lock();
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Ok(()) => Ok(Accepted::default()),
            Err(error) => {
                Err(ConsumeError::retryable(format!("cannot write to standard output: {error}")).into())
            }
        }
    }
}
