//! The receiver's section: which protocols it serves and how. Keys and defaults as the Collector's (v0.145.0).
//!
//! A protocol is served when its key is there, with or without content (`grpc:`).

mod common;
mod grpc;
mod http;
#[cfg(test)]
mod tests;

use agent_config::{Validate, Validator};
use serde::Deserialize;

pub(super) use common::is_unix;
pub use common::{Auth, HttpAuth, Middleware};
pub use grpc::{Enforcement, GrpcConfig, Keepalive, ServerParameters};
pub(super) use http::route;
pub use http::{Cors, HttpConfig};

/// The `otlp` section.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The protocols to serve; at least one.
    pub protocols: Protocols,
}

/// The `protocols` section.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Protocols {
    /// OTLP/gRPC.
    pub grpc: Option<GrpcConfig>,
    /// OTLP/HTTP.
    pub http: Option<HttpConfig>,
}

impl Validate for Config {
    fn validate(&self, at: &mut Validator<'_>) {
        let Protocols { grpc, http } = &self.protocols;
        if grpc.is_none() && http.is_none() {
            at.error("", "must specify at least one protocol when using the OTLP receiver");
        }
        let mut at = at.field("protocols");
        if let Some(grpc) = grpc {
            at.nested("grpc", grpc);
        }
        if let Some(http) = http {
            at.nested("http", http);
        }
        // Sockets are shared by address between a receiver and its successor, so the kernel would not object.
        if let (Some(grpc), Some(http)) = (grpc, http)
            && (&grpc.endpoint, is_unix(&grpc.transport)) == (&http.endpoint, is_unix(&http.transport))
            && !grpc.endpoint.ends_with(":0")
        {
            at.field("http").error("endpoint", "grpc already listens there");
        }
    }
}
