//! `resourcedetection`: says of all telemetry where it comes from (the Collector's `resourcedetectionprocessor`, v0.145.0).
//!
//! Detection happens at the start, and again every `refresh_interval`; on the way of the data its result is only put into
//! the resources. It holds no data: it is a holder for the sake of its start and of that interval.
//!
//! | part | does |
//! |---|---|
//! | `detection` | asks the detectors, as long as the timeout lets it, and joins what they found |
//! | `env` | finds what the environment says |
//! | `system` | finds what the machine says |

mod config;
mod detection;
mod env;
mod system;

#[cfg(test)]
mod tests;

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use agent_component::{
    BoxFuture, BuildContext, BuildError, ConsumeResult, Consumer, Holder, HoldingComponent, Info, Life, Next,
    RunError, StartError, Telemetry,
};
use agent_config::ComponentId;
use agent_otlp::Resource;

pub use config::{Config, SystemConfig};
use detection::{Detected, Detector};
pub use system::{HostnameSource, Switch, SystemAttribute};

/// The `resourcedetection` processor of one pipeline.
#[derive(Debug)]
pub struct ResourceDetection {
    id: ComponentId,
    detectors: Vec<Detector>,
    timeout: Duration,
    refresh_interval: Duration,
    has_priority: bool,
    detected: RwLock<Arc<Detected>>,
    next: Next,
}

impl HoldingComponent for ResourceDetection {
    const INFO: Info = Info::stable("resourcedetection");
    type Config = Config;

    fn build(config: &Config, context: &BuildContext, next: Next) -> Result<Self, BuildError> {
        let environment = &context.host.environment;
        let detectors = config.kinds().map(|kind| Detector::new(kind, config, environment));
        Ok(Self {
            id: context.id.clone(),
            detectors: detectors.collect(),
            timeout: config.timeout.to_std(),
            refresh_interval: config.refresh_interval.to_std(),
            has_priority: config.r#override,
            detected: RwLock::default(),
            next,
        })
    }
}

impl ResourceDetection {
    fn edit(&self, resource: &mut Resource<'_>, detected: &Detected) {
        let attributes = resource.attributes_mut();
        for (key, value) in &detected.attributes {
            if self.has_priority {
                attributes.upsert(key.clone(), value.clone());
            } else if !attributes.contains_key(key) {
                attributes.insert(key.clone(), value.clone());
            }
        }
        if resource.schema_url().is_empty() {
            resource.set_schema_url(detected.schema_url);
        }
    }

    fn detected(&self) -> Arc<Detected> {
        Arc::clone(&self.detected.read().unwrap_or_else(PoisonError::into_inner))
    }

    async fn detect(&self) -> Result<(), String> {
        let detected = detection::detect(&self.detectors, self.timeout, &self.id).await?;
        *self.detected.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(detected);
        Ok(())
    }
}

impl Consumer for ResourceDetection {
    fn consume(&self, mut data: Telemetry) -> BoxFuture<'_, ConsumeResult> {
        Box::pin(async move {
            let detected = self.detected();
            data.batch.edit_resources(|resource| self.edit(resource, &detected));
            self.next.consume(data).await
        })
    }
}

impl Holder for ResourceDetection {
    fn start(&self) -> BoxFuture<'_, Result<(), StartError>> {
        Box::pin(async { self.detect().await.map_err(|text| StartError::new("detectors", text)) })
    }

    fn run(self: Arc<Self>, life: Life) -> BoxFuture<'static, Result<(), RunError>> {
        Box::pin(async move {
            if self.refresh_interval.is_zero() {
                life.stop.cancelled().await;
                return Ok(());
            }
            let pause = || tokio::time::sleep(self.refresh_interval);
            while life.stop.run_until_cancelled(pause()).await.is_some() {
                let detection = life.stop.run_until_cancelled(self.detect()).await;
                if let Some(Err(text)) = detection {
                    let id = &self.id;
                    tracing::warn!(component = %id, "resource refresh failed; keeping previous snapshot: {text}");
                }
            }
            Ok(())
        })
    }
}
