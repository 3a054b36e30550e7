//! `service::pipelines`: the lists of component ids.

use indexmap::IndexMap;

use super::sections::unknown_keys;
use super::service::{PipelineConfig, Reference};
use crate::decode::redact_at;
use crate::issues::{ConfigPath, Issue, Issues};
use crate::values::{ComponentId, PipelineId};
use crate::yaml::{Entry, Kind, Node};

const KEYS: [&str; 3] = ["receivers", "processors", "exporters"];

pub(super) fn read(
    entry: Option<&Entry>,
    path: &ConfigPath,
    issues: &mut Issues,
) -> IndexMap<PipelineId, PipelineConfig> {
    let mut pipelines = IndexMap::new();
    let Some(entry) = entry else { return pipelines };
    let entries = match &entry.value.kind {
        Kind::Map(entries) => entries,
        Kind::Null => return pipelines,
        other => {
            let message = format!("must be a map of pipelines, not {}", other.noun());
            issues.push(Issue::error(path.clone(), message).at(entry.value.position));
            return pipelines;
        }
    };
    for (key, entry) in entries {
        let path = path.key(key);
        let id = match key.parse::<PipelineId>() {
            Ok(id) => id,
            Err(error) => {
                issues.push(Issue::error(path, error.to_string()).at(entry.key_position));
                continue;
            }
        };
        let pipeline = pipeline(entry, path.clone(), issues);
        if pipelines.contains_key(&id) {
            let message = format!("duplicate name {:?}", id.to_string());
            issues.push(Issue::error(path, message).at(entry.key_position));
        } else {
            pipelines.insert(id, pipeline);
        }
    }
    pipelines
}

fn pipeline(entry: &Entry, path: ConfigPath, issues: &mut Issues) -> PipelineConfig {
    let mut pipeline = PipelineConfig { position: entry.key_position, ..PipelineConfig::default() };
    match &entry.value.kind {
        Kind::Map(entries) => {
            unknown_keys(entries, &path, &KEYS, issues);
            let mut list = |key: &str| references(entries.get(key), &path.key(key), issues);
            pipeline.receivers = list("receivers");
            pipeline.processors = list("processors");
            pipeline.exporters = list("exporters");
        }
        Kind::Null => {}
        other => {
            let message = format!("must be a map, not {}", other.noun());
            issues.push(Issue::error(path.clone(), message).at(entry.value.position));
        }
    }
    pipeline.path = path;
    pipeline
}

/// A list of component ids. A single text is split at commas, as the Collector does.
pub(super) fn references(entry: Option<&Entry>, path: &ConfigPath, issues: &mut Issues) -> Vec<Reference> {
    let mut references = Vec::new();
    let Some(entry) = entry else { return references };
    let node = &entry.value;
    let mut add = |text: Option<&str>, index: usize, node: &Node| {
        let (path, position) = (path.index(index), node.position);
        match text.map(str::parse::<ComponentId>) {
            Some(Ok(id)) => references.push(Reference { id, path, position }),
            Some(Err(error)) => {
                issues.push(Issue::error(path, redact_at(node, &error.to_string())).at(position));
            }
            None => issues.push(Issue::error(path, "must be a component id").at(position)),
        }
    };
    match (&node.kind, node.scalar_text()) {
        (Kind::List(items), _) => {
            for (index, item) in items.iter().enumerate() {
                add(item.scalar_text(), index, item);
            }
        }
        (Kind::Null, _) => {}
        (Kind::Map(_), _) | (_, None) => {
            let message = format!("must be a list of component ids, not {}", node.kind.noun());
            issues.push(Issue::error(path.clone(), message).at(node.position));
        }
        (_, Some(text)) => {
            for (index, part) in text.split(',').enumerate().filter(|_| !text.is_empty()) {
                add(Some(part), index, node);
            }
        }
    }
    references
}
