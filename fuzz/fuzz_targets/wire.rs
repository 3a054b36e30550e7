//! Protobuf export requests.

#![no_main]

use agent_fuzz::{check_json, input};
use agent_otlp::{Batch, Signal, Verdict};
use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;

fuzz_target!(|data: &[u8]| {
    let Some((signal, wire)) = input(data) else { return };
    let Ok(batch) = Batch::from_protobuf(signal, Bytes::copy_from_slice(wire)) else { return };
    let content = match content(signal, wire) {
        Ok(content) => content,
        // The library stops at 100 messages inside each other, sooner than the agent.
        Err(error) if error.to_string().contains("recursion limit") => return,
        Err(error) => panic!("accepted what the library refuses: {error}"),
    };
    let document = check_json(&batch);
    let canonical =
        Batch::from_protobuf(signal, Bytes::from(content)).expect("what the library writes is valid");
    assert_eq!(canonical.items(), batch.items());
    assert_eq!(check_json(&canonical), document);
    check_split(batch.clone());
    check_edit(batch, &document);
});

/// The canonical bytes of the message, as the library reads it.
fn content(signal: Signal, wire: &[u8]) -> Result<Vec<u8>, prost::DecodeError> {
    Ok(match signal {
        Signal::Traces => ExportTraceServiceRequest::decode(wire)?.encode_to_vec(),
        Signal::Metrics => ExportMetricsServiceRequest::decode(wire)?.encode_to_vec(),
        Signal::Logs => ExportLogsServiceRequest::decode(wire)?.encode_to_vec(),
    })
}

fn check_split(mut batch: Batch) {
    let total = batch.items();
    let mut parts = 0;
    while !batch.is_empty() {
        let part = batch.split_front(2);
        let again = Batch::from_protobuf(part.signal(), part.to_bytes()).expect("a part is valid");
        assert_eq!(again.items(), part.items());
        parts += part.items();
    }
    assert_eq!(parts, total);
}

/// Marks every record as changed without changing it: the document stays.
fn check_edit(mut batch: Batch, document: &str) {
    // Indexes into a string table are not part of a decoded value, and the marker must not be there already.
    if document.contains("trindex\"") || document.contains("\\u0001") {
        return;
    }
    batch.edit_resources(|resource| {
        resource.attributes_mut().upsert("\u{1}", 1i64);
        resource.attributes_mut().remove("\u{1}");
    });
    batch.edit_spans(|ctx, span| {
        span.attributes_mut().update_each(|_, _| true);
        ctx.scope_mut().attributes_mut().update_each(|_, _| true);
        Verdict::Keep
    });
    batch.edit_log_records(|_, record| {
        let _ = record.body_mut();
        record.attributes_mut().update_each(|_, _| true);
        Verdict::Keep
    });
    batch.edit_data_points(|_, _, point| {
        point.attributes_mut().update_each(|_, _| true);
        Verdict::Keep
    });
    let again = Batch::from_protobuf(batch.signal(), batch.to_bytes()).expect("an edited batch is valid");
    assert_eq!(again.items(), batch.items());
    assert_eq!(check_json(&again), document);
}
