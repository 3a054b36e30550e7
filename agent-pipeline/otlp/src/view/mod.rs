//! Reading a batch level by level without changing it.
//!
//! The records are the same lazy types that edits use, handed out by value.

use std::borrow::Cow;

use crate::Signal;
use crate::batch::Entry;
use crate::record::{LogRecord, Metric, Resource, Scope, Span};
use crate::wire::{self, Fields};

/// A resource entry of a batch.
#[derive(Clone, Debug)]
pub struct ResourceRef<'b> {
    signal: Signal,
    entry: Entry<'b>,
}

impl<'b> ResourceRef<'b> {
    pub(crate) const fn new(signal: Signal, entry: Entry<'b>) -> Self {
        Self { signal, entry }
    }

    /// The resource; one without attributes when the entry has none.
    pub fn resource(&self) -> Resource<'_> {
        Resource::new(self.entry.resource_bytes(), self.entry.schema_url())
    }

    /// The schema url of the entry, empty when there is none.
    pub fn schema_url(&self) -> &str {
        self.entry.schema_url()
    }

    /// The scope entries in order.
    pub fn scopes(&self) -> impl Iterator<Item = ScopeRef<'_>> {
        let signal = self.signal;
        Fields::new(&self.entry.rest)
            .filter(|field| field.number == 2)
            .map(move |field| ScopeRef::new(signal, field.value.bytes()))
    }

    /// How many spans, data points or log records are in the entry.
    pub fn items(&self) -> usize {
        crate::scan::count_entry(self.signal, &self.entry.rest)
    }
}

/// A scope entry of a batch.
#[derive(Clone, Debug)]
pub struct ScopeRef<'b> {
    signal: Signal,
    entry: &'b [u8],
    scope: Cow<'b, [u8]>,
    schema_url: &'b str,
}

impl<'b> ScopeRef<'b> {
    fn new(signal: Signal, entry: &'b [u8]) -> Self {
        let schema_url = wire::last(entry, 3).map_or("", wire::Value::text);
        Self { signal, entry, scope: wire::merged(entry, 1).unwrap_or_default(), schema_url }
    }

    /// The scope; an empty one when the entry has none.
    pub fn scope(&self) -> Scope<'_> {
        Scope::new(&self.scope, self.schema_url)
    }

    /// The schema url of the entry, empty when there is none.
    pub fn schema_url(&self) -> &str {
        self.schema_url
    }

    /// The spans in order; none in a batch of another signal.
    pub fn spans(&self) -> impl Iterator<Item = Span<'b>> + use<'b> {
        self.records(Signal::Traces).map(Span::new)
    }

    /// The log records in order; none in a batch of another signal.
    pub fn log_records(&self) -> impl Iterator<Item = LogRecord<'b>> + use<'b> {
        self.records(Signal::Logs).map(LogRecord::new)
    }

    /// The metrics in order; none in a batch of another signal.
    pub fn metrics(&self) -> impl Iterator<Item = Metric<'b>> + use<'b> {
        self.records(Signal::Metrics).map(Metric::new)
    }

    fn records(&self, signal: Signal) -> impl Iterator<Item = &'b [u8]> + use<'b> {
        let entry: &'b [u8] = if signal == self.signal { self.entry } else { &[] };
        Fields::new(entry).filter(|field| field.number == 2).map(|field| field.value.bytes())
    }
}
