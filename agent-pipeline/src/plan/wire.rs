//! Connects resolved components into pipelines and says what cannot be connected.

use agent_component::Kind;
use agent_config::document::{PipelineConfig, Reference};
use agent_config::{ComponentId, Document, Issue, Issues, PipelineId};
use agent_otlp::Signal;
use indexmap::IndexMap;

use super::resolve::{Resolved, ResolvedDocument};
use super::{
    ConnectorPlan, ExporterPlan, Part, PipelinePlan, Plan, ReceiverPlan, Target, connectors, endpoints, fold,
    order, storage,
};

/// Lays the graph out. `None` when a component that is needed has no builder; the issues then say why.
pub(super) fn wire(document: &Document, resolved: &ResolvedDocument, issues: &mut Issues) -> Option<Plan> {
    let pipelines = &document.service.pipelines;
    check_signals(pipelines, resolved, issues);
    let connectors = connectors::instances(pipelines, &resolved.connectors, issues);
    let pipelines = pipelines
        .iter()
        .filter_map(|(id, config)| pipeline(id, config, resolved, &connectors))
        .collect::<Vec<_>>();
    let complete = pipelines.len() == document.service.pipelines.len();
    let mut pipelines = order::data_order(pipelines, &connectors, issues)?;
    let extensions = document
        .service
        .extensions
        .iter()
        .filter_map(|reference| buildable(resolved.extensions.get(&reference.id)?))
        .collect();
    let mut exporters = exporters(&pipelines, resolved);
    storage::check(&exporters, document, resolved, issues);
    fold::fold(&mut pipelines, &mut exporters, issues);
    let receivers = receivers(document, resolved);
    endpoints::check(&receivers, issues);
    let plan = Plan { extensions, receivers, pipelines, connectors, exporters };
    complete.then_some(plan)
}

/// The signal of a pipeline. `agent-config` let only the three names through.
pub(super) fn signal_of(id: &PipelineId) -> Signal {
    id.signal().parse().unwrap_or(Signal::Traces)
}

fn buildable<B: Clone>(resolved: &Resolved<B>) -> Option<Part<B>> {
    let part = &resolved.part;
    Some(Part { id: part.id.clone(), section: part.section.clone(), builder: part.builder.clone()? })
}

fn check_signals(
    pipelines: &IndexMap<PipelineId, PipelineConfig>,
    resolved: &ResolvedDocument,
    issues: &mut Issues,
) {
    for (id, config) in pipelines {
        let signal = signal_of(id);
        for reference in &config.receivers {
            supports(resolved.receivers.get(&reference.id), Kind::Receiver, reference, signal, issues);
        }
        for reference in &config.processors {
            supports(resolved.processors.get(&reference.id), Kind::Processor, reference, signal, issues);
        }
        for reference in &config.exporters {
            supports(resolved.exporters.get(&reference.id), Kind::Exporter, reference, signal, issues);
        }
    }
}

fn supports<B>(
    resolved: Option<&Resolved<B>>,
    kind: Kind,
    reference: &Reference,
    signal: Signal,
    issues: &mut Issues,
) {
    if resolved.is_some_and(|resolved| !resolved.signals.contains(&signal)) {
        let text = format!(
            "failed to create \"{}\" {} for data type \"{signal}\": telemetry type is not supported",
            reference.id,
            kind.word()
        );
        issues.push(Issue::error(reference.path.clone(), text).at(reference.position));
    }
}

fn pipeline(
    id: &PipelineId,
    config: &PipelineConfig,
    resolved: &ResolvedDocument,
    connectors: &[ConnectorPlan],
) -> Option<PipelinePlan> {
    let signal = signal_of(id);
    let processors = config
        .processors
        .iter()
        .map(|reference| buildable(resolved.processors.get(&reference.id)?))
        .collect::<Option<Vec<_>>>()?;
    let mut targets = Vec::new();
    for reference in &config.exporters {
        if resolved.exporters.contains_key(&reference.id) {
            push_once(&mut targets, Target::Exporter(reference.id.clone()));
        }
        let instances = connectors.iter().filter(|c| c.key.id == reference.id && c.key.from == signal);
        instances.for_each(|instance| push_once(&mut targets, Target::Connector(instance.key.clone())));
    }
    Some(PipelinePlan { id: id.clone(), signal, processors, targets, folded: false })
}

fn receivers(document: &Document, resolved: &ResolvedDocument) -> Vec<ReceiverPlan> {
    let used = |id: &ComponentId| {
        let mut outputs: Vec<(Signal, Vec<PipelineId>)> = Vec::new();
        for (pipeline, config) in &document.service.pipelines {
            if !config.receivers.iter().any(|reference| reference.id == *id) {
                continue;
            }
            let signal = signal_of(pipeline);
            match outputs.iter_mut().find(|(known, _)| *known == signal) {
                Some((_, pipelines)) => pipelines.push(pipeline.clone()),
                None => outputs.push((signal, vec![pipeline.clone()])),
            }
        }
        outputs
    };
    let with_outputs = resolved.receivers.iter().map(|(id, receiver)| (used(id), receiver));
    with_outputs
        .filter(|(outputs, _)| !outputs.is_empty())
        .filter_map(|(outputs, receiver)| Some(ReceiverPlan { part: buildable(receiver)?, outputs }))
        .collect()
}

fn exporters(pipelines: &[PipelinePlan], resolved: &ResolvedDocument) -> Vec<ExporterPlan> {
    let mut exporters = Vec::new();
    for (id, exporter) in &resolved.exporters {
        let mut signals = Vec::new();
        for pipeline in pipelines {
            if pipeline.targets.contains(&Target::Exporter(id.clone())) {
                push_once(&mut signals, pipeline.signal);
            }
        }
        if let Some(part) = buildable(exporter).filter(|_| !signals.is_empty()) {
            exporters.push(ExporterPlan { part, signals, folded: Vec::new() });
        }
    }
    exporters
}

fn push_once<T: PartialEq>(list: &mut Vec<T>, value: T) {
    if !list.contains(&value) {
        list.push(value);
    }
}
