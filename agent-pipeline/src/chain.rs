//! A run of inline processors and what comes after them: the common pipeline is one such call chain.
//!
//! Not a stage: it has no task, no buffer and nothing to drain. A pipeline without inline processors has none.
//!
//! Items are counted before and after each processor, as by the Collector's `processorhelper` (v0.145.0): what a processor
//! refuses went in and did not come out, what it filters too.

use std::sync::Arc;

use agent_component::{
    Accepted, BoxFuture, ConsumeError, ConsumeResult, Consumer, Panic, Processor, Telemetry, caught_call,
};
use agent_config::ComponentId;
use agent_telemetry::metrics::ProcessorCounts;

use crate::defects::Defects;

/// An inline processor in its place.
#[derive(Clone)]
pub(crate) struct Link {
    pub(crate) id: ComponentId,
    pub(crate) processor: Arc<dyn Processor>,
    pub(crate) counts: ProcessorCounts,
    pub(crate) defects: Defects,
}

/// Calls each processor in order, then hands the batch on.
pub(crate) struct Chain {
    links: Vec<Link>,
    next: Arc<dyn Consumer>,
}

impl Chain {
    /// `links` in the order of the pipeline.
    pub(crate) fn new(links: Vec<Link>, next: Arc<dyn Consumer>) -> Self {
        Self { links, next }
    }
}

impl Consumer for Chain {
    fn consume(&self, mut data: Telemetry) -> BoxFuture<'_, ConsumeResult> {
        Box::pin(async move {
            for Link { id, processor, counts, defects } in &self.links {
                counts.incoming.add_items(data.batch.items());
                let processed = caught_call(|| processor.process(&mut data.batch, data.client.as_deref()));
                let processed = processed.unwrap_or_else(|panic| Err(defects.in_call(&panic)));
                processed.map_err(|error| error.by(id))?;
                counts.outgoing.add_items(data.batch.items());
                if data.batch.resource_count() == 0 {
                    data.settle();
                    return Ok(Accepted::default());
                }
            }
            self.next.consume(data).await
        })
    }

    fn panicked(&self, panic: &Panic) -> ConsumeError {
        self.next.panicked(panic)
    }
}
