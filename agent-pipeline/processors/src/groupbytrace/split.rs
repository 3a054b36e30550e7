//! A payload taken apart by trace.
//!
//! As in the Collector, every scope entry gives each of its traces an entry with resource and scope of its own.

use agent_otlp::{Batch, BatchBuilder, Signal, Span};
use indexmap::IndexMap;

/// A trace id; zeros for spans without one.
pub(super) type TraceId = [u8; 16];

/// The traces in the order in which their first spans stand.
pub(super) fn split(batch: &Batch) -> Vec<(TraceId, Batch)> {
    let mut traces: IndexMap<TraceId, BatchBuilder> = IndexMap::new();
    for entry in batch.resources() {
        for scope in entry.scopes() {
            let mut spans: IndexMap<TraceId, Vec<Span<'_>>> = IndexMap::new();
            for span in scope.spans() {
                spans.entry(id(&span)).or_default().push(span);
            }
            for (id, spans) in spans {
                let trace = traces.entry(id).or_insert_with(|| BatchBuilder::new(Signal::Traces));
                trace.resource(|resource| *resource = entry.resource());
                trace.scope(|out| *out = scope.scope());
                for span in spans {
                    trace.span(|out| *out = span);
                }
            }
        }
    }
    traces.into_iter().map(|(id, trace)| (id, trace.build())).collect()
}

fn id(span: &Span<'_>) -> TraceId {
    span.trace_id().try_into().unwrap_or_default()
}
