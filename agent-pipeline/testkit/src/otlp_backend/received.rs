//! What arrived: one request each, decoded, with what it took on the wire.
//!
//! Items are counted from the decoded message, not believed from anywhere.

use std::time::Instant;

use bytes::Bytes;
use http::HeaderMap;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use prost::Message as _;

/// A signal of OTLP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Signal {
    /// Spans.
    Traces,
    /// Data points.
    Metrics,
    /// Log records.
    Logs,
}

/// How a request came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Transport {
    /// gRPC over HTTP/2.
    Grpc,
    /// OTLP/HTTP with protobuf.
    HttpProtobuf,
    /// OTLP/HTTP with JSON.
    HttpJson,
}

/// A decoded export request.
#[derive(Debug, Clone, PartialEq)]
pub enum Message {
    /// Of the trace service.
    Traces(ExportTraceServiceRequest),
    /// Of the metrics service.
    Metrics(ExportMetricsServiceRequest),
    /// Of the logs service.
    Logs(ExportLogsServiceRequest),
}

impl Message {
    /// Decodes protobuf or JSON; the error says what is wrong with the payload.
    pub(super) fn decode(signal: Signal, json: bool, payload: &Bytes) -> Result<Self, String> {
        fn of<T>(json: bool, payload: &Bytes) -> Result<T, String>
        where
            T: prost::Message + Default + serde::de::DeserializeOwned,
        {
            if json {
                serde_json::from_slice(payload).map_err(|error| error.to_string())
            } else {
                T::decode(payload.clone()).map_err(|error| error.to_string())
            }
        }
        Ok(match signal {
            Signal::Traces => Self::Traces(of(json, payload)?),
            Signal::Metrics => Self::Metrics(of(json, payload)?),
            Signal::Logs => Self::Logs(of(json, payload)?),
        })
    }

    /// Spans, data points or log records.
    pub fn items(&self) -> usize {
        match self {
            Self::Traces(request) => {
                let scopes = request.resource_spans.iter().flat_map(|resource| &resource.scope_spans);
                scopes.map(|scope| scope.spans.len()).sum()
            }
            Self::Logs(request) => {
                let scopes = request.resource_logs.iter().flat_map(|resource| &resource.scope_logs);
                scopes.map(|scope| scope.log_records.len()).sum()
            }
            Self::Metrics(request) => {
                let scopes = request.resource_metrics.iter().flat_map(|resource| &resource.scope_metrics);
                let metrics = scopes.flat_map(|scope| &scope.metrics);
                metrics.filter_map(|metric| metric.data.as_ref()).map(points).sum()
            }
        }
    }

    /// The message as protobuf, to compare content.
    pub fn to_protobuf(&self) -> Vec<u8> {
        match self {
            Self::Traces(request) => request.encode_to_vec(),
            Self::Metrics(request) => request.encode_to_vec(),
            Self::Logs(request) => request.encode_to_vec(),
        }
    }
}

fn points(data: &Data) -> usize {
    match data {
        Data::Gauge(gauge) => gauge.data_points.len(),
        Data::Sum(sum) => sum.data_points.len(),
        Data::Histogram(histogram) => histogram.data_points.len(),
        Data::ExponentialHistogram(histogram) => histogram.data_points.len(),
        Data::Summary(summary) => summary.data_points.len(),
    }
}

/// One export request as it arrived.
#[derive(Debug, Clone)]
pub struct Request {
    /// When it was answered, or was to be.
    pub at: Instant,
    /// Its signal.
    pub signal: Signal,
    /// How it came.
    pub transport: Transport,
    /// Headers or gRPC metadata.
    pub headers: HeaderMap,
    /// `identity`, `gzip`, `zstd`, `deflate` or `zlib`.
    pub compression: String,
    /// Bytes of the body as it came, the gRPC frame's five bytes included.
    pub wire_bytes: usize,
    /// Bytes of the message once decompressed.
    pub payload_bytes: usize,
    /// Spans, data points or log records.
    pub items: usize,
    /// Whether it was answered with success; false for an injected failure.
    pub accepted: bool,
    /// The decoded request; `None` when the backend was told not to keep messages.
    pub message: Option<Message>,
}

/// Items of accepted requests, for each signal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Spans.
    pub spans: usize,
    /// Data points.
    pub data_points: usize,
    /// Log records.
    pub log_records: usize,
    /// Requests accepted, all signals.
    pub requests: usize,
    /// Requests answered with a failure or refused as malformed.
    pub refused: usize,
    /// Body bytes of accepted requests.
    pub wire_bytes: usize,
}

impl Counts {
    pub(super) fn add(&mut self, request: &Request) {
        if !request.accepted {
            self.refused += 1;
            return;
        }
        self.requests += 1;
        self.wire_bytes += request.wire_bytes;
        match request.signal {
            Signal::Traces => self.spans += request.items,
            Signal::Metrics => self.data_points += request.items,
            Signal::Logs => self.log_records += request.items,
        }
    }
}
