//! The configuration of scenarios that are not about configurations.

use std::net::SocketAddr;

use crate::agent::metrics::READER;

/// One receiver, one exporter with a queue of that many batches, all signals.
pub(super) fn yaml(grpc: SocketAddr, http: SocketAddr, queue: usize) -> String {
    let pipelines: String = ["traces", "metrics", "logs"]
        .map(|signal| {
            format!("    {signal}: {{receivers: [otlp], processors: [batch], exporters: [otlphttp]}}\n")
        })
        .concat();
    format!(
        "receivers:\n  otlp:\n    protocols:\n      grpc: {{endpoint: '{grpc}'}}\n      http: {{endpoint: '{http}'}}\n\
         processors:\n  batch: {{timeout: 200ms, send_batch_size: 1024}}\n\
         exporters:\n  otlphttp:\n    endpoint: ${{env:KM_COLLECTOR_ENDPOINT}}\n    \
         headers: {{api-key: '${{env:KM_API_KEY}}'}}\n    \
         sending_queue: {{queue_size: {queue}}}\n    \
         retry_on_failure: {{initial_interval: 1s, max_interval: 5s}}\n\
         service:\n{READER}  pipelines:\n{pipelines}"
    )
}
