//! The manifests of `deploy/kubernetes`, as they are applied.

use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::json::text;

/// The ConfigMap that the agent follows.
pub(crate) const CONFIG_MAP: &str = "configmap.yaml";

/// Account, Role and binding.
pub(crate) const ACCESS: &str = "rbac.yaml";

/// The namespace of it all.
pub(crate) const NAMESPACE: &str = "namespace.yaml";

/// The documents of one file.
pub(crate) fn documents(root: &Path, file: &str) -> Result<Vec<Value>> {
    let path = root.join("deploy/kubernetes").join(file);
    let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    serde_saphyr::from_multiple(&text).with_context(|| path.display().to_string())
}

/// The one document of `kind` in a file.
pub(crate) fn document(root: &Path, file: &str, kind: &str) -> Result<Value> {
    let found = documents(root, file)?.into_iter().find(|document| text(document, "/kind") == kind);
    found.with_context(|| format!("no {kind} in {file}"))
}
