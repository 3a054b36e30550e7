//! OTLP/JSON: the protobuf JSON mapping with OTLP's exceptions, straight from and to the wire.
//!
//! Both directions are driven by the schema tables; no message is ever built in memory.

mod read;
mod scalar;
mod text;
mod write;

#[cfg(test)]
mod tests;

pub(crate) use read::read;
pub(crate) use write::write;
