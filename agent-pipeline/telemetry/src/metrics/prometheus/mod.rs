//! The Prometheus endpoint: what the Collector's pull reader serves, from the same numbers.
//!
//! Rendered here because the published exporter for this SDK (`opentelemetry-prometheus` 0.33) loses the resource's
//! labels when scope labels are off, which is the Collector's default, and wants a second registry.

mod names;
mod server;
#[cfg(test)]
mod tests;
mod text;

pub(super) use server::{Endpoint, listen, serve};
pub(super) use text::render;
