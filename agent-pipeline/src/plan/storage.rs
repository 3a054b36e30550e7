//! Exporters that name an extension as a place on disk: it must run and be such a place.

use agent_config::{Document, Issue, Issues};

use super::resolve::ResolvedDocument;
use super::{ExporterPlan, Plan};

#[cfg(test)]
mod tests;

/// Refuses storages that are not there, in the words of the Collector (`exporterhelper`, v0.145.0).
pub(super) fn check(
    exporters: &[ExporterPlan],
    document: &Document,
    resolved: &ResolvedDocument,
    issues: &mut Issues,
) {
    for ExporterPlan { part, .. } in exporters {
        let Some(storage) = part.builder.storage() else { continue };
        let id = &storage.extension;
        let text = if !document.service.extensions.iter().any(|listed| listed.id == *id) {
            format!("no storage client extension found: \"{id}\" is not in service::extensions")
        } else if resolved.extensions.get(id).is_some_and(|extension| {
            extension.part.builder.as_ref().is_some_and(|builder| !builder.is_storage())
        }) {
            format!("requested extension is not a storage extension: \"{id}\"")
        } else {
            continue;
        };
        let path = storage.at.split("::").fold(part.section.path().clone(), |path, key| path.key(key));
        issues.push(Issue::error(path, text).at(part.section.position()));
    }
}

impl Plan {
    /// A number over the settings of the extension that keeps an exporter's data: with other ones it is another exporter.
    pub(super) fn storage_of(&self, exporter: &ExporterPlan) -> Option<u64> {
        let id = exporter.part.builder.storage()?.extension;
        let extension = self.extensions.iter().find(|extension| extension.id == id)?;
        Some(extension.section.fingerprint())
    }
}
