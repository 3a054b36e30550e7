//! Log records.

use std::ops::Range;

use bytes::Bytes;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::AnyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use prost::Message as _;

use super::{Found, resource, scope, seal, text, time};

/// Records with these numbers.
pub(super) fn request(generator: usize, sequences: Range<u64>) -> Bytes {
    encode(sequences.map(|sequence| seal(record(sequence), generator, sequence)).collect())
}

fn encode(log_records: Vec<LogRecord>) -> Bytes {
    let scope_logs = vec![ScopeLogs { scope: Some(scope()), log_records, ..ScopeLogs::default() }];
    let resource_logs =
        vec![ResourceLogs { resource: Some(resource()), scope_logs, ..ResourceLogs::default() }];
    ExportLogsServiceRequest { resource_logs }.encode_to_vec().into()
}

fn record(sequence: u64) -> LogRecord {
    let body = Value::StringValue(format!("order {sequence} took {} ms to check out", sequence % 977));
    LogRecord {
        time_unix_nano: time(sequence),
        observed_time_unix_nano: time(sequence) + 1000,
        severity_number: 9,
        severity_text: "INFO".to_owned(),
        body: Some(AnyValue { value: Some(body) }),
        attributes: vec![text("http.request.method", "POST")],
        ..LogRecord::default()
    }
}

/// Records with these numbers whose bodies are `filling`, for requests that weigh more than they cost to make.
pub(super) fn large(generator: usize, sequences: Range<u64>, filling: &str) -> Bytes {
    let large = |sequence| {
        let body = Some(AnyValue { value: Some(Value::StringValue(filling.to_owned())) });
        seal(LogRecord { body, ..record(sequence) }, generator, sequence)
    };
    encode(sequences.map(large).collect())
}

/// Enters every record of a request.
pub(super) fn inspect(request: ExportLogsServiceRequest, found: &mut Found) {
    for entry in request.resource_logs {
        for scope in entry.scope_logs {
            let intact = found.holder(entry.resource.clone(), scope.scope.as_ref());
            scope.log_records.into_iter().for_each(|record| found.enter(record, intact));
        }
    }
}
