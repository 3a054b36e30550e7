//! What the two OTLP exporters share of a client: connections through TLS and proxies, headers, bodies, answers.
//!
//! Not an HTTP or gRPC client: those are hyper's, driven by `otlp_http` and `otlp_grpc`.

mod body;
mod connector;
mod effort;
pub(crate) mod headers;
mod payload;
mod proxy;
mod response;
mod stream;
mod tasks;
mod tls;

#[cfg(test)]
mod tests;

pub(crate) use body::Body;
pub(crate) use connector::{Connector, failure_text};
pub(crate) use effort::Effort;
pub(crate) use payload::compressed;
pub(crate) use proxy::Proxy;
pub(crate) use response::{
    READ_AT_MOST, partial_from_json, partial_from_protobuf, read_at_most, retry_after, wait, words,
};
pub(crate) use tasks::Tasks;
pub(crate) use tls::tls;

use agent_component::BuildInfo;
use http::HeaderValue;

/// `kubeagent/0.1.0 (linux/amd64)`, with the words of Go for system and architecture as the Collector has them.
pub(crate) fn user_agent(build: BuildInfo) -> HeaderValue {
    let arch = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    let text = format!("kubeagent/{} ({}/{arch})", build.version, std::env::consts::OS);
    HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static("kubeagent"))
}
