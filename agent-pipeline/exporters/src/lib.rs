#![doc = include_str!("../README.md")]

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
