//! Requests as a web service's SDK would send them: 12 resource attributes, then 100 items.

use std::hint::black_box;

use agent_otlp::Signal;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value::Value};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::metrics::v1::{
    Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum, metric::Data, number_data_point,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use prost::Message as _;

fn value(value: Value) -> AnyValue {
    AnyValue { value: Some(value) }
}

fn text(key: &str, content: &str) -> KeyValue {
    KeyValue { key: key.into(), value: Some(value(Value::StringValue(content.into()))), ..Default::default() }
}

fn integer(key: &str, content: i64) -> KeyValue {
    KeyValue { key: key.into(), value: Some(value(Value::IntValue(content))), ..Default::default() }
}

fn resource() -> Resource {
    let attributes = vec![
        text("service.name", "checkout"),
        text("service.namespace", "shop"),
        text("service.version", "2.14.3"),
        text("service.instance.id", "627cc493-f310-47de-96bd-71410b7dec09"),
        text("telemetry.sdk.language", "rust"),
        text("telemetry.sdk.name", "opentelemetry"),
        text("telemetry.sdk.version", "0.33.1"),
        text("host.name", "node-17.cluster.internal"),
        text("k8s.pod.name", "checkout-6f9c8d7b5-x2x7k"),
        text("k8s.namespace.name", "shop"),
        text("process.executable.name", "checkout"),
        integer("process.pid", 4711),
    ];
    Resource { attributes, ..Default::default() }
}

fn scope() -> InstrumentationScope {
    InstrumentationScope { name: "http-server".into(), version: "1.2.0".into(), ..Default::default() }
}

fn attributes(index: u32) -> Vec<KeyValue> {
    vec![
        text("http.request.method", "GET"),
        text("url.path", "/api/v1/carts/items"),
        text("url.scheme", "https"),
        text("http.route", "/api/v1/carts/{id}"),
        text("server.address", "shop.example.com"),
        text("network.protocol.version", "1.1"),
        text("client.address", "203.0.113.9"),
        text("user_agent.name", "curl"),
        integer("http.response.status_code", 200 + i64::from(index % 5)),
    ]
}

/// An export request with this many spans.
pub(crate) fn traces(items: u32) -> Vec<u8> {
    let span = |index: u32| Span {
        trace_id: u128::from(index)
            .wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835)
            .to_be_bytes()
            .to_vec(),
        span_id: u64::from(index).wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes().to_vec(),
        parent_span_id: vec![7; 8],
        name: "GET /api/v1/carts/{id}".into(),
        kind: 2,
        start_time_unix_nano: 1_700_000_000_000_000_000,
        end_time_unix_nano: 1_700_000_000_010_000_000,
        attributes: attributes(index),
        flags: 257,
        status: Some(Status::default()),
        ..Default::default()
    };
    let scope =
        ScopeSpans { scope: Some(scope()), spans: (0..items).map(span).collect(), ..Default::default() };
    let entry = ResourceSpans { resource: Some(resource()), scope_spans: vec![scope], ..Default::default() };
    ExportTraceServiceRequest { resource_spans: vec![entry] }.encode_to_vec()
}

/// An export request with this many log records.
pub(crate) fn logs(items: u32) -> Vec<u8> {
    let record = |index: u32| LogRecord {
        time_unix_nano: 1_700_000_000_000_000_000,
        observed_time_unix_nano: 1_700_000_000_000_000_000,
        severity_number: 9,
        severity_text: "INFO".into(),
        body: Some(value(Value::StringValue(format!(
            "request {index} for /api/v1/carts/items from 203.0.113.9 was answered with 200 after 12.7 ms, 3 rows read, cache hit"
        )))),
        attributes: attributes(index),
        trace_id: vec![0xAB; 16],
        span_id: vec![0xCD; 8],
        ..Default::default()
    };
    let scope = ScopeLogs {
        scope: Some(scope()),
        log_records: (0..items).map(record).collect(),
        ..Default::default()
    };
    let entry = ResourceLogs { resource: Some(resource()), scope_logs: vec![scope], ..Default::default() };
    ExportLogsServiceRequest { resource_logs: vec![entry] }.encode_to_vec()
}

/// An export request with this many data points, ten to a metric.
pub(crate) fn metrics(items: u32) -> Vec<u8> {
    let point = |index: u32| NumberDataPoint {
        attributes: attributes(index),
        start_time_unix_nano: 1_700_000_000_000_000_000,
        time_unix_nano: 1_700_000_010_000_000_000,
        value: Some(number_data_point::Value::AsInt(i64::from(index))),
        ..Default::default()
    };
    let metric = |index: u32| Metric {
        name: format!("http.server.requests.{index}"),
        description: "requests answered".into(),
        unit: "{request}".into(),
        data: Some(Data::Sum(Sum {
            data_points: (0..10).map(point).collect(),
            aggregation_temporality: 2,
            is_monotonic: true,
        })),
        ..Default::default()
    };
    let scope = ScopeMetrics {
        scope: Some(scope()),
        metrics: (0..items / 10).map(metric).collect(),
        ..Default::default()
    };
    let entry =
        ResourceMetrics { resource: Some(resource()), scope_metrics: vec![scope], ..Default::default() };
    ExportMetricsServiceRequest { resource_metrics: vec![entry] }.encode_to_vec()
}

/// What a relay built on the library pays for looking at a request.
pub(crate) fn decode(signal: Signal, bytes: &[u8]) {
    match signal {
        Signal::Traces => drop(black_box(ExportTraceServiceRequest::decode(bytes))),
        Signal::Logs => drop(black_box(ExportLogsServiceRequest::decode(bytes))),
        Signal::Metrics => drop(black_box(ExportMetricsServiceRequest::decode(bytes))),
    }
}
