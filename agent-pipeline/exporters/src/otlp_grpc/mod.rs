//! `otlp_grpc`: sends batches to an OTLP backend over gRPC.
//!
//! A unary call is one HTTP/2 request, so hyper's HTTP/2 client and the framing of `agent_net::grpc` are all it needs.
//! All calls share one connection, which is opened with the first call and again when it was lost.

mod answer;
mod channel;
mod config;
mod endpoint;
mod sender;

#[cfg(test)]
mod tests;

use agent_component::factory::Folded;
use agent_component::{BuildContext, BuildError, ExporterComponent, Info, Stability, StorageUse};
use agent_otlp::Signal;

pub use config::{Config, Keepalive};
pub use sender::GrpcSender;

use crate::wrapper::{Exporter, Options};

/// The exporter.
pub type OtlpGrpc = Exporter<GrpcSender>;

impl ExporterComponent for OtlpGrpc {
    const INFO: Info = Info {
        type_name: "otlp_grpc",
        aliases: &["otlp"],
        signals: &Signal::ALL,
        stability: Stability::Stable,
    };
    type Config = Config;

    fn storage(config: &Config) -> Option<StorageUse> {
        config.sending_queue.storage_use()
    }

    fn build(config: &Config, context: &BuildContext, signals: &[Signal]) -> Result<Self, BuildError> {
        let sender = GrpcSender::new(config, &context.host)?;
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
