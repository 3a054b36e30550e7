//! Crates lie in layers, and their edges go down only.
//!
//! A crate that is in no layer is refused, so that a new one has to be placed here by someone who thought about it.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result};
use cargo_metadata::{DependencyKind, MetadataCommand};

use super::Finding;

/// Layers from the ground up.
const LAYERS: [&[&str]; 4] = [
    &["agent-config", "agent-otlp"],
    &[
        "agent-ottl",
        "agent-expr",
        "agent-component",
        "agent-k8s",
        "agent-telemetry",
        "agent-net",
        "agent-journal",
    ],
    &[
        "agent-receivers",
        "agent-processors",
        "agent-connectors",
        "agent-exporters",
        "agent-extensions",
        "agent-host-metrics",
        "agent-log-tail",
        "agent-k8s-receivers",
        "agent-pipeline",
        "agent-health",
    ],
    &["kubeagent"],
];

/// Tools that stand beside the product: they may use it all, and nothing that is shipped may use them.
const OUTSIDE: [&str; 7] =
    ["agent-testkit", "xtask", "agent-bench", "agent-demo", "agent-dist", "agent-e2e", "agent-soak"];

/// What tests of any crate may use.
const TEST_SUPPORT: &str = "agent-testkit";

/// A crate of the workspace.
#[derive(Debug)]
pub(super) struct Crate {
    /// Package name.
    pub(super) name: String,
    /// Folder from the root.
    pub(super) folder: String,
    /// Crates of the workspace that it depends on.
    pub(super) edges: Vec<Edge>,
}

/// A dependency within the workspace.
#[derive(Debug)]
pub(super) struct Edge {
    /// Package name.
    pub(super) to: String,
    /// For tests and benchmarks only.
    pub(super) dev: bool,
}

impl Crate {
    /// Whether others may build on it: it is in a layer below the binary.
    pub(super) fn is_library(&self) -> bool {
        LAYERS.iter().rev().skip(1).any(|layer| layer.contains(&self.name.as_str()))
    }
}

/// Reads the workspace as cargo sees it.
pub(super) fn crates(root: &Path) -> Result<Vec<Crate>> {
    let metadata = MetadataCommand::new().current_dir(root).no_deps().exec().context("cargo metadata")?;
    let members = metadata.workspace_packages();
    let names: Vec<&str> = members.iter().map(|package| package.name.as_str()).collect();
    let mut crates = Vec::new();
    for package in &members {
        let folder = package.manifest_path.parent().context("a manifest without a folder")?;
        let edges =
            package.dependencies.iter().filter(|dependency| names.contains(&dependency.name.as_str()));
        let edge = |dependency: &cargo_metadata::Dependency| Edge {
            to: dependency.name.clone(),
            dev: dependency.kind == DependencyKind::Development,
        };
        crates.push(Crate {
            name: package.name.to_string(),
            folder: folder.strip_prefix(&metadata.workspace_root).unwrap_or(folder).to_string(),
            edges: edges.map(edge).collect(),
        });
    }
    Ok(crates)
}

/// Names and edges of all crates.
pub(super) fn check(crates: &[Crate]) -> Vec<Finding> {
    let layers: BTreeMap<&str, usize> = LAYERS
        .iter()
        .enumerate()
        .flat_map(|(layer, names)| names.iter().map(move |name| (*name, layer)))
        .collect();
    let mut findings = Vec::new();
    for krate in crates {
        let manifest = format!("{}/Cargo.toml", krate.folder);
        let mut find = |message: String| findings.push(Finding::new(&manifest, 1, message));
        let folder = krate.folder.rsplit('/').next().unwrap_or_default();
        let by_folder = format!("agent-{}", folder.trim_start_matches("agent-"));
        if krate.name != by_folder && !matches!(krate.name.as_str(), "kubeagent" | "xtask") {
            find(format!("package `{}` in folder `{folder}` should be `{by_folder}`", krate.name));
        }
        if OUTSIDE.contains(&krate.name.as_str()) {
            continue;
        }
        let Some(own) = layers.get(krate.name.as_str()) else {
            find(format!(
                "package `{}` is in no layer; place it in xtask/src/structure/layers.rs",
                krate.name
            ));
            continue;
        };
        for edge in &krate.edges {
            let from = &krate.name;
            match layers.get(edge.to.as_str()) {
                _ if edge.to == TEST_SUPPORT && edge.dev => {}
                None => find(format!("{from} uses {}, which is not part of the product", edge.to)),
                Some(other) if other < own || (other == own && edge.dev) => {}
                Some(other) => {
                    find(format!(
                        "{from} (layer {own}) uses {} (layer {other}); edges go down only",
                        edge.to
                    ));
                }
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(name: &str, folder: &str, edges: &[(&str, bool)]) -> Vec<String> {
        let edges = edges.iter().map(|(to, dev)| Edge { to: (*to).to_owned(), dev: *dev }).collect();
        let krate = Crate { name: name.to_owned(), folder: folder.to_owned(), edges };
        check(&[krate]).iter().map(|finding| finding.message.clone()).collect()
    }

    #[test]
    fn edges_down_are_fine() {
        let edges = [("agent-component", false), ("agent-config", false), ("agent-testkit", true)];
        assert!(findings("agent-processors", "agent-pipeline/processors", &edges).is_empty());
        assert!(findings("xtask", "xtask", &[("kubeagent", false)]).is_empty());
        assert!(findings("agent-pipeline", "agent-pipeline", &[("agent-processors", true)]).is_empty());
    }

    #[test]
    fn edges_up_and_sideways_are_found() {
        let up = findings("agent-otlp", "agent-pipeline/otlp", &[("agent-net", false)]);
        assert_eq!(up, ["agent-otlp (layer 0) uses agent-net (layer 1); edges go down only"]);
        assert_eq!(findings("agent-receivers", "x/receivers", &[("agent-exporters", false)]).len(), 1);
        assert_eq!(findings("agent-net", "x/net", &[("kubeagent", true)]).len(), 1);
        assert_eq!(findings("kubeagent", "kubeagent", &[("agent-testkit", false)]).len(), 1);
    }

    #[test]
    fn a_name_leads_to_its_folder_and_to_a_layer() {
        assert_eq!(
            findings("agent-wire", "agent-pipeline/otlp", &[]),
            [
                "package `agent-wire` in folder `otlp` should be `agent-otlp`",
                "package `agent-wire` is in no layer; place it in xtask/src/structure/layers.rs",
            ]
        );
    }
}
