//! What a plan consists of, so that two plans can be compared: every component instance, and how pipelines are wired.
//!
//! Two instances are the same when their key and their make are equal. The make is a number over the resolved settings
//! (order of keys, comments and quoting do not count) and over what the instance is built around and cannot change while
//! it runs: the signals of an exporter, its place on disk and what it does for processors in front of it, the outputs of
//! a connector. What edges can express is not part of it: a receiver that feeds another pipeline is still the same receiver.

use std::hash::{DefaultHasher, Hash, Hasher};

use agent_component::Kind;
use agent_config::{ComponentId, PipelineId, Section};
use indexmap::IndexMap;

use super::{ConnectorKey, PipelinePlan, Plan, ReceiverPlan};

/// A component instance of a graph.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Node {
    Extension(ComponentId),
    Receiver(ComponentId),
    /// One for each pipeline.
    Processor(PipelineId, ComponentId),
    /// One for each pair of signals.
    Connector(ConnectorKey),
    Exporter(ComponentId),
}

/// Every instance with its make, and every pipeline with its wiring.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) nodes: IndexMap<Node, u64>,
    pub(crate) pipelines: IndexMap<PipelineId, u64>,
}

impl Node {
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Extension(_) => Kind::Extension,
            Self::Receiver(_) => Kind::Receiver,
            Self::Processor(..) => Kind::Processor,
            Self::Connector(_) => Kind::Connector,
            Self::Exporter(_) => Kind::Exporter,
        }
    }

    pub(crate) fn id(&self) -> &ComponentId {
        match self {
            Self::Extension(id) | Self::Receiver(id) | Self::Processor(_, id) | Self::Exporter(id) => id,
            Self::Connector(key) => &key.id,
        }
    }
}

/// `"batch" processor of traces/2`; connectors with their signals.
impl std::fmt::Display for Node {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "\"{}\" {}", self.id(), self.kind().word())?;
        match self {
            Self::Processor(pipeline, _) => write!(f, " of {pipeline}"),
            Self::Connector(key) => write!(f, " from {} to {}", key.from, key.to),
            Self::Extension(_) | Self::Receiver(_) | Self::Exporter(_) => Ok(()),
        }
    }
}

impl Layout {
    /// Whether `node` is in both and made the same.
    pub(crate) fn shares(&self, node: &Node, other: &Self) -> bool {
        self.nodes.get(node).is_some_and(|made| other.nodes.get(node) == Some(made))
    }
}

impl Plan {
    /// What this plan consists of.
    pub(crate) fn layout(&self) -> Layout {
        let mut nodes = IndexMap::new();
        for part in &self.extensions {
            nodes.insert(Node::Extension(part.id.clone()), made(&part.section, &()));
        }
        for ReceiverPlan { part, .. } in &self.receivers {
            nodes.insert(Node::Receiver(part.id.clone()), made(&part.section, &()));
        }
        for pipeline in &self.pipelines {
            let last = pipeline.processors.len().saturating_sub(1);
            for (index, part) in pipeline.processors.iter().enumerate() {
                let node = Node::Processor(pipeline.id.clone(), part.id.clone());
                nodes.insert(node, made(&part.section, &(pipeline.folded && index == last)));
            }
        }
        for connector in &self.connectors {
            let make = made(&connector.part.section, &connector.outputs);
            nodes.insert(Node::Connector(connector.key.clone()), make);
        }
        for exporter in &self.exporters {
            let mut signals: Vec<&str> = exporter.signals.iter().map(|signal| signal.as_str()).collect();
            signals.sort_unstable();
            let around = (signals, self.storage_of(exporter), &exporter.folded);
            nodes.insert(Node::Exporter(exporter.part.id.clone()), made(&exporter.part.section, &around));
        }
        let pipelines = self.pipelines.iter().map(|pipeline| (pipeline.id.clone(), self.wiring(pipeline)));
        Layout { nodes, pipelines: pipelines.collect() }
    }

    /// A number over what the pipeline takes from, goes through and goes to, in order.
    fn wiring(&self, pipeline: &PipelinePlan) -> u64 {
        let mut hasher = DefaultHasher::new();
        for receiver in &self.receivers {
            if receiver.outputs.iter().any(|(_, pipelines)| pipelines.contains(&pipeline.id)) {
                receiver.part.id.hash(&mut hasher);
            }
        }
        for connector in &self.connectors {
            if connector.outputs.contains(&pipeline.id) {
                connector.key.hash(&mut hasher);
            }
        }
        for part in &pipeline.processors {
            part.id.hash(&mut hasher);
        }
        pipeline.targets.hash(&mut hasher);
        hasher.finish()
    }
}

fn made(section: &Section, around: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    section.fingerprint().hash(&mut hasher);
    around.hash(&mut hasher);
    hasher.finish()
}
