//! Counts the items that pass an edge: before a processor that holds data, and behind it.
//!
//! Items count when they are handed on, whatever the answer is, as the Collector counts what a processor emits (v0.145.0).
//! Not a future of its own around the call: that would be an allocation for each batch.

use std::sync::Arc;

use agent_component::{BoxFuture, ConsumeError, ConsumeResult, Consumer, Panic, Telemetry};
use agent_telemetry::metrics::Counter;

struct Counting {
    counter: Counter,
    next: Arc<dyn Consumer>,
}

/// An edge to `next` that counts what passes it.
pub(crate) fn counting(counter: Counter, next: Arc<dyn Consumer>) -> Arc<dyn Consumer> {
    Arc::new(Counting { counter, next })
}

impl Consumer for Counting {
    fn consume(&self, data: Telemetry) -> BoxFuture<'_, ConsumeResult> {
        self.counter.add_items(data.batch.items());
        self.next.consume(data)
    }

    fn panicked(&self, panic: &Panic) -> ConsumeError {
        self.next.panicked(panic)
    }
}
