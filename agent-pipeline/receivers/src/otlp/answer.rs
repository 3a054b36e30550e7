//! The body of a successful answer: `ExportXxxServiceResponse`, in protobuf and in JSON.
//!
//! The three messages have the same field numbers; only the JSON name of the count differs.

use agent_component::Accepted;
use agent_net::wire::{put_bytes, put_varint};
use agent_otlp::Signal;
use bytes::Bytes;
use serde::Serialize;

/// The answer in protobuf; without bytes when everything was taken and nothing is to be said.
pub(super) fn protobuf(accepted: &Accepted) -> Bytes {
    if is_plain(accepted) {
        return Bytes::new();
    }
    let mut partial = Vec::with_capacity(accepted.message.len() + 16);
    put_varint(&mut partial, 1, accepted.rejected);
    if !accepted.message.is_empty() {
        put_bytes(&mut partial, 2, accepted.message.as_bytes());
    }
    let mut out = Vec::with_capacity(partial.len() + 6);
    put_bytes(&mut out, 1, &partial);
    Bytes::from(out)
}

/// The answer in JSON, `{"partialSuccess":{}}` when everything was taken.
pub(super) fn json(signal: Signal, accepted: &Accepted) -> Bytes {
    if is_plain(accepted) {
        return Bytes::from_static(br#"{"partialSuccess":{}}"#);
    }
    let rejected = (accepted.rejected > 0).then(|| accepted.rejected.to_string());
    let (spans, points, records) = match signal {
        Signal::Traces => (rejected, None, None),
        Signal::Metrics => (None, rejected, None),
        Signal::Logs => (None, None, rejected),
    };
    let partial_success = PartialSuccess {
        rejected_spans: spans,
        rejected_data_points: points,
        rejected_log_records: records,
        error_message: &accepted.message,
    };
    // Strings always have a JSON form.
    Bytes::from(serde_json::to_vec(&Answer { partial_success }).unwrap_or_default())
}

fn is_plain(accepted: &Accepted) -> bool {
    accepted.rejected == 0 && accepted.message.is_empty()
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    partial_success: PartialSuccess<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PartialSuccess<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    rejected_spans: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rejected_data_points: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rejected_log_records: Option<String>,
    #[serde(skip_serializing_if = "str::is_empty")]
    error_message: &'a str,
}
