//! `health_check`: an endpoint that tells whether the pipelines run
//! (the Collector's `healthcheckextension`, v0.145.0).
//!
//! The agent has a health server of its own, which knows the state and writes the answers; this extension only opens
//! a further endpoint of it for as long as the configuration asks for one.

mod config;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use agent_component::{
    BoxFuture, BuildContext, BuildError, Extension, ExtensionComponent, HealthEndpoint, HealthEndpoints,
    Info, Life, RunError, Stability, StartError,
};

pub use config::{Config, PipelineCheck, ResponseBody};

/// The `health_check` extension.
pub struct HealthCheck {
    endpoint: HealthEndpoint,
    health: Arc<dyn HealthEndpoints>,
    /// What serves the endpoint, from start to run.
    serve: Mutex<Option<BoxFuture<'static, ()>>>,
}

impl fmt::Debug for HealthCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HealthCheck").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

impl ExtensionComponent for HealthCheck {
    const INFO: Info =
        Info { type_name: "health_check", aliases: &[], signals: &[], stability: Stability::Stable };
    type Config = Config;

    fn build(config: &Config, context: &BuildContext) -> Result<Self, BuildError> {
        let bodies = config.response_body.clone();
        let endpoint = HealthEndpoint {
            endpoint: config.endpoint.clone(),
            path: config.path.clone(),
            healthy_body: bodies.as_ref().map(|bodies| bodies.healthy.clone()),
            unhealthy_body: bodies.map(|bodies| bodies.unhealthy),
        };
        Ok(Self { endpoint, health: Arc::clone(&context.host.health), serve: Mutex::new(None) })
    }
}

impl Extension for HealthCheck {
    fn start(&self) -> BoxFuture<'_, Result<(), StartError>> {
        Box::pin(async {
            let serve = self.health.open(self.endpoint.clone()).await?;
            *self.serve.lock().unwrap_or_else(PoisonError::into_inner) = Some(serve);
            Ok(())
        })
    }

    fn run(self: Arc<Self>, life: Life) -> BoxFuture<'static, Result<(), RunError>> {
        Box::pin(async move {
            let serve = self.serve.lock().unwrap_or_else(PoisonError::into_inner).take();
            let Some(serve) = serve else { return Err(RunError::new("run before start")) };
            tokio::select! {
                () = life.stop.cancelled() => Ok(()),
                () = serve => Err(RunError::new(format!("the endpoint {} closed", self.endpoint.endpoint))),
            }
        })
    }
}
