//! Where the defects of one component are counted and told.
//!
//! A panic is a defect of the agent wherever it happens, so it is told loudly; but whoever provokes it may do so as often
//! as he likes, so the log gets fewer lines the more there are.

use std::sync::Arc;

use agent_component::{ConsumeError, Kind, Panic};
use agent_config::ComponentId;
use agent_telemetry::Metrics;
use agent_telemetry::metrics::{ComponentKind, Defects as Counts};

use crate::plan::Node;

/// The defects of one component. Clones are of the same.
#[derive(Clone)]
pub(crate) struct Defects(Arc<Inner>);

struct Inner {
    id: ComponentId,
    /// As `"batch" processor of traces`.
    name: String,
    counts: Counts,
}

impl Defects {
    /// Those of `node`; one that replaces it counts on.
    pub(crate) fn of(metrics: &Metrics, node: &Node) -> Self {
        let kind = match node.kind() {
            Kind::Receiver => ComponentKind::Receiver,
            Kind::Processor => ComponentKind::Processor,
            Kind::Exporter => ComponentKind::Exporter,
            Kind::Connector => ComponentKind::Connector,
            Kind::Extension => ComponentKind::Extension,
        };
        let pipeline = if let Node::Processor(pipeline, _) = node { Some(pipeline) } else { None };
        let counts = metrics.defects(kind, node.id(), pipeline);
        Self(Arc::new(Inner { id: node.id().clone(), name: node.to_string(), counts }))
    }

    /// The component, as errors and logs name it.
    pub(crate) fn name(&self) -> &str {
        &self.0.name
    }

    /// It panicked while it ran.
    pub(crate) fn panicked(&self) {
        self.0.counts.panics.add(1);
    }

    /// It is to be started anew.
    pub(crate) fn restarts(&self) {
        self.0.counts.restarts.add(1);
    }

    /// A call to it panicked; what the caller is told.
    pub(crate) fn in_call(&self, panic: &Panic) -> ConsumeError {
        let Inner { id, name, counts } = &*self.0;
        counts.panics.add(1);
        let panics = counts.panics.get();
        if panics.is_power_of_two() {
            tracing::error!(component = %id, panics, "a call to {name} was refused: {panic}");
        }
        self.refusal("internal error")
    }

    /// A refusal that may pass.
    pub(crate) fn refusal(&self, message: &str) -> ConsumeError {
        ConsumeError::retryable(message).by(&self.0.id)
    }
}
