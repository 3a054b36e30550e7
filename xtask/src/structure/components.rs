//! A component is one folder with the parts that a reader expects there.
//!
//! Components are found in the factory tables (`Factory::of::<folder::Type>()` or `holding` in `lib.rs`), hence other folders of
//! the same crate are free in their shape.

use std::sync::LazyLock;

use regex::Regex;

use super::Finding;
use super::tree::TextFile;

const CRATES: [&str; 5] = ["receivers", "processors", "connectors", "exporters", "extensions"];
/// A part may be a folder of its own. The configuration of a component without options may stay in `mod.rs`.
const PARTS: [&str; 4] = ["mod.rs", "config.rs", "tests.rs", "README.md"];
const NO_OPTIONS: &str = "struct Config {}";

static ROW: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\b(?:of|holding)::<\s*(\w+)::").ok());

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
            let folder = folder.as_str();
            let file = |name: &str| {
                let path = format!("{source}/{folder}/{name}");
                tree.iter().find(|file| file.path == path)
            };
            for part in PARTS {
                let split = part.strip_suffix(".rs").map(|name| format!("{name}/mod.rs"));
                let spared =
                    part == "config.rs" && file("mod.rs").is_some_and(|file| file.text.contains(NO_OPTIONS));
                if file(part).is_none() && split.and_then(|split| file(&split)).is_none() && !spared {
                    let message = format!("component without {source}/{folder}/{part}");
                    findings.push(Finding::new(&table.path, line, message));
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
            file(
                "agent-pipeline/processors/src/lib.rs",
                "mod batch;\nFactory::of::<batch::Batch>(),\nFactory::of::<nop::Nop>(),\n",
            ),
            file("agent-pipeline/processors/src/nop/mod.rs", "pub struct Config {}"),
            file("agent-pipeline/processors/src/nop/tests/mod.rs", ""),
            file("agent-pipeline/processors/src/nop/README.md", ""),
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
