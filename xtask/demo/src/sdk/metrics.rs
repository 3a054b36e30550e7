//! Data points through the SDK: a counter, a gauge and a histogram.
//!
//! Delta temporality: the one export at the end then holds each point once, and none is sent twice.

use std::ops::Range;

use anyhow::Result;
use opentelemetry::KeyValue;
use opentelemetry::metrics::MeterProvider as _;
use opentelemetry_otlp::{MetricExporter, Protocol, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::metrics::{SdkMeterProvider, Temporality};

use super::{GRPC, RuntimeClient, Transport, http, resource, shut_down};
use crate::application::item;

/// Records and exports the attribute sets of these numbers, for each instrument.
pub(crate) async fn send(transport: Transport, numbers: Range<usize>) -> Result<()> {
    let builder = MetricExporter::builder().with_temporality(Temporality::Delta);
    let exporter = match transport {
        Transport::Grpc => builder.with_tonic().with_endpoint(GRPC).build()?,
        Transport::Http => builder
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_http_client(RuntimeClient::new())
            .with_endpoint(http("metrics"))
            .build()?,
    };
    let provider =
        SdkMeterProvider::builder().with_resource(resource()).with_periodic_exporter(exporter).build();
    let meter = provider.meter("demo");
    let orders = meter.u64_counter("shop.orders").build();
    let stock = meter.i64_gauge("shop.stock").build();
    let duration = meter.f64_histogram("shop.checkout.duration").with_unit("s").build();
    for number in numbers {
        let attributes = [KeyValue::new("item", item(transport, number))];
        orders.add(u64::try_from(number)? + 1, &attributes);
        stock.record(i64::try_from(number)? * 3, &attributes);
        duration.record(0.25, &attributes);
    }
    shut_down("data points", move || provider.shutdown()).await
}
