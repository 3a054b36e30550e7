//! What must hold between the parts of a document: everything named is defined, everything defined is used.

use std::collections::HashSet;

use indexmap::IndexMap;

use super::Document;
use super::service::{PipelineConfig, Reference};
use crate::decode::{Section, nearest, redact_at};
use crate::issues::{ConfigPath, Issue, Issues, Position};
use crate::values::ComponentId;
use crate::yaml::Kind;

/// With more ids or problems than this nobody reads suggestions, and finding them would take long.
const MOST_COMPARED: usize = 200;

type Sections = IndexMap<ComponentId, Section>;

pub(super) fn check(document: &Document, issues: &mut Issues) {
    let check = References { document };
    let root = ConfigPath::root();
    for kind in ["receiver", "exporter"] {
        if check.is_empty(&root.key(format!("{kind}s"))) {
            issues.push(Issue::error(root.clone(), format!("no {kind} configuration specified in config")));
        }
    }
    let pipelines = ConfigPath::of("service::pipelines");
    if check.is_empty(&pipelines) {
        let position = check.key_position(&["service", "pipelines"]);
        issues.push(Issue::error(pipelines, "service must have at least one pipeline").at(position));
    }
    for (kind, sections) in [("a receiver", &document.receivers), ("an exporter", &document.exporters)] {
        for (id, section) in &document.connectors {
            if sections.contains_key(id) {
                issues.push(Issue::error(section.path().clone(), ambiguous(id, kind)).at(section.position()));
            }
        }
    }
    let extensions = ConfigPath::of("service::extensions");
    for reference in &document.service.extensions {
        check.defined(reference, "extension", &[&document.extensions], &extensions, issues);
    }
    for pipeline in document.service.pipelines.values() {
        check.pipeline(pipeline, issues);
    }
    // Where something is wrong, what seems unused may only be misspelt.
    if !issues.has_errors() {
        unused(document, issues);
    }
}

fn ambiguous(id: &ComponentId, kind: &str) -> String {
    format!(
        "ambiguous ID: {id} is both a connector and {kind}; rename one of them, for example to {}/{}",
        id.r#type(),
        if id.name().is_empty() { "connector".to_owned() } else { format!("{}_connector", id.name()) }
    )
}

/// Checks that what is named is there.
struct References<'a> {
    document: &'a Document,
}

impl References<'_> {
    /// Whether nothing at all is written at `path`; bad content has been told already and is not "nothing".
    fn is_empty(&self, path: &ConfigPath) -> bool {
        let root = &self.document.root.0;
        path.segments().iter().try_fold(root, |node, segment| node.child(segment)).is_none_or(|node| {
            match &node.kind {
                Kind::Null => true,
                Kind::Map(entries) => entries.is_empty(),
                Kind::List(items) => items.is_empty(),
                Kind::Text(text) => text.is_empty(),
                _ => false,
            }
        })
    }

    /// Where the innermost of these keys that is there stands.
    fn key_position(&self, keys: &[&str]) -> Option<Position> {
        let mut node = &self.document.root.0;
        let mut position = None;
        for key in keys {
            let Some(entry) = node.as_map().and_then(|entries| entries.get(*key)) else { break };
            position = entry.key_position;
            node = &entry.value;
        }
        position
    }

    fn pipeline(&self, pipeline: &PipelineConfig, issues: &mut Issues) {
        let (document, path) = (self.document, &pipeline.path);
        for kind in ["receiver", "exporter"] {
            if self.is_empty(&path.key(format!("{kind}s"))) {
                let message = format!("must have at least one {kind}");
                issues.push(Issue::error(path.clone(), message).at(pipeline.position));
            }
        }
        for reference in &pipeline.receivers {
            self.defined(reference, "receiver", &[&document.receivers, &document.connectors], path, issues);
        }
        for reference in &pipeline.processors {
            self.defined(reference, "processor", &[&document.processors], path, issues);
        }
        for reference in &pipeline.exporters {
            self.defined(reference, "exporter", &[&document.exporters, &document.connectors], path, issues);
        }
        let mut seen = HashSet::new();
        for reference in &pipeline.processors {
            if !seen.insert(&reference.id) {
                let message = format!("references processor {:?} multiple times", reference.id.to_string());
                let message = redact_at(document.root.0.nearest(&reference.path), &message);
                issues.push(Issue::error(path.clone(), message).at(reference.position));
            }
        }
    }

    fn defined(
        &self,
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
        let count: usize = among.iter().map(|sections| sections.len()).sum();
        let suggestion = if count > MOST_COMPARED || issues.len() > MOST_COMPARED {
            None
        } else {
            let known: Vec<String> =
                among.iter().flat_map(|sections| sections.keys()).map(ToString::to_string).collect();
            nearest(&id, known.iter().map(String::as_str))
        };
        let message = format!("references {kind} {id:?} which is not configured");
        let message = redact_at(self.document.root.0.nearest(&reference.path), &message);
        issues.push(Issue::error(path.clone(), message).at(reference.position).did_you_mean(suggestion));
    }
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
