//! Judging a document against the components that exist, and laying out the graph.
//!
//! Pure: no file, no network, no clock. Two passes: [`resolve`] decodes and validates every configured component,
//! used or not, as the Collector does (v0.145.0); [`wire`] connects those that pipelines use and refuses what cannot
//! be connected. A problem in the first pass does not hide those of the second.

mod connectors;
mod difference;
mod endpoints;
mod fold;
mod layout;
mod order;
mod resolve;
mod storage;
#[cfg(test)]
mod testing;
mod wire;

use std::sync::Arc;

use agent_component::factory::{
    BuildConnector, BuildExporter, BuildExtension, BuildProcessor, BuildReceiver, Folded,
};
use agent_component::{Components, Kind};
use agent_config::{ComponentId, Document, Issues, PipelineId, Section};
use agent_otlp::Signal;

use crate::error::Place;

pub use difference::{Difference, Effect};
pub(crate) use layout::{Layout, Node};

/// A graph that can be built: every reference resolved, every configuration validated, no cycle.
#[derive(Clone)]
pub struct Plan {
    pub(crate) extensions: Vec<Part<Arc<dyn BuildExtension>>>,
    pub(crate) receivers: Vec<ReceiverPlan>,
    /// In data order: a pipeline comes before those that its connectors feed.
    pub(crate) pipelines: Vec<PipelinePlan>,
    pub(crate) connectors: Vec<ConnectorPlan>,
    pub(crate) exporters: Vec<ExporterPlan>,
}

/// A component that will be built, and what builds it.
#[derive(Clone)]
pub(crate) struct Part<B> {
    pub(crate) id: ComponentId,
    pub(crate) section: Section,
    pub(crate) builder: B,
}

/// One receiver and the pipelines it feeds.
#[derive(Clone)]
pub(crate) struct ReceiverPlan {
    pub(crate) part: Part<Arc<dyn BuildReceiver>>,
    pub(crate) outputs: Vec<(Signal, Vec<PipelineId>)>,
}

/// One pipeline: its processors in order, then everything it exports to.
#[derive(Clone)]
pub(crate) struct PipelinePlan {
    pub(crate) id: PipelineId,
    pub(crate) signal: Signal,
    pub(crate) processors: Vec<Part<Arc<dyn BuildProcessor>>>,
    pub(crate) targets: Vec<Target>,
    /// The exporters do the work of its last processor.
    pub(crate) folded: bool,
}

/// What stands at the end of a pipeline.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Target {
    Exporter(ComponentId),
    Connector(ConnectorKey),
}

/// An instance of a connector: one per id and pair of signals.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ConnectorKey {
    pub(crate) id: ComponentId,
    pub(crate) from: Signal,
    pub(crate) to: Signal,
}

/// One connector instance and the pipelines that receive from it.
#[derive(Clone)]
pub(crate) struct ConnectorPlan {
    pub(crate) key: ConnectorKey,
    pub(crate) part: Part<Arc<dyn BuildConnector>>,
    pub(crate) outputs: Vec<PipelineId>,
}

/// One exporter and the signals it gets.
#[derive(Clone)]
pub(crate) struct ExporterPlan {
    pub(crate) part: Part<Arc<dyn BuildExporter>>,
    pub(crate) signals: Vec<Signal>,
    /// What it does for pipelines in front of it; at most one for each signal.
    pub(crate) folded: Vec<Folded>,
}

/// Judges `document` against `components`.
///
/// Gives a plan exactly when there is no error; warnings (old spellings of types) may stand beside it.
pub fn plan(document: &Document, components: &Components) -> (Option<Plan>, Issues) {
    let mut issues = Issues::new();
    let resolved = resolve::resolve(document, components, &mut issues);
    let plan = wire::wire(document, &resolved, &mut issues);
    let usable = !issues.has_errors();
    (plan.filter(|_| usable), issues)
}

impl<B> Part<B> {
    pub(crate) fn place(&self, kind: Kind) -> Place {
        Place { kind, id: self.id.clone(), section: self.section.clone() }
    }
}

impl Plan {
    /// Ids of the pipelines, in data order.
    pub fn pipelines(&self) -> impl Iterator<Item = &PipelineId> {
        self.pipelines.iter().map(|pipeline| &pipeline.id)
    }
}

impl std::fmt::Debug for Plan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.pipelines().map(ToString::to_string)).finish()
    }
}
