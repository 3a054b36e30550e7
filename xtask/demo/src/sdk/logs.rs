//! Log records through the SDK.

use std::time::SystemTime;

use std::ops::Range;

use anyhow::Result;
use opentelemetry::logs::{AnyValue, LogRecord as _, Logger as _, LoggerProvider as _, Severity};
use opentelemetry_otlp::{LogExporter, Protocol, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::logs::SdkLoggerProvider;

use super::{GRPC, RuntimeClient, Transport, http, resource, shut_down};
use crate::application::item;

/// Makes and exports `count` log records.
pub(crate) async fn send(transport: Transport, numbers: Range<usize>) -> Result<()> {
    let builder = LogExporter::builder();
    let exporter = match transport {
        Transport::Grpc => builder.with_tonic().with_endpoint(GRPC).build()?,
        Transport::Http => builder
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_http_client(RuntimeClient::new())
            .with_endpoint(http("logs"))
            .build()?,
    };
    let provider =
        SdkLoggerProvider::builder().with_resource(resource()).with_batch_exporter(exporter).build();
    let logger = provider.logger("demo");
    for number in numbers {
        let mut record = logger.create_log_record();
        record.set_timestamp(SystemTime::now());
        record.set_severity_number(Severity::Info);
        record.set_severity_text("INFO");
        record.set_body(AnyValue::from(item(transport, number)));
        record.add_attribute("order.items", i64::try_from(number % 7)?);
        logger.emit(record);
    }
    shut_down("log records", move || provider.shutdown()).await
}
