//! A component is one folder with the parts that a reader expects there.
//!
//! Components are found in the factory tables (`Factory::of::<folder::Type>()` in `lib.rs`), hence other folders of
//! the same crate are free in their shape.

use std::sync::LazyLock;

use regex::Regex;

use super::Finding;
use super::tree::TextFile;

const CRATES: [&str; 5] = ["receivers", "processors", "connectors", "exporters", "extensions"];
const PARTS: [&str; 4] = ["mod.rs", "config.rs", "tests.rs", "README.md"];

static ROW: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\bof::<\s*(\w+)::").ok());

/// Folders of components that lack a part.
pub(super) fn check(tree: &[TextFile]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let Some(pattern) = ROW.as_ref() else { return findings };
    for krate in CRATES {
        let source = format!("agent-pipeline/{krate}/src");
        let Some(table) = tree.iter().find(|file| file.path == format!("{source}/lib.rs")) else { continue };
        let mut folders: Vec<_> = pattern.captures_iter(&table.text).filter_map(|row| row.get(1)).collect();
        folders.dedup_by_key(|folder| folder.as_str());
        for folder in folders {
            let line = table.text.bytes().take(folder.start()).filter(|byte| *byte == b'\n').count() + 1;
            for part in PARTS {
                let path = format!("{source}/{}/{part}", folder.as_str());
                if !tree.iter().any(|file| file.path == path) {
                    findings.push(Finding::new(&table.path, line, format!("component without {path}")));
                }
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_part_is_found_at_the_row_of_the_component() {
        let file = |path: &str, text: &str| TextFile { path: path.to_owned(), text: text.to_owned() };
        let tree = [
            file("agent-pipeline/processors/src/lib.rs", "mod batch;\nFactory::of::<batch::Batch>(),\n"),
            file("agent-pipeline/processors/src/batch/mod.rs", ""),
            file("agent-pipeline/processors/src/batch/config.rs", ""),
            file("agent-pipeline/processors/src/batch/tests.rs", ""),
        ];
        let found: Vec<String> = check(&tree).iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            [
                "agent-pipeline/processors/src/lib.rs:2: component without agent-pipeline/processors/src/batch/README.md"
            ]
        );
    }
}
