//! The configuration of scenarios about queues on disk.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use anyhow::Result;
use tempfile::TempDir;

use crate::agent::metrics::READER;

/// What can be chosen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Settings<'a> {
    /// Where OTLP over gRPC is taken.
    pub(super) grpc: SocketAddr,
    /// Where OTLP over HTTP is taken.
    pub(super) http: SocketAddr,
    /// Of `file_storage`.
    pub(super) directory: &'a Path,
    /// Of `file_storage`.
    pub(super) fsync: bool,
    /// What each queue may take on disk, in MiB.
    pub(super) max_mib: u64,
    /// Whether a `batch` processor is before the queues of traces and logs; it is folded into them.
    pub(super) batch: bool,
    /// Of the queues, where it is written.
    pub(super) live_share: Option<f64>,
}

/// One receiver, one exporter whose queues are on disk, all signals. Nobody holds data before the queue.
pub(super) fn yaml(settings: Settings<'_>) -> String {
    let Settings { grpc, http, directory, fsync, max_mib, batch, live_share } = settings;
    let live_share = live_share.map(|share| format!(", live_share: {share}")).unwrap_or_default();
    let directory = directory.display();
    let pipelines: String = [("traces", batch), ("metrics", false), ("logs", batch)]
        .map(|(signal, batch)| {
            let processors = if batch { "processors: [batch], " } else { "" };
            format!("    {signal}: {{receivers: [otlp], {processors}exporters: [otlphttp]}}\n")
        })
        .concat();
    let processors =
        if batch { "processors:\n  batch: {timeout: 200ms, send_batch_size: 1024}\n" } else { "" };
    format!(
        "receivers:\n  otlp:\n    protocols:\n      grpc: {{endpoint: '{grpc}'}}\n      http: {{endpoint: '{http}'}}\n\
         extensions:\n  file_storage: {{directory: '{directory}', fsync: {fsync}, max_size: {max_mib}MiB}}\n\
         {processors}exporters:\n  otlphttp:\n    endpoint: ${{env:KM_COLLECTOR_ENDPOINT}}\n    \
         headers: {{api-key: '${{env:KM_API_KEY}}'}}\n    \
         sending_queue: {{queue_size: 1000000, storage: file_storage{live_share}}}\n    \
         retry_on_failure: {{initial_interval: 100ms, max_interval: 500ms}}\n\
         service:\n{READER}  extensions: [file_storage]\n  pipelines:\n{pipelines}"
    )
}

/// A folder with a folder `queues` in it, both gone in the end.
pub(super) fn folder() -> Result<(TempDir, std::path::PathBuf)> {
    let folder = tempfile::tempdir()?;
    let queues = folder.path().join("queues");
    fs::create_dir(&queues)?;
    Ok((folder, queues))
}
