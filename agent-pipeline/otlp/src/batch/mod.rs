//! A batch: export request bytes of one signal, as a rope.
//!
//! The bytes stay as received until something is changed; see [`chunk`] for how an edited entry keeps its
//! records untouched, and `edit` for how records are changed.

mod chunk;
mod edit;
mod entry;
mod grow;
mod lists;
mod scope;
mod split;

#[cfg(test)]
mod tests;

use bytes::Bytes;
use chunk::Chunk;
pub(crate) use entry::Entry;
pub use grow::NewMetrics;

use crate::view::ResourceRef;
use crate::{DecodeError, JsonError, Signal, SignalMismatch, json, scan};

/// Telemetry of one signal: validated export request bytes and how many items they hold.
///
/// Cloning copies reference counts, not bytes.
#[derive(Clone, Debug)]
pub struct Batch {
    signal: Signal,
    chunks: Vec<Chunk>,
    items: usize,
}

impl Batch {
    /// Takes the bytes of an `ExportXxxServiceRequest` (or `XxxData`), after one pass that validates them whole
    /// and counts the items. Nothing is copied.
    ///
    /// # Errors
    /// The first place where the bytes break protobuf's or OTLP's rules; see the crate documentation for which.
    pub fn from_protobuf(signal: Signal, bytes: Bytes) -> Result<Self, DecodeError> {
        let items = scan::scan(signal, &bytes)?;
        Ok(Self::written(signal, bytes, items))
    }

    /// Reads an OTLP/JSON document.
    ///
    /// # Errors
    /// The line and column of the first thing that is not JSON or not the shape OTLP gives it.
    pub fn from_json(signal: Signal, json: &[u8]) -> Result<Self, JsonError> {
        let wire = json::read(signal, json)?;
        Self::from_protobuf(signal, Bytes::from(wire)).map_err(|error| JsonError {
            line: 0,
            column: 0,
            reason: error.to_string(),
        })
    }

    /// Bytes that this crate wrote and counted itself.
    pub(crate) fn written(signal: Signal, bytes: Bytes, items: usize) -> Self {
        let chunks = if bytes.is_empty() { Vec::new() } else { vec![Chunk::received(bytes, items)] };
        Self { signal, chunks, items }
    }

    /// A batch without entries.
    pub fn empty(signal: Signal) -> Self {
        Self { signal, chunks: Vec::new(), items: 0 }
    }

    /// What the batch holds.
    pub fn signal(&self) -> Signal {
        self.signal
    }

    /// How many spans, data points or log records the batch holds.
    pub fn items(&self) -> usize {
        self.items
    }

    /// Whether there are no items. There may be resources, scopes and metrics without any.
    pub fn is_empty(&self) -> bool {
        self.items == 0
    }

    /// How many metrics the batch holds; 0 for the other signals. Walks the scope entries.
    pub fn metrics(&self) -> usize {
        if self.signal != Signal::Metrics {
            return 0;
        }
        self.resources()
            .map(|resource| resource.scopes().map(|scope| scope.metrics().count()).sum::<usize>())
            .sum()
    }

    /// How many resource entries the batch holds.
    pub fn resource_count(&self) -> usize {
        self.chunks.iter().map(Chunk::entry_count).sum()
    }

    /// Bytes the batch has on the wire.
    pub fn byte_len(&self) -> usize {
        self.chunks.iter().map(Chunk::len).sum()
    }

    /// Adds the entries of another batch at the end. Nothing is decoded or copied, and equal resources are
    /// not merged.
    ///
    /// # Errors
    /// When the signals differ; this batch is then unchanged and `other` is dropped.
    pub fn append(&mut self, other: Self) -> Result<(), SignalMismatch> {
        if self.signal != other.signal {
            return Err(SignalMismatch { signal: self.signal, other: other.signal });
        }
        self.items += other.items;
        if self.chunks.is_empty() {
            self.chunks = other.chunks;
        } else {
            self.chunks.extend(other.chunks);
        }
        Ok(())
    }

    /// The pieces that, one after the other, are the bytes of the export request. None is empty.
    pub fn segments(&self) -> impl Iterator<Item = &Bytes> {
        self.chunks.iter().flat_map(Chunk::segments)
    }

    /// The export request in one piece; without copying when it already is.
    pub fn to_bytes(&self) -> Bytes {
        let mut segments = self.segments();
        match (segments.next(), segments.next()) {
            (None, _) => Bytes::new(),
            (Some(only), None) => only.clone(),
            _ => {
                let mut out = Vec::with_capacity(self.byte_len());
                self.write_protobuf(&mut out);
                Bytes::from(out)
            }
        }
    }

    /// Appends the export request to `out`.
    pub fn write_protobuf(&self, out: &mut Vec<u8>) {
        out.reserve(self.byte_len());
        for segment in self.segments() {
            out.extend_from_slice(segment);
        }
    }

    /// Appends one OTLP/JSON document, without a newline, to `out`.
    pub fn write_json(&self, out: &mut Vec<u8>) {
        json::write(self.signal, self.chunks.iter().flat_map(Chunk::entries), out);
    }

    /// The resource entries in order, to be read.
    pub fn resources(&self) -> impl Iterator<Item = ResourceRef<'_>> {
        let signal = self.signal;
        self.chunks.iter().flat_map(Chunk::entries).map(move |entry| ResourceRef::new(signal, entry))
    }
}
