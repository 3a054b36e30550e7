//! Document to wire to document.

mod read;
mod write;

use bytes::Bytes;
use opentelemetry_proto::tonic::common::v1::AnyValue;
use proptest::prelude::*;
use prost::Message as _;

use crate::testing::{self, Logs, Metrics, Traces};
use crate::{Batch, Signal};

/// The members that a document always has, set where the message lacks them.
fn fill_traces(mut message: Traces) -> Traces {
    for entry in &mut message.resource_spans {
        entry.resource.get_or_insert_default();
        for scope in &mut entry.scope_spans {
            scope.scope.get_or_insert_default();
            for span in &mut scope.spans {
                span.status.get_or_insert_default();
            }
        }
    }
    message
}

fn fill_logs(mut message: Logs) -> Logs {
    for entry in &mut message.resource_logs {
        entry.resource.get_or_insert_default();
        for scope in &mut entry.scope_logs {
            scope.scope.get_or_insert_default();
            for record in &mut scope.log_records {
                record.body.get_or_insert(AnyValue { value: None });
            }
        }
    }
    message
}

fn fill_metrics(mut message: Metrics) -> Metrics {
    use opentelemetry_proto::tonic::metrics::v1::metric::Data;
    for entry in &mut message.resource_metrics {
        entry.resource.get_or_insert_default();
        for scope in &mut entry.scope_metrics {
            scope.scope.get_or_insert_default();
            for metric in &mut scope.metrics {
                if let Some(Data::ExponentialHistogram(data)) = &mut metric.data {
                    for point in &mut data.data_points {
                        point.positive.get_or_insert_default();
                        point.negative.get_or_insert_default();
                    }
                }
            }
        }
    }
    message
}

/// Through JSON and back, as bytes.
fn round_trip(signal: Signal, wire: Vec<u8>) -> Bytes {
    let batch = Batch::from_protobuf(signal, Bytes::from(wire)).unwrap();
    let mut json = Vec::new();
    batch.write_json(&mut json);
    let again =
        Batch::from_json(signal, &json).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&json)));
    assert_eq!(again.items(), batch.items());
    let mut second = Vec::new();
    again.write_json(&mut second);
    assert_eq!(String::from_utf8_lossy(&second), String::from_utf8_lossy(&json));
    again.to_bytes()
}

/// An attribute without a value and one with an unset value are the same document.
fn canonical(text: &str) -> String {
    text.replace("value: Some(AnyValue { value: None })", "value: None")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn traces_survive_json(message in testing::traces()) {
        let again = Traces::decode(round_trip(Signal::Traces, message.encode_to_vec())).unwrap();
        testing::assert_same(&canonical(&format!("{again:?}")), &canonical(&format!("{:?}", fill_traces(message))));
    }

    #[test]
    fn logs_survive_json(message in testing::logs()) {
        let again = Logs::decode(round_trip(Signal::Logs, message.encode_to_vec())).unwrap();
        testing::assert_same(&canonical(&format!("{again:?}")), &canonical(&format!("{:?}", fill_logs(message))));
    }

    #[test]
    fn metrics_survive_json(message in testing::metrics()) {
        let again = Metrics::decode(round_trip(Signal::Metrics, message.encode_to_vec())).unwrap();
        testing::assert_same(&canonical(&format!("{again:?}")), &canonical(&format!("{:?}", fill_metrics(message))));
    }
}
