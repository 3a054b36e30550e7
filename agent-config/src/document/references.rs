//! What must hold between the parts of a document: everything named is defined, everything defined is used.

use std::collections::HashSet;

use indexmap::IndexMap;

use super::Document;
use super::service::{PipelineConfig, Reference};
use crate::decode::{Section, nearest};
use crate::issues::{ConfigPath, Issue, Issues};
use crate::values::ComponentId;

type Sections = IndexMap<ComponentId, Section>;

pub(super) fn check(document: &Document, issues: &mut Issues) {
    if document.receivers.is_empty() {
        issues.push(Issue::error(ConfigPath::root(), "no receiver configuration specified in config"));
    }
    if document.exporters.is_empty() {
        issues.push(Issue::error(ConfigPath::root(), "no exporter configuration specified in config"));
    }
    if document.service.pipelines.is_empty() {
        let path = ConfigPath::of("service::pipelines");
        issues.push(Issue::error(path, "service must have at least one pipeline"));
    }
    for (kind, sections) in [("receiver", &document.receivers), ("exporter", &document.exporters)] {
        for (id, section) in &document.connectors {
            if sections.contains_key(id) {
                issues.push(Issue::error(section.path().clone(), ambiguous(id, kind)).at(section.position()));
            }
        }
    }
    let extensions = ConfigPath::of("service::extensions");
    for reference in &document.service.extensions {
        defined(reference, "extension", &[&document.extensions], &extensions, issues);
    }
    for pipeline in document.service.pipelines.values() {
        members(document, pipeline, issues);
    }
    unused(document, issues);
}

fn ambiguous(id: &ComponentId, kind: &str) -> String {
    format!(
        "ambiguous ID: {id} is both a connector and a {kind}; rename one of them, for example to {}/{}",
        id.r#type(),
        if id.name().is_empty() { "connector".to_owned() } else { format!("{}_connector", id.name()) }
    )
}

fn members(document: &Document, pipeline: &PipelineConfig, issues: &mut Issues) {
    let path = &pipeline.path;
    for (list, kind) in [(&pipeline.receivers, "receiver"), (&pipeline.exporters, "exporter")] {
        if list.is_empty() {
            let message = format!("must have at least one {kind}");
            issues.push(Issue::error(path.clone(), message).at(pipeline.position));
        }
    }
    for reference in &pipeline.receivers {
        defined(reference, "receiver", &[&document.receivers, &document.connectors], path, issues);
    }
    for reference in &pipeline.processors {
        defined(reference, "processor", &[&document.processors], path, issues);
    }
    for reference in &pipeline.exporters {
        defined(reference, "exporter", &[&document.exporters, &document.connectors], path, issues);
    }
    let mut seen = HashSet::new();
    for reference in &pipeline.processors {
        if !seen.insert(&reference.id) {
            let message = format!("references processor {:?} multiple times", reference.id.to_string());
            issues.push(Issue::error(path.clone(), message).at(reference.position));
        }
    }
}

fn defined(
    reference: &Reference,
    kind: &str,
    among: &[&Sections],
    path: &ConfigPath,
    issues: &mut Issues,
) {
    if among.iter().any(|sections| sections.contains_key(&reference.id)) {
        return;
    }
    let id = reference.id.to_string();
    let known: Vec<String> =
        among.iter().flat_map(|sections| sections.keys()).map(ToString::to_string).collect();
    let suggestion = nearest(&id, known.iter().map(String::as_str));
    let message = format!("references {kind} {id:?} which is not configured");
    issues.push(Issue::error(path.clone(), message).at(reference.position).did_you_mean(suggestion));
}

/// A component that nothing names is not built; that is allowed and rarely meant.
fn unused(document: &Document, issues: &mut Issues) {
    let mut used: HashSet<&ComponentId> = HashSet::new();
    for pipeline in document.service.pipelines.values() {
        let lists = [&pipeline.receivers, &pipeline.processors, &pipeline.exporters];
        used.extend(lists.into_iter().flatten().map(|reference| &reference.id));
    }
    let kinds = [
        ("receiver", &document.receivers),
        ("processor", &document.processors),
        ("exporter", &document.exporters),
        ("connector", &document.connectors),
    ];
    for (kind, sections) in kinds {
        for section in sections.iter().filter(|(id, _)| !used.contains(id)).map(|(_, section)| section) {
            let message = format!("the {kind} is not used in any pipeline and will not run");
            issues.push(Issue::warning(section.path().clone(), message).at(section.position()));
        }
    }
    let listed: HashSet<&ComponentId> =
        document.service.extensions.iter().map(|reference| &reference.id).collect();
    for (_, section) in document.extensions.iter().filter(|(id, _)| !listed.contains(id)) {
        let message = "the extension is not listed in service::extensions and will not run";
        issues.push(Issue::warning(section.path().clone(), message).at(section.position()));
    }
}
