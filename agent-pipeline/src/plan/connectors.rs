//! Which connector instances a document needs: one per id and pair of signals that is used on both sides.

use std::sync::Arc;

use agent_component::factory::BuildConnector;
use agent_config::document::{PipelineConfig, Reference};
use agent_config::{ComponentId, Issue, Issues, PipelineId};
use agent_otlp::Signal;
use indexmap::IndexMap;

use super::resolve::Resolved;
use super::wire::signal_of;
use super::{ConnectorKey, ConnectorPlan, Part};

type Pipelines = IndexMap<PipelineId, PipelineConfig>;

/// A place where a connector stands in a pipeline.
struct Use<'a> {
    pipeline: &'a PipelineId,
    signal: Signal,
    reference: &'a Reference,
}

/// The instances, and an issue for each use that no instance can serve.
pub(super) fn instances(
    pipelines: &Pipelines,
    connectors: &IndexMap<ComponentId, Resolved<Arc<dyn BuildConnector>>>,
    issues: &mut Issues,
) -> Vec<ConnectorPlan> {
    let mut plans = Vec::new();
    for (id, connector) in connectors {
        let as_exporter = uses(pipelines, id, |config| &config.exporters);
        let as_receiver = uses(pipelines, id, |config| &config.receivers);
        let joins = |from: Signal, to: Signal| connector.pairs.contains(&(from, to));
        let fed = |to: Signal| as_exporter.iter().any(|source| joins(source.signal, to));
        let drained = |from: Signal| as_receiver.iter().any(|target| joins(from, target.signal));
        for source in as_exporter.iter().filter(|source| !drained(source.signal)) {
            issues.push(one_sided(id, source, "exporter", "receiver"));
        }
        for target in as_receiver.iter().filter(|target| !fed(target.signal)) {
            issues.push(one_sided(id, target, "receiver", "exporter"));
        }
        let Some(builder) = connector.part.builder.clone() else { continue };
        for &(from, to) in connector.pairs {
            let outputs: Vec<PipelineId> =
                as_receiver.iter().filter(|u| u.signal == to).map(|u| u.pipeline.clone()).collect();
            if as_exporter.iter().any(|u| u.signal == from) && !outputs.is_empty() {
                let at = &mut connector.part.section.validator(issues);
                builder.check_outputs((from, to), &outputs, at);
                let part = Part {
                    id: id.clone(),
                    section: connector.part.section.clone(),
                    builder: builder.clone(),
                };
                plans.push(ConnectorPlan { key: ConnectorKey { id: id.clone(), from, to }, part, outputs });
            }
        }
    }
    plans
}

fn uses<'a>(
    pipelines: &'a Pipelines,
    id: &ComponentId,
    side: impl Fn(&'a PipelineConfig) -> &'a Vec<Reference>,
) -> Vec<Use<'a>> {
    let places = pipelines.iter().filter_map(|(pipeline, config)| {
        let reference = side(config).iter().find(|reference| reference.id == *id)?;
        Some(Use { pipeline, signal: signal_of(pipeline), reference })
    });
    places.collect()
}

fn one_sided(id: &ComponentId, place: &Use<'_>, used_as: &str, missing: &str) -> Issue {
    let text = format!(
        "connector \"{id}\" used as {used_as} in [{}] pipeline but not used in any supported {missing} pipeline",
        place.pipeline
    );
    Issue::error(place.reference.path.clone(), text).at(place.reference.position)
}
