//! `memory_limiter`: the lines that the memory of the process is held to, without a place in a pipeline
//! (the Collector's `memorylimiterextension`, v0.145.0).
//!
//! Receivers ask the process before they read, whether they name this extension among their `middlewares` or not. So all
//! that is left to it is to draw the lines, from its start to its end.

mod config;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use agent_component::{
    BoxFuture, BuildContext, BuildError, Extension, ExtensionComponent, Info, Life, Limiter, Room, RunError,
    Stability, StartError,
};
use agent_config::ComponentId;

pub use config::Config;

/// The `memory_limiter` extension.
#[derive(Debug)]
pub struct MemoryLimiter {
    id: ComponentId,
    limiter: Limiter,
}

impl ExtensionComponent for MemoryLimiter {
    const INFO: Info =
        Info { type_name: "memory_limiter", aliases: &[], signals: &[], stability: Stability::Stable };
    type Config = Config;

    fn build(config: &Config, context: &BuildContext) -> Result<Self, BuildError> {
        let (id, memory) = (context.id.clone(), context.host.memory.clone());
        let limiter = Limiter::new(config, Room::of_process(), format!("extension {id}"), memory);
        let limiter = limiter.map_err(|error| BuildError::new("limit_percentage", error.to_string()))?;
        Ok(Self { id, limiter })
    }
}

impl Extension for MemoryLimiter {
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
