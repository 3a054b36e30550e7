//! A run of inline processors and what comes after them: the common pipeline is one such call chain.
//!
//! Not a stage: it has no task, no buffer and nothing to drain. A pipeline without inline processors has none.
//! Neighbours that work item by item share a pass over the batch, see [`Pass`].
//!
//! Items are counted before and after each processor, as by the Collector's `processorhelper` (v0.145.0): what a processor
//! refuses went in and did not come out, what it filters too.

#[cfg(test)]
mod tests;

use std::ops::Range;
use std::sync::Arc;

use agent_component::{
    Accepted, BoxFuture, ConsumeError, ConsumeResult, Consumer, Panic, Pass, Processor, Telemetry,
    caught_call,
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
    /// Links that share a pass, and links alone.
    passes: Vec<Range<usize>>,
    next: Arc<dyn Consumer>,
}

impl Chain {
    /// `links` in the order of the pipeline.
    pub(crate) fn new(links: Vec<Link>, next: Arc<dyn Consumer>) -> Self {
        let shares =
            |one: &Link, other: &Link| one.processor.step().is_some() && other.processor.step().is_some();
        let mut passes = Vec::new();
        let mut from = 0;
        for neighbours in links.chunk_by(shares) {
            passes.push(from..from + neighbours.len());
            from += neighbours.len();
        }
        Self { links, passes, next }
    }
}

impl Consumer for Chain {
    fn consume(&self, mut data: Telemetry) -> BoxFuture<'_, ConsumeResult> {
        Box::pin(async move {
            for pass in &self.passes {
                match self.links.get(pass.clone()).unwrap_or_default() {
                    [link] => link.process(&mut data)?,
                    links => share(links, &mut data)?,
                }
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

impl Link {
    fn process(&self, data: &mut Telemetry) -> Result<(), ConsumeError> {
        let Self { id, processor, counts, defects } = self;
        counts.incoming.add_items(data.batch.items());
        let processed = caught_call(|| processor.process(&mut data.batch, data.client.as_deref()));
        let processed = processed.unwrap_or_else(|panic| Err(defects.in_call(&panic)));
        processed.map_err(|error| error.by(id))?;
        counts.outgoing.add_items(data.batch.items());
        Ok(())
    }
}

/// Takes the batch through several processors in one pass.
fn share(links: &[Link], data: &mut Telemetry) -> Result<(), ConsumeError> {
    let mut pass = Pass::of(links.iter().filter_map(|link| link.processor.step()).collect());
    let mut items = data.batch.items();
    let processed = caught_call(|| pass.run(&mut data.batch, data.client.as_deref()));
    let blamed = links.get(pass.at()).filter(|_| !matches!(processed, Ok(Ok(()))));
    for (link, dropped) in links.iter().zip(pass.dropped()) {
        link.counts.incoming.add_items(items);
        if let Some(blamed) = blamed.filter(|blamed| std::ptr::eq(*blamed, link)) {
            let refusal = processed.unwrap_or_else(|panic| Err(blamed.defects.in_call(&panic)));
            return refusal.map_err(|error| error.by(&blamed.id));
        }
        items = items.saturating_sub(*dropped);
        link.counts.outgoing.add_items(items);
    }
    Ok(())
}
