//! Exporters, and the wrapper they share.
//!
//! One folder a component. [`wrapper`] is queue, retries and time limits for those that talk to a backend; `client` is
//! what the two OTLP exporters share of a client.

mod client;
pub mod debug;
pub mod file;
pub mod nop;
pub mod otlp_grpc;
pub mod otlp_http;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
pub mod wrapper;

use agent_component::ExporterFactory;

/// Every exporter, a to z.
pub const EXPORTERS: &[ExporterFactory] = &[
    ExporterFactory::of::<debug::Debug>(),
    ExporterFactory::of::<file::File>(),
    ExporterFactory::of::<nop::Nop>(),
    ExporterFactory::of::<otlp_grpc::OtlpGrpc>(),
    ExporterFactory::of::<otlp_http::OtlpHttp>(),
];
