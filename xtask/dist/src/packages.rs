//! The packages that are in the binary: what `kubeagent` depends on, but for what only builds or tests it.
//!
//! `cargo tree` says which these are, since it knows the features that this one program asks for; `cargo metadata` knows the
//! rest of each, but resolves the workspace as a whole.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use cargo_metadata::camino::Utf8Path;
use cargo_metadata::{MetadataCommand, Package};

use crate::target::Target;

/// A name and a version, which are what names a package in every list.
pub(crate) type Key = (String, String);

/// Packages by name and version.
pub(crate) struct Packages {
    /// All of them, our own among them.
    pub(crate) all: BTreeMap<Key, Package>,
    /// What each depends on.
    pub(crate) edges: BTreeMap<Key, BTreeSet<Key>>,
}

impl Packages {
    /// The union over all targets.
    pub(crate) fn of(root: &Path, targets: &[&Target]) -> Result<Self> {
        let mut edges = BTreeMap::new();
        for target in targets {
            read(&tree(root, target)?, &mut edges)?;
        }
        let metadata = MetadataCommand::new()
            .manifest_path(root.join("Cargo.toml"))
            .other_options(["--locked".to_owned()])
            .exec()
            .context("cargo metadata")?;
        let mut all = BTreeMap::new();
        for package in metadata.packages {
            let key = (package.name.to_string(), package.version.to_string());
            if edges.contains_key(&key) {
                all.insert(key, package);
            }
        }
        ensure!(all.len() == edges.len(), "cargo tree names packages that cargo metadata does not");
        Ok(Self { all, edges })
    }

    /// Those that others wrote.
    pub(crate) fn of_others(&self) -> impl Iterator<Item = &Package> {
        self.all.values().filter(|package| package.source.is_some())
    }

    /// The folder in which cargo keeps the sources of dependencies.
    pub(crate) fn sources(&self) -> Result<PathBuf> {
        let package = self.of_others().next().context("there are no dependencies")?;
        let folder = package.manifest_path.parent().and_then(Utf8Path::parent);
        Ok(folder.context("a dependency lies in no folder")?.into())
    }
}

/// The dependencies, a line each: how deep it is, a bar, name and version.
fn tree(root: &Path, target: &Target) -> Result<String> {
    let output = Command::new("cargo")
        .current_dir(root)
        .args(["tree", "--locked", "-p", "kubeagent", "--target", target.triple])
        .args(["--edges", "normal,no-proc-macro", "--prefix", "depth", "--format", "|{p}"])
        .stderr(Stdio::inherit())
        .output()
        .context("cannot run cargo tree")?;
    ensure!(output.status.success(), "cargo tree ended with {}", output.status);
    String::from_utf8(output.stdout).context("cargo tree prints what is no text")
}

/// Adds the edges of such a tree. What a package depends on stands where it is named first.
fn read(tree: &str, edges: &mut BTreeMap<Key, BTreeSet<Key>>) -> Result<()> {
    let mut above: Vec<Key> = Vec::new();
    for line in tree.lines() {
        let parts = line.split_once('|').and_then(|(depth, package)| {
            let (name, rest) = package.split_once(" v")?;
            let version = rest.split(' ').next()?;
            Some((depth.parse::<usize>().ok()?, (name.to_owned(), version.to_owned())))
        });
        let (depth, key) = parts.with_context(|| format!("cargo tree prints `{line}`"))?;
        above.truncate(depth);
        if let Some(parent) = above.last() {
            edges.entry(parent.clone()).or_default().insert(key.clone());
        }
        edges.entry(key.clone()).or_default();
        above.push(key);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_the_binary_is_listed_and_what_tests_it_is_not() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let (targets, _) = crate::target::installed().unwrap();
        let packages = Packages::of(&root, &targets).unwrap();
        let has = |name: &str| packages.all.keys().any(|(known, _)| known == name);
        assert!(has("kubeagent") && has("agent-otlp") && has("tokio") && has("rustls"));
        assert!(!has("agent-testkit") && !has("proptest") && !has("cc"));
        assert!(packages.of_others().all(|package| !package.name.starts_with("agent-")));
        let edges = |name: &str| packages.edges.iter().find(|(key, _)| key.0 == name).unwrap().1;
        assert!(edges("kubeagent").iter().any(|(name, _)| name == "agent-pipeline"));
    }

    #[test]
    fn a_tree_becomes_edges() {
        let mut edges = BTreeMap::new();
        read("0|a v1.0.0 (/a)\n1|b v2.0.0\n2|c v3.0.0\n1|c v3.0.0 (*)\n", &mut edges).unwrap();
        let of = |name: &str| edges.iter().find(|(key, _)| key.0 == name).unwrap().1;
        assert_eq!(of("a").iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["b", "c"]);
        assert_eq!((of("b").len(), of("c").len()), (1, 0));
        assert!(read("nonsense", &mut edges).is_err());
    }
}
