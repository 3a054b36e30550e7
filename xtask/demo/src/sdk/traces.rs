//! Spans through the SDK.

use std::ops::Range;

use anyhow::Result;
use opentelemetry::KeyValue;
use opentelemetry::trace::{Span as _, SpanKind, Tracer as _, TracerProvider as _};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::trace::SdkTracerProvider;

use super::{GRPC, RuntimeClient, Transport, http, resource, shut_down};
use crate::application::item;

/// Makes and exports the spans of these numbers.
pub(crate) async fn send(transport: Transport, numbers: Range<usize>) -> Result<()> {
    let builder = SpanExporter::builder();
    let exporter = match transport {
        Transport::Grpc => builder.with_tonic().with_endpoint(GRPC).build()?,
        Transport::Http => builder
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_http_client(RuntimeClient::new())
            .with_endpoint(http("traces"))
            .build()?,
    };
    let provider =
        SdkTracerProvider::builder().with_resource(resource()).with_batch_exporter(exporter).build();
    let tracer = provider.tracer("demo");
    for number in numbers {
        let builder = tracer.span_builder(item(transport, number)).with_kind(SpanKind::Server);
        let mut span = builder.with_attributes([KeyValue::new("http.request.method", "GET")]).start(&tracer);
        span.set_attribute(KeyValue::new("order.items", i64::try_from(number % 7)?));
        span.end();
    }
    shut_down("spans", move || provider.shutdown()).await
}
