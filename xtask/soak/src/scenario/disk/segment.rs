//! Segments of a queue, read as the README of the journal documents them, by nobody who wrote them.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use agent_testkit::otlp_backend::Message;
use anyhow::{Context as _, Result, bail};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message as _;

use crate::item::{self, Name};

/// Bytes before the first frame, and of a frame before its record.
pub(super) const FILE_HEADER: usize = 28;
const FRAME_HEADER: usize = 28;
const MAGIC: [u8; 4] = [0xF5, 0x4B, 0x52, 0x9E];

/// A file of records.
#[derive(Debug)]
pub(super) struct Segment {
    /// Below the folder of the queues.
    pub(super) path: PathBuf,
    /// Bytes.
    pub(super) len: usize,
    /// Its records, in order.
    pub(super) frames: Vec<Frame>,
    /// It is the last one of its queue.
    pub(super) is_last: bool,
}

/// A record.
#[derive(Debug)]
pub(super) struct Frame {
    /// Where it lies.
    pub(super) bytes: Range<usize>,
    /// The items in it.
    pub(super) items: Vec<Name>,
}

impl Segment {
    /// Whether one record ends there, and another one may begin.
    pub(super) fn is_border(&self, at: usize) -> bool {
        at == FILE_HEADER || self.frames.iter().any(|frame| frame.bytes.end == at)
    }
}

/// All segments below a folder, by their paths.
pub(super) fn all(folder: &Path) -> Result<Vec<Segment>> {
    let mut segments = Vec::new();
    for queue in sorted(folder)? {
        let paths: Vec<PathBuf> = sorted(&queue)?
            .into_iter()
            .filter(|path| path.extension().is_some_and(|kind| kind == "seg"))
            .collect();
        let last = paths.len().saturating_sub(1);
        for (number, path) in paths.into_iter().enumerate() {
            let content = fs::read(&path)?;
            let frames = frames(&queue, &content).with_context(|| path.display().to_string())?;
            let path = path.strip_prefix(folder)?.to_owned();
            segments.push(Segment { path, len: content.len(), frames, is_last: number == last });
        }
    }
    Ok(segments)
}

fn sorted(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries: std::io::Result<Vec<_>> = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect();
    let mut paths = entries?;
    paths.sort();
    Ok(paths)
}

/// The whole frames of a segment; a kill may leave part of one behind them.
fn frames(queue: &Path, content: &[u8]) -> Result<Vec<Frame>> {
    let mut frames = Vec::new();
    let mut at = FILE_HEADER;
    while let Some(header) = content.get(at..at + FRAME_HEADER) {
        if header.get(..4) != Some(&MAGIC) {
            bail!("no frame at {at}");
        }
        let number = |place: Range<usize>| {
            let bytes = header.get(place).unwrap_or_default();
            bytes.iter().rev().fold(0_usize, |number, byte| number << 8 | usize::from(*byte))
        };
        let body = at + FRAME_HEADER + number(4..6);
        let end = body + number(8..12);
        let Some(record) = content.get(body..end) else { break };
        frames.push(Frame { bytes: at..end, items: items(queue, record)? });
        at = end;
    }
    Ok(frames)
}

fn items(queue: &Path, record: &[u8]) -> Result<Vec<Name>> {
    let name = queue.to_string_lossy();
    let message = if name.ends_with("_traces") {
        Message::Traces(ExportTraceServiceRequest::decode(record)?)
    } else if name.ends_with("_metrics") {
        Message::Metrics(ExportMetricsServiceRequest::decode(record)?)
    } else if name.ends_with("_logs") {
        Message::Logs(ExportLogsServiceRequest::decode(record)?)
    } else {
        bail!("{name} is the folder of no signal");
    };
    Ok(item::inspect(message).intact)
}
