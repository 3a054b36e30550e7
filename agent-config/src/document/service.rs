//! The `service` section: what runs.

use indexmap::IndexMap;

use super::pipelines;
use super::sections::unknown_keys;
use super::telemetry::{self, ServiceTelemetry};
use crate::issues::{ConfigPath, Issue, Issues, Position};
use crate::values::{ComponentId, PipelineId};
use crate::yaml::{Entry, Kind};

/// What runs, and how it is put together.
#[derive(Debug, Clone, Default)]
pub struct Service {
    /// The extensions to run, in the order given.
    pub extensions: Vec<Reference>,
    /// The pipelines, in the order of the document.
    pub pipelines: IndexMap<PipelineId, PipelineConfig>,
    /// How the agent reports on itself.
    pub telemetry: ServiceTelemetry,
}

/// A component named in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The component meant.
    pub id: ComponentId,
    /// The element of the list, as `service::pipelines::logs::receivers[0]`.
    pub path: ConfigPath,
    /// Where that stands.
    pub position: Option<Position>,
}

/// One pipeline: three lists of components.
#[derive(Debug, Clone, Default)]
pub struct PipelineConfig {
    /// Receivers, and connectors that other pipelines export to.
    pub receivers: Vec<Reference>,
    /// Processors in the order in which data passes them.
    pub processors: Vec<Reference>,
    /// Exporters, and connectors that other pipelines receive from.
    pub exporters: Vec<Reference>,
    /// `service::pipelines::` and the id.
    pub path: ConfigPath,
    /// Where its key stands.
    pub position: Option<Position>,
}

const KEYS: [&str; 3] = ["extensions", "pipelines", "telemetry"];

pub(super) fn read(entry: Option<&Entry>, issues: &mut Issues) -> Service {
    let path = ConfigPath::root().key("service");
    let mut service = Service::default();
    let Some(entry) = entry else { return service };
    let entries = match &entry.value.kind {
        Kind::Map(entries) => entries,
        Kind::Null => return service,
        other => {
            let message = format!("must be a map, not {}", other.noun());
            issues.push(Issue::error(path, message).at(entry.value.position));
            return service;
        }
    };
    unknown_keys(entries, &path, &KEYS, issues);
    service.extensions = pipelines::references(entries.get("extensions"), &path.key("extensions"), issues);
    service.pipelines = pipelines::read(entries.get("pipelines"), &path.key("pipelines"), issues);
    service.telemetry = telemetry::read(entries.get("telemetry"), path.key("telemetry"), issues);
    service
}
