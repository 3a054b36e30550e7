//! `metricstransform`: renames, copies, combines and regroups metrics, and changes the attributes and values of their
//! points (the Collector's `metricstransformprocessor`, v0.145.0).
//!
//! Transforms run one after the other. A metric that none of them selects keeps its bytes.

mod combine;
mod config;
mod filter;
mod operation;
mod scale;
mod transform;

#[cfg(test)]
mod tests;

use agent_component::{
    BuildContext, BuildError, ClientInfo, ConsumeError, Info, Processor, ProcessorComponent,
};
use agent_otlp::{Batch, Signal};

pub use config::{Config, OperationConfig, TransformConfig, ValueActionConfig};
use transform::Transform;

/// The `metricstransform` processor.
#[derive(Debug)]
pub struct MetricsTransform {
    transforms: Vec<Transform>,
}

impl ProcessorComponent for MetricsTransform {
    const INFO: Info = Info { signals: &[Signal::Metrics], ..Info::stable("metricstransform") };
    type Config = Config;

    fn build(config: &Config, context: &BuildContext) -> Result<Self, BuildError> {
        let transforms = config.transforms.iter().enumerate();
        let transforms = transforms.map(|(index, config)| Transform::build(config, index, context));
        Ok(Self { transforms: transforms.collect::<Result<_, _>>()? })
    }
}

impl Processor for MetricsTransform {
    fn process(&self, batch: &mut Batch, _: Option<&ClientInfo>) -> Result<(), ConsumeError> {
        let mut grouped = Vec::new();
        for transform in &self.transforms {
            transform.apply(batch, &mut grouped);
        }
        for part in grouped {
            batch.append(part).map_err(|mismatch| ConsumeError::permanent(mismatch.to_string()))?;
        }
        Ok(())
    }
}
