//! What the configuration of a moment looks like.

use std::fmt::Write as _;
use std::net::SocketAddr;

use crate::agent::metrics::READER;
use crate::backend::REVISION;
use crate::item::MARK;

/// Signals, as pipelines are called.
const SIGNALS: [&str; 3] = ["traces", "metrics", "logs"];

/// Where a second pipeline of each signal leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Copies {
    /// Nowhere.
    Dropped,
    /// To a backend of their own.
    Sent,
}

/// A configuration, as the settings that edits change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shape {
    /// In a comment.
    pub(super) comment: usize,
    /// Where OTLP over gRPC is taken.
    pub(super) grpc: SocketAddr,
    /// Where OTLP over HTTP is taken.
    pub(super) http: SocketAddr,
    /// `max_recv_msg_size_mib` of gRPC.
    pub(super) message_mib: usize,
    /// `max_request_body_size` of HTTP, in MiB.
    pub(super) body_mib: usize,
    /// `timeout` of batches.
    pub(super) batch_ms: usize,
    /// `send_batch_size`.
    pub(super) batch_size: usize,
    /// The value of the mark that a processor puts on resources.
    pub(super) mark: Option<String>,
    /// Second pipelines.
    pub(super) copies: Option<Copies>,
    /// The value of the revision header.
    pub(super) revision: usize,
    /// `compression` of the exporter.
    pub(super) compression: &'static str,
    /// `num_consumers` of its queue.
    pub(super) consumers: usize,
    /// `initial_interval` of its retries.
    pub(super) retry_ms: usize,
}

impl Shape {
    /// The first configuration, and what edits lead back to in the end.
    pub(super) fn base(grpc: SocketAddr, http: SocketAddr) -> Self {
        Self {
            comment: 0,
            grpc,
            http,
            message_mib: 4,
            body_mib: 20,
            batch_ms: 200,
            batch_size: 1024,
            mark: None,
            copies: None,
            revision: 0,
            compression: "gzip",
            consumers: 10,
            retry_ms: 5000,
        }
    }

    /// Whether another shape has the same receiver, whose connections then have to stay.
    pub(super) fn receives_like(&self, other: &Self) -> bool {
        let receiver = |shape: &Self| (shape.grpc, shape.http, shape.message_mib, shape.body_mib);
        receiver(self) == receiver(other)
    }

    /// The document.
    pub(super) fn yaml(&self, second: &str) -> String {
        let Self { comment, grpc, http, message_mib, batch_ms, batch_size, revision, .. } = self;
        let Self { compression, consumers, retry_ms, .. } = self;
        let body = self.body_mib << 20;
        let marker = self.mark.as_ref().map(|mark| {
            format!(
                "  resource/mark:\n    attributes:\n      - {{key: {MARK}, value: {mark}, action: upsert}}\n"
            )
        });
        let copier = match self.copies {
            None => String::new(),
            Some(Copies::Dropped) => "  nop:\n".to_owned(),
            Some(Copies::Sent) => format!("  otlphttp/copy:\n    endpoint: {second}\n"),
        };
        let pipelines = self.pipelines();
        format!(
            "# edit {comment}\n\
             receivers:\n  otlp:\n    protocols:\n      \
             grpc:\n        endpoint: {grpc}\n        max_recv_msg_size_mib: {message_mib}\n      \
             http:\n        endpoint: {http}\n        max_request_body_size: {body}\n\
             processors:\n  batch:\n    timeout: {batch_ms}ms\n    send_batch_size: {batch_size}\n{marker}\
             exporters:\n  otlphttp:\n    endpoint: ${{env:KM_COLLECTOR_ENDPOINT}}\n    compression: {compression}\n    \
             headers:\n      api-key: ${{env:KM_API_KEY}}\n      {REVISION}: r{revision}\n    \
             sending_queue: {{num_consumers: {consumers}}}\n    \
             retry_on_failure: {{initial_interval: {retry_ms}ms}}\n{copier}\
             service:\n{READER}  pipelines:\n{pipelines}",
            marker = marker.unwrap_or_default(),
        )
    }

    fn pipelines(&self) -> String {
        let mut text = String::new();
        let processors = if self.mark.is_some() { "resource/mark, batch" } else { "batch" };
        for signal in SIGNALS {
            // Writing to a string cannot fail.
            let _ = writeln!(
                text,
                "    {signal}: {{receivers: [otlp], processors: [{processors}], exporters: [otlphttp]}}"
            );
            let exporter = match self.copies {
                None => continue,
                Some(Copies::Dropped) => "nop",
                Some(Copies::Sent) => "otlphttp/copy",
            };
            let _ = writeln!(
                text,
                "    {signal}/copy: {{receivers: [otlp], processors: [batch], exporters: [{exporter}]}}"
            );
        }
        text
    }
}
