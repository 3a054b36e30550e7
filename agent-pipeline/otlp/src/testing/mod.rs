//! What the tests of this crate share: random OTLP messages, and the reference codec.

mod messages;

pub(crate) use messages::{logs, metrics, traces, value};

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message as _;

use crate::Signal;

pub(crate) type Traces = ExportTraceServiceRequest;
pub(crate) type Metrics = ExportMetricsServiceRequest;
pub(crate) type Logs = ExportLogsServiceRequest;

/// What the reference decoder makes of bytes: their canonical form and item count.
pub(crate) fn reference(signal: Signal, bytes: &[u8]) -> Result<(Vec<u8>, usize), prost::DecodeError> {
    Ok(match signal {
        Signal::Traces => {
            let message = Traces::decode(bytes)?;
            let scopes = message.resource_spans.iter().flat_map(|r| &r.scope_spans);
            (message.encode_to_vec(), scopes.map(|s| s.spans.len()).sum())
        }
        Signal::Logs => {
            let message = Logs::decode(bytes)?;
            let scopes = message.resource_logs.iter().flat_map(|r| &r.scope_logs);
            (message.encode_to_vec(), scopes.map(|s| s.log_records.len()).sum())
        }
        Signal::Metrics => {
            let message = Metrics::decode(bytes)?;
            let scopes = message.resource_metrics.iter().flat_map(|r| &r.scope_metrics);
            (message.encode_to_vec(), scopes.flat_map(|s| &s.metrics).map(points).sum())
        }
    })
}

fn points(metric: &opentelemetry_proto::tonic::metrics::v1::Metric) -> usize {
    use opentelemetry_proto::tonic::metrics::v1::metric::Data;
    match &metric.data {
        None => 0,
        Some(Data::Gauge(data)) => data.data_points.len(),
        Some(Data::Sum(data)) => data.data_points.len(),
        Some(Data::Histogram(data)) => data.data_points.len(),
        Some(Data::ExponentialHistogram(data)) => data.data_points.len(),
        Some(Data::Summary(data)) => data.data_points.len(),
    }
}

/// Compares two long texts and shows only the place where they part.
#[track_caller]
pub(crate) fn assert_same(got: &str, expected: &str) {
    if got != expected {
        let at = got.bytes().zip(expected.bytes()).take_while(|(a, b)| a == b).count();
        let around = |text: &str| {
            String::from_utf8_lossy(&text.as_bytes()[at.saturating_sub(80)..text.len().min(at + 120)])
                .into_owned()
        };
        panic!("differ at {at}:\n  got      {}\n  expected {}", around(got), around(expected));
    }
}
