//! `resource`: changes the attributes of resources (the Collector's `resourceprocessor`, v0.145.0).
//!
//! The model to copy for a new processor. Scopes and records are neither decoded nor copied, and a resource that no
//! action changes keeps the bytes it came with.

mod config;

#[cfg(test)]
mod tests;

use agent_component::{
    BuildContext, BuildError, ClientInfo, ConsumeError, Info, Processor, ProcessorComponent,
};
use agent_otlp::Batch;

pub use config::Config;

pub use crate::actions::ActionConfig;
use crate::actions::Actions;

/// The `resource` processor.
#[derive(Debug)]
pub struct Resource {
    actions: Actions,
}

impl ProcessorComponent for Resource {
    const INFO: Info = Info::stable("resource");
    type Config = Config;

    fn build(config: &Config, _: &BuildContext) -> Result<Self, BuildError> {
        Ok(Self { actions: Actions::build(&config.attributes, "attributes")? })
    }
}

impl Processor for Resource {
    fn process(&self, batch: &mut Batch, client: Option<&ClientInfo>) -> Result<(), ConsumeError> {
        batch.edit_resources(|resource| self.actions.apply(resource.attributes_mut(), client));
        Ok(())
    }
}
