#![doc = include_str!("../README.md")]

pub mod attributes;
pub mod batch;
pub mod cumulativetodelta;
pub mod deltatocumulative;
pub mod deltatorate;
pub mod filter;
pub mod groupbyattrs;
pub mod groupbytrace;
pub mod interval;
pub mod logdedup;
pub mod memory_limiter;
pub mod metricstransform;
pub mod probabilistic_sampler;
pub mod redaction;
pub mod resource;
pub mod resourcedetection;
pub mod span;
pub mod transform;

mod actions;
mod buckets;
mod error_mode;
mod held;
mod matching;
mod streams;
mod value;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

use agent_component::{Kind, Planned, ProcessorFactory};

/// Every processor type, a to z.
pub const PROCESSORS: &[ProcessorFactory] = &[
    ProcessorFactory::of::<attributes::Attributes>(),
    ProcessorFactory::holding::<batch::Batcher>(),
    ProcessorFactory::of::<cumulativetodelta::CumulativeToDelta>(),
    ProcessorFactory::of::<deltatocumulative::DeltaToCumulative>(),
    ProcessorFactory::of::<deltatorate::DeltaToRate>(),
    ProcessorFactory::of::<filter::Filter>(),
    ProcessorFactory::of::<groupbyattrs::GroupByAttrs>(),
    ProcessorFactory::holding::<groupbytrace::GroupByTrace>(),
    ProcessorFactory::holding::<interval::Interval>(),
    ProcessorFactory::holding::<logdedup::LogDedup>(),
    ProcessorFactory::holding::<memory_limiter::MemoryLimiter>(),
    ProcessorFactory::of::<metricstransform::MetricsTransform>(),
    ProcessorFactory::of::<probabilistic_sampler::ProbabilisticSampler>(),
    ProcessorFactory::of::<redaction::Redaction>(),
    ProcessorFactory::of::<resource::Resource>(),
    ProcessorFactory::holding::<resourcedetection::ResourceDetection>(),
    ProcessorFactory::of::<span::Span>(),
    ProcessorFactory::of::<transform::Transform>(),
];

/// Processor types of the Collector that are not here yet, a to z.
pub const PLANNED: Planned =
    Planned { kind: Kind::Processor, type_names: &["k8sattributes", "tail_sampling"] };
