//! `otlp_http`: sends batches to an OTLP/HTTP backend, protobuf or JSON.
//!
//! Not the queue and not the retries: those are [`crate::wrapper`]'s. One try is one POST; everything about it that
//! does not depend on the batch (URLs, headers) is made once, when the exporter is built.

mod answer;
mod config;
mod sender;

#[cfg(test)]
mod tests;

use agent_component::factory::Folded;
use agent_component::{BuildContext, BuildError, ExporterComponent, Info, Stability, StorageUse};
use agent_otlp::Signal;

pub use config::{CompressionParams, Config, Cookies, Encoding};
pub use sender::HttpSender;

use crate::wrapper::{Exporter, Options};

/// The exporter.
pub type OtlpHttp = Exporter<HttpSender>;

impl ExporterComponent for OtlpHttp {
    const INFO: Info = Info {
        type_name: "otlp_http",
        aliases: &["otlphttp"],
        signals: &Signal::ALL,
        stability: Stability::Stable,
    };
    type Config = Config;

    fn storage(config: &Config) -> Option<StorageUse> {
        config.sending_queue.storage_use()
    }

    fn build(config: &Config, context: &BuildContext, signals: &[Signal]) -> Result<Self, BuildError> {
        let sender = HttpSender::new(config, &context.host, signals)?;
        let options = Options {
            timeout: config.timeout.to_std(),
            retry: config.retry_on_failure.clone(),
            queue: Some(config.sending_queue.clone()),
        };
        Ok(Self::new(context, signals, options, sender))
    }

    fn fold(&mut self, folded: &Folded) {
        Self::fold(self, folded);
    }
}
