//! The crates that promise to need no asynchronous runtime have none below them, however far down.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;

use anyhow::{Context as _, Result};
use cargo_metadata::{DependencyKind, MetadataCommand};

use super::Finding;

/// Crates that are used in programs without a runtime, and where their manifests are.
const WITHOUT: [(&str, &str); 3] = [
    ("agent-config", "agent-config/Cargo.toml"),
    ("agent-otlp", "agent-pipeline/otlp/Cargo.toml"),
    ("agent-ottl", "agent-pipeline/ottl/Cargo.toml"),
];

const RUNTIMES: [&str; 4] = ["async-std", "mio", "smol", "tokio"];

/// Who uses whom, tests and benchmarks left out; with the features that the whole workspace asks for.
type Uses = BTreeMap<String, BTreeSet<String>>;

/// Crates of [`WITHOUT`] that have one, and the way to it.
pub(super) fn check(root: &Path) -> Result<Vec<Finding>> {
    let uses = read(root)?;
    let mut findings = Vec::new();
    for (name, manifest) in WITHOUT {
        if !uses.contains_key(name) {
            findings.push(Finding::new(manifest, 1, format!("there is no crate `{name}`")));
        }
        if let Some(way) = way_to_a_runtime(&uses, name) {
            findings.push(Finding::new(manifest, 1, format!("brings a runtime: {}", way.join(" -> "))));
        }
    }
    Ok(findings)
}

/// The graph as cargo resolves it.
fn read(root: &Path) -> Result<Uses> {
    // For one platform, so that crates of others need not be there.
    let platform = ["--filter-platform".to_owned(), "x86_64-unknown-linux-gnu".to_owned()];
    let metadata = MetadataCommand::new().current_dir(root).other_options(platform).exec();
    let metadata = metadata.context("cargo metadata")?;
    let name = |id| metadata.packages.iter().find(|package| package.id == id).map(|it| it.name.to_string());
    let resolve = metadata.resolve.as_ref().context("cargo metadata resolves nothing")?;
    let mut uses = Uses::new();
    for node in &resolve.nodes {
        let of_program = node.deps.iter().filter(|dependency| {
            dependency.dep_kinds.iter().any(|kind| kind.kind != DependencyKind::Development)
        });
        let below = of_program.filter_map(|dependency| name(dependency.pkg.clone()));
        uses.entry(name(node.id.clone()).context("a node without a package")?).or_default().extend(below);
    }
    Ok(uses)
}

/// The shortest way from a crate to a runtime, both ends included.
fn way_to_a_runtime<'a>(uses: &'a Uses, from: &'a str) -> Option<Vec<&'a str>> {
    let (mut seen, mut ways) = (BTreeSet::from([from]), VecDeque::from([vec![from]]));
    while let Some(way) = ways.pop_front() {
        let last = way.last().copied()?;
        if RUNTIMES.contains(&last) {
            return Some(way);
        }
        for next in uses.get(last).into_iter().flatten() {
            if seen.insert(next) {
                ways.push_back(way.iter().copied().chain([next.as_str()]).collect());
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runtime_is_found_however_far_down_and_the_way_is_told() {
        let edges = [
            ("model", vec!["text", "bytes"]),
            ("text", vec!["model"]),
            ("net", vec!["model", "http"]),
            ("http", vec!["tokio"]),
        ];
        let own = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
        let uses: Uses = edges.into_iter().map(|(from, to)| (from.to_owned(), own(to))).collect();
        assert_eq!(way_to_a_runtime(&uses, "model"), None);
        assert_eq!(way_to_a_runtime(&uses, "net"), Some(vec!["net", "http", "tokio"]));
    }

    #[test]
    fn a_crate_of_this_workspace_that_speaks_over_sockets_is_seen_to_have_one() {
        let uses = read(crate::cargo::root()).unwrap();
        assert!(way_to_a_runtime(&uses, "agent-receivers").is_some());
        assert_eq!(way_to_a_runtime(&uses, "agent-otlp"), None);
    }
}
