//! Making a batch from nothing, for what produces telemetry itself.
//!
//! Records are written to the wire as they are added; nothing is kept but bytes and the places of lengths. The
//! types are those of the edits, over an empty message.

#[cfg(test)]
mod tests;

use bytes::Bytes;

use crate::record::{DataPoint, LogRecord, Message, Metric, MetricKind, PointKind, Resource, Scope, Span};
use crate::wire::{Nested, Open, put_bytes};
use crate::{Batch, Signal};

/// Writes a batch level by level: a resource, its scopes, their records.
///
/// A level that is needed and was not begun is begun empty. What belongs to another signal is ignored.
#[derive(Debug)]
pub struct BatchBuilder {
    signal: Signal,
    out: Nested,
    /// What is open, outermost first: resource entry, scope entry, metric, its data.
    open: Vec<Open>,
    /// The shape of the points of the open metric.
    points: PointKind,
    items: usize,
}

/// How many messages are open inside a scope entry.
const IN_SCOPE: usize = 2;
/// How many are open inside the data of a metric.
const IN_DATA: usize = 4;

impl BatchBuilder {
    /// A batch without entries.
    pub fn new(signal: Signal) -> Self {
        Self { signal, out: Nested::default(), open: Vec::new(), points: PointKind::Number, items: 0 }
    }

    /// Begins a resource entry.
    pub fn resource<'v>(&mut self, describe: impl FnOnce(&mut Resource<'v>)) -> &mut Self {
        self.close_to(0);
        let mut resource = Resource::new(&[], "");
        describe(&mut resource);
        self.begin(1, &resource.message, resource.schema_url());
        self
    }

    /// Begins a scope entry in the current resource entry.
    pub fn scope<'v>(&mut self, describe: impl FnOnce(&mut Scope<'v>)) -> &mut Self {
        if self.open.is_empty() {
            self.resource(|_| {});
        }
        self.close_to(1);
        let mut scope = Scope::new(&[], "");
        describe(&mut scope);
        self.begin(2, &scope.message, scope.schema_url());
        self
    }

    /// Adds a span to the current scope entry.
    pub fn span<'v>(&mut self, describe: impl FnOnce(&mut Span<'v>)) -> &mut Self {
        if self.signal == Signal::Traces {
            let mut span = Span::new(&[]);
            describe(&mut span);
            self.record(&span.message);
        }
        self
    }

    /// Adds a log record to the current scope entry.
    pub fn log_record<'v>(&mut self, describe: impl FnOnce(&mut LogRecord<'v>)) -> &mut Self {
        if self.signal == Signal::Logs {
            let mut record = LogRecord::new(&[]);
            describe(&mut record);
            record.settle();
            self.record(&record.message);
        }
        self
    }

    /// Begins a metric in the current scope entry.
    pub fn metric(&mut self, kind: MetricKind, describe: impl FnOnce(&mut Metric<'_>)) -> &mut Self {
        if self.signal != Signal::Metrics {
            return self;
        }
        self.scope_entry();
        let empty = kind.empty();
        let mut metric = Metric::new(&empty);
        describe(&mut metric);
        self.points = kind.points();
        self.open.push(self.out.open(2));
        let data = metric.encode_around(self.out.bytes());
        self.open.push(self.out.open(kind.number()));
        self.out.bytes().extend_from_slice(&data);
        self
    }

    /// Adds a data point to the current metric; ignored when there is none.
    pub fn point<'v>(&mut self, describe: impl FnOnce(&mut DataPoint<'v>)) -> &mut Self {
        if self.open.len() == IN_DATA {
            let mut point = DataPoint::new(self.points, &[]);
            describe(&mut point);
            self.add(1, &point.message);
        }
        self
    }

    /// How many items were added.
    pub fn items(&self) -> usize {
        self.items
    }

    /// The batch.
    #[must_use]
    pub fn build(mut self) -> Batch {
        self.close_to(0);
        let mut bytes = Vec::new();
        self.out.write(&mut bytes);
        Batch::written(self.signal, Bytes::from(bytes), self.items)
    }

    /// Opens a resource or scope entry as field `number`, with what describes it.
    fn begin(&mut self, number: u32, about: &Message<'_>, schema_url: &str) {
        self.open.push(self.out.open(number));
        if !about.is_blank() {
            let description = self.out.open(1);
            about.encode(self.out.bytes());
            self.out.close(&description);
        }
        if !schema_url.is_empty() {
            put_bytes(self.out.bytes(), 3, schema_url.as_bytes());
        }
    }

    /// Makes the scope entry the innermost open message.
    fn scope_entry(&mut self) {
        if self.open.len() < IN_SCOPE {
            self.scope(|_| {});
        }
        self.close_to(IN_SCOPE);
    }

    fn record(&mut self, message: &Message<'_>) {
        self.scope_entry();
        self.add(2, message);
    }

    fn add(&mut self, number: u32, message: &Message<'_>) {
        let item = self.out.open(number);
        message.encode(self.out.bytes());
        self.out.close(&item);
        self.items += 1;
    }

    fn close_to(&mut self, depth: usize) {
        while self.open.len() > depth {
            if let Some(open) = self.open.pop() {
                self.out.close(&open);
            }
        }
    }
}
