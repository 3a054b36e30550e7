//! The collector configuration document: sections by component id, pipelines, and the service's own settings.
//!
//! [`Document::parse`] says everything that can be said without knowing any component. What a section means is for the
//! component that decodes it; what a signal allows is for the pipeline graph.

mod levels;
mod pipelines;
mod readers;
mod references;
mod sections;
mod service;
mod show;
mod telemetry;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use indexmap::IndexMap;

pub use levels::{LogLevelName, MetricsLevel};
pub use readers::{
    ConsoleExporter, LabelSelection, MetricReader, OtlpExporter, PeriodicExporter, PeriodicReader,
    PrometheusExporter, PullExporter, PullReader,
};
pub use service::{PipelineConfig, Reference, Service};
pub use telemetry::{
    LogEncoding, LogSampling, LogsTelemetry, MetricsTelemetry, ServiceTelemetry, TracesTelemetry,
};

use crate::decode::Section;
use crate::expand::{Sources, expand};
use crate::issues::{ConfigPath, Issue, Issues};
use crate::settings::Environment;
use crate::values::ComponentId;
use crate::yaml::{Kind, Loaded, Node, limits, load, nest_keys};

/// One configuration, expanded and checked as far as that needs no knowledge of components.
#[derive(Debug, Clone)]
pub struct Document {
    /// Where data comes in.
    pub receivers: IndexMap<ComponentId, Section>,
    /// What changes data on its way.
    pub processors: IndexMap<ComponentId, Section>,
    /// Where data goes out.
    pub exporters: IndexMap<ComponentId, Section>,
    /// What joins pipelines: an exporter of one and a receiver of another.
    pub connectors: IndexMap<ComponentId, Section>,
    /// What serves the agent itself.
    pub extensions: IndexMap<ComponentId, Section>,
    /// What of all this runs, and how it is put together.
    pub service: Service,
    root: Root,
}

/// The whole tree, kept out of `Debug` for the secrets in it.
#[derive(Clone)]
struct Root(Arc<Node>);

impl fmt::Debug for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Root")
    }
}

/// The keys of the document.
const TOP_LEVEL: [&str; 6] = ["receivers", "processors", "exporters", "connectors", "extensions", "service"];

impl Document {
    /// Reads a document; variables come from `environment`, `${file:...}` is refused.
    ///
    /// Gives all problems in any case, and a document whenever the text has the shape of one, so that components can
    /// add what they find to the same list. Use the document for running only when there are no errors among the issues.
    pub fn parse(text: &str, environment: &dyn Environment) -> (Option<Self>, Issues) {
        Self::parse_with(text, Sources::new(environment))
    }

    /// The same with a choice of what references may read.
    pub fn parse_with(text: &str, sources: Sources<'_>) -> (Option<Self>, Issues) {
        let mut issues = Issues::new();
        let document = Self::read(text, sources, &mut issues);
        (document, issues)
    }

    fn read(text: &str, sources: Sources<'_>, issues: &mut Issues) -> Option<Self> {
        let root = match load(text, None, issues) {
            Loaded::Tree(root) => root,
            Loaded::Refused => return None,
            Loaded::Empty => {
                issues.push(Issue::error(ConfigPath::root(), "empty configuration file"));
                return None;
            }
        };
        let root = nest_keys(expand(&root, sources, issues), issues);
        if root.size > limits::NODES || root.depth > limits::DEPTH {
            let message = format!("more than {} values once references are followed", limits::NODES);
            issues.push(Issue::error(ConfigPath::root(), message));
            return None;
        }
        let Kind::Map(entries) = &root.kind else {
            let message = format!("the configuration must be a map, not {}", root.kind.noun());
            issues.push(Issue::error(ConfigPath::root(), message).at(root.position));
            return None;
        };
        if entries.is_empty() {
            issues.push(Issue::error(ConfigPath::root(), "empty configuration file"));
            return None;
        }
        sections::unknown_keys(entries, &ConfigPath::root(), &TOP_LEVEL, issues);
        let mut read = |kind: &str| sections::read(entries.get(kind), kind, issues);
        let (receivers, processors, exporters) = (read("receivers"), read("processors"), read("exporters"));
        let (connectors, extensions) = (read("connectors"), read("extensions"));
        let service = service::read(entries.get("service"), issues);
        let document = Self {
            receivers,
            processors,
            exporters,
            connectors,
            extensions,
            service,
            root: Root(Arc::clone(&root)),
        };
        references::check(&document, issues);
        Some(document)
    }
}
