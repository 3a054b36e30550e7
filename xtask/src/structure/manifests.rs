//! Every crate of the workspace is under the workspace's lints, and one that others may build on is a good package.

use std::sync::LazyLock;

use regex::Regex;

use super::Finding;
use super::layers::Crate;
use super::tree::TextFile;

/// The manifest that says what all crates have in common.
const WORKSPACE: &str = "Cargo.toml";

/// A crate of ours in `[workspace.dependencies]`: path, and the version where there is one.
static OURS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"^agent-\S+ = \{ path = "([^"]+)"(?:, version = "([^"]+)")?"#).ok());

/// What is wrong with manifests.
pub(super) fn check(crates: &[Crate], tree: &[TextFile]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for krate in crates {
        let path = format!("{}/Cargo.toml", krate.folder);
        // A manifest that git does not know is not part of the tree yet.
        let Some(manifest) = tree.iter().find(|file| file.path == path) else { continue };
        let mut find = |message: &str| findings.push(Finding::new(&path, 1, message));
        let mut lines = manifest.text.lines().map(str::trim);
        let inherits = lines.any(|line| line == "[lints]") && lines.next() == Some("workspace = true");
        if !inherits {
            find("does not inherit the lints: `[lints]`, `workspace = true`");
        }
        if krate.is_library() {
            let readme = format!("{}/README.md", krate.folder);
            if !tree.iter().any(|file| file.path == readme) {
                find("no README.md beside it: what the crate is for, and what may be relied on");
            }
            if !manifest.text.contains("\nexclude.workspace = true\n") {
                find("tests and their data would be in the package: `exclude.workspace = true`");
            }
        }
    }
    findings
        .extend(tree.iter().filter(|file| file.path == WORKSPACE).flat_map(|file| versions(crates, file)));
    findings
}

/// Libraries stand in the workspace's dependencies with its version, and what is no library without one.
fn versions(crates: &[Crate], workspace: &TextFile) -> Vec<Finding> {
    let own = workspace.text.lines().find_map(|line| line.strip_prefix("version = "));
    let own = own.unwrap_or_default().trim_matches('"');
    let library = |path: &str| crates.iter().any(|krate| krate.folder == path && krate.is_library());
    let mut findings = Vec::new();
    for (number, line) in workspace.text.lines().enumerate() {
        let Some(found) = OURS.as_ref().and_then(|pattern| pattern.captures(line)) else { continue };
        let path = found.get(1).map_or("", |path| path.as_str());
        let version = found.get(2).map(|version| version.as_str());
        let expected = library(path).then_some(own);
        if version != expected {
            let message = format!("`{path}` has version {version:?}, it should be {expected:?}");
            findings.push(Finding::new(WORKSPACE, number + 1, message));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_outside_the_lints_is_found() {
        let krate =
            |folder: &str| Crate { name: folder.to_owned(), folder: folder.to_owned(), edges: Vec::new() };
        let file = |path: &str, text: &str| TextFile { path: path.to_owned(), text: text.to_owned() };
        let tree = [
            file("a/Cargo.toml", "[package]\n\n[lints]\nworkspace = true\n"),
            file("b/Cargo.toml", "[package]\n"),
        ];
        let findings = check(&[krate("a"), krate("b")], &tree);
        assert_eq!(
            findings.iter().map(|finding| finding.path.as_str()).collect::<Vec<_>>(),
            ["b/Cargo.toml"]
        );
    }

    #[test]
    fn a_library_that_is_no_good_package_is_found() {
        let named = |name: &str, folder: &str| Crate {
            name: name.to_owned(),
            folder: folder.to_owned(),
            edges: Vec::new(),
        };
        let file = |path: &str, text: &str| TextFile { path: path.to_owned(), text: text.to_owned() };
        let lints = "[lints]\nworkspace = true\n";
        let tree = [
            file("agent-k8s/Cargo.toml", lints),
            file("o/otlp/Cargo.toml", &format!("[package]\nexclude.workspace = true\n{lints}")),
            file("o/otlp/README.md", ""),
            file("t/testkit/Cargo.toml", lints),
            file(
                "Cargo.toml",
                "[workspace.package]\nversion = \"0.2.0\"\n[workspace.dependencies]
agent-k8s = { path = \"agent-k8s\", version = \"0.1.0\" }
agent-otlp = { path = \"o/otlp\", version = \"0.2.0\" }
agent-testkit = { path = \"t/testkit\" }\n",
            ),
        ];
        let crates = [
            named("agent-k8s", "agent-k8s"),
            named("agent-otlp", "o/otlp"),
            named("agent-testkit", "t/testkit"),
        ];
        let found = check(&crates, &tree);
        let places: Vec<_> = found.iter().map(|finding| (finding.path.as_str(), finding.line)).collect();
        assert_eq!(
            places,
            [("agent-k8s/Cargo.toml", 1), ("agent-k8s/Cargo.toml", 1), ("Cargo.toml", 4)],
            "{found:?}"
        );
    }
}
