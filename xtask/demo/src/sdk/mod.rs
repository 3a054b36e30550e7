//! The OpenTelemetry SDK as an application sets it up, once for each signal and transport.
//!
//! Providers are shut down after use, which exports what their batches hold; that blocks, so it is done on a thread for
//! blocking work.

mod client;
pub(crate) mod logs;
pub(crate) mod metrics;
pub(crate) mod traces;

use anyhow::{Context as _, Result};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;

pub(crate) use client::RuntimeClient;

/// How the SDK reaches the agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transport {
    /// OTLP over gRPC.
    Grpc,
    /// Protobuf over HTTP.
    Http,
}

impl Transport {
    /// Both.
    pub(crate) const ALL: [Self; 2] = [Self::Grpc, Self::Http];

    /// For names of items.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Grpc => "grpc",
            Self::Http => "http",
        }
    }
}

const GRPC: &str = "http://127.0.0.1:4317";

fn http(signal: &str) -> String {
    format!("http://127.0.0.1:4318/v1/{signal}")
}

fn resource() -> Resource {
    Resource::builder().with_service_name("demo-shop").build()
}

/// Runs a shutdown, which blocks, and names what failed.
async fn shut_down(
    what: &'static str,
    shutdown: impl FnOnce() -> OTelSdkResult + Send + 'static,
) -> Result<()> {
    tokio::task::spawn_blocking(shutdown).await?.with_context(|| format!("the SDK could not send all {what}"))
}
