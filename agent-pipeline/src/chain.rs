//! A run of inline processors and what comes after them: the common pipeline is one such call chain.
//!
//! Not a stage: it has no task, no buffer and nothing to drain. A pipeline without inline processors has none.

use std::sync::Arc;

use agent_component::{Accepted, BoxFuture, ConsumeResult, Consumer, Processor, Telemetry};
use agent_config::ComponentId;

/// Calls each processor in order, then hands the batch on.
pub(crate) struct Chain {
    processors: Vec<(ComponentId, Arc<dyn Processor>)>,
    next: Arc<dyn Consumer>,
}

impl Chain {
    /// `processors` in the order of the pipeline.
    pub(crate) fn new(processors: Vec<(ComponentId, Arc<dyn Processor>)>, next: Arc<dyn Consumer>) -> Self {
        Self { processors, next }
    }
}

impl Consumer for Chain {
    fn consume(&self, mut data: Telemetry) -> BoxFuture<'_, ConsumeResult> {
        Box::pin(async move {
            for (id, processor) in &self.processors {
                processor.process(&mut data.batch, data.client.as_deref()).map_err(|error| error.by(id))?;
                if data.batch.resource_count() == 0 {
                    data.settle();
                    return Ok(Accepted::default());
                }
            }
            self.next.consume(data).await
        })
    }
}
