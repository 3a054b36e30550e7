//! `memory_limiter`: refuses data while memory is short (the Collector's `memorylimiterprocessor`, v0.145.0).
//!
//! The process has one account of its memory, which receivers ask before they read. This processor draws the lines of
//! that account, from its start to its end, and refuses what comes to it all the same: what was read before the line was
//! reached, and what receivers bring that do not ask.
//!
//! It holds no data. It is a holder for the sake of its life: lines that were only built must not hold.

mod config;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use agent_component::{
    BoxFuture, BuildContext, BuildError, ConsumeError, ConsumeResult, Consumer, Holder, HoldingComponent,
    Info, Life, Limiter, Memory, Next, Room, RunError, StartError, Telemetry,
};
use agent_config::ComponentId;
use agent_otlp::Signal;
use agent_telemetry::Metrics;
use agent_telemetry::metrics::LimiterCounts;

pub use config::Config;

/// The `memory_limiter` processor of one pipeline.
#[derive(Debug)]
pub struct MemoryLimiter {
    id: ComponentId,
    memory: Memory,
    limiter: Limiter,
    counts: LimiterCounts,
    next: Next,
}

impl HoldingComponent for MemoryLimiter {
    const INFO: Info = Info::stable("memory_limiter");
    type Config = Config;

    fn build(config: &Config, context: &BuildContext, next: Next) -> Result<Self, BuildError> {
        let (id, memory) = (context.id.clone(), context.host.memory.clone());
        let limiter = Limiter::new(config, Room::of_process(), format!("processor {id}"), memory.clone());
        let limiter = limiter.map_err(|error| BuildError::new("limit_percentage", error.to_string()))?;
        let metrics = context.host.shared.of::<Metrics>();
        // Every processor has a pipeline, and every pipeline a signal.
        let signal: Option<Signal> =
            context.pipeline.as_ref().and_then(|pipeline| pipeline.signal().parse().ok());
        let counts = signal.map(|signal| metrics.limiter(&id, signal)).unwrap_or_default();
        Ok(Self { id, memory, limiter, counts, next })
    }
}

impl Consumer for MemoryLimiter {
    fn consume(&self, data: Telemetry) -> BoxFuture<'_, ConsumeResult> {
        Box::pin(async move {
            let items = data.batch.items();
            if let Err(overloaded) = self.memory.check(0) {
                self.counts.refused.add_items(items);
                return Err(ConsumeError::from(overloaded).by(&self.id));
            }
            self.counts.accepted.add_items(items);
            self.next.consume(data).await
        })
    }
}

impl Holder for MemoryLimiter {
    fn start(&self) -> BoxFuture<'_, Result<(), StartError>> {
        if let Err(beyond) = self.limiter.draw() {
            tracing::warn!(component = %self.id, "{beyond}");
        }
        Box::pin(async { Ok(()) })
    }

    fn run(self: Arc<Self>, life: Life) -> BoxFuture<'static, Result<(), RunError>> {
        Box::pin(async move {
            life.stop.cancelled().await;
            self.limiter.withdraw();
            Ok(())
        })
    }
}
