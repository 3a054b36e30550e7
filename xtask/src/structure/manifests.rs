//! Every crate of the workspace is under the workspace's lints.

use super::Finding;
use super::layers::Crate;
use super::tree::TextFile;

/// Crates whose manifest does not inherit the lints.
pub(super) fn check(crates: &[Crate], tree: &[TextFile]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for krate in crates {
        let path = format!("{}/Cargo.toml", krate.folder);
        // A manifest that git does not know is not part of the tree yet.
        let Some(manifest) = tree.iter().find(|file| file.path == path) else { continue };
        let mut lines = manifest.text.lines().map(str::trim);
        let inherits = lines.any(|line| line == "[lints]") && lines.next() == Some("workspace = true");
        if !inherits {
            findings.push(Finding::new(
                &path,
                1,
                "does not inherit the lints: `[lints]`, `workspace = true`",
            ));
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
}
