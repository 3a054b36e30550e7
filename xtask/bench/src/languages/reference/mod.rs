//! The reference of chains: a request decoded into structs, edited by plain Rust, encoded again.

mod attributes;
mod edits;

use anyhow::Result;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message as _;

use crate::scenario::Signal;
pub(super) use edits::Edits;

/// A request as structs.
#[derive(Debug, PartialEq)]
pub(super) enum Structs {
    Traces(ExportTraceServiceRequest),
    Logs(ExportLogsServiceRequest),
    Metrics(ExportMetricsServiceRequest),
}

impl Structs {
    /// The request as bytes.
    pub(super) fn encode(&self) -> Vec<u8> {
        match self {
            Self::Traces(request) => request.encode_to_vec(),
            Self::Logs(request) => request.encode_to_vec(),
            Self::Metrics(request) => request.encode_to_vec(),
        }
    }
}

/// The structs of a request.
pub(super) fn decode(signal: Signal, bytes: &[u8]) -> Result<Structs> {
    Ok(match signal {
        Signal::Traces => Structs::Traces(ExportTraceServiceRequest::decode(bytes)?),
        Signal::Logs => Structs::Logs(ExportLogsServiceRequest::decode(bytes)?),
        Signal::Metrics => Structs::Metrics(ExportMetricsServiceRequest::decode(bytes)?),
    })
}

/// A request as a text that is the same for the same content.
pub(super) fn comparable(signal: Signal, bytes: &[u8]) -> Result<String> {
    Ok(format!("{:?}", decode(signal, bytes)?))
}
