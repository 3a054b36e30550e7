//! The processors of the agent, one folder each, and what several of them share.

pub mod attributes;
pub mod batch;
pub mod resource;

mod actions;
mod matching;
mod pattern;
mod value;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

use agent_component::factory::Planned;
use agent_component::{Kind, ProcessorFactory};

/// Every processor type, a to z.
pub const PROCESSORS: &[ProcessorFactory] = &[
    ProcessorFactory::of::<attributes::Attributes>(),
    ProcessorFactory::holding::<batch::Batcher>(),
    ProcessorFactory::of::<resource::Resource>(),
];

/// Processor types of the Collector that are not here yet, a to z.
pub const PLANNED: &[Planned] = &[
    planned("cumulativetodelta"),
    planned("deltatocumulative"),
    planned("deltatorate"),
    planned("filter"),
    planned("groupbyattrs"),
    planned("groupbytrace"),
    planned("interval"),
    planned("k8sattributes"),
    planned("logdedup"),
    planned("memory_limiter"),
    planned("metricstransform"),
    planned("probabilistic_sampler"),
    planned("redaction"),
    planned("resourcedetection"),
    planned("span"),
    planned("tail_sampling"),
    planned("transform"),
];

const fn planned(type_name: &'static str) -> Planned {
    Planned { kind: Kind::Processor, type_name }
}
