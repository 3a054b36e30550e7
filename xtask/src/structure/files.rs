//! Every file says what it is, and stays short.

use super::source::Source;
use super::{Finding, tree};

const LONGEST: usize = 500;
const LONG: usize = 300;
const MAIN: &str = "kubeagent/src/main.rs";
const LONGEST_MAIN: usize = 80;

/// Header and size of one file.
pub(super) fn check(source: &Source<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    // A crate's documentation may be its README.
    let headers = ["//!", "#![doc = include_str!("];
    if !headers.iter().any(|header| source.text.trim_start().starts_with(header)) {
        findings.push(Finding::new(source.path, 1, "no `//!` header that says what the file is"));
    }
    let lines = source.lines();
    if lines > LONGEST && !source.is_test && !is_table(source.path) {
        findings.push(Finding::new(source.path, LONGEST + 1, format!("{lines} lines, at most {LONGEST}")));
    }
    if source.path == MAIN && lines >= LONGEST_MAIN {
        let message = format!("{lines} lines; the life of the process has to read in under {LONGEST_MAIN}");
        findings.push(Finding::new(source.path, LONGEST_MAIN, message));
    }
    findings
}

/// A table grows with what it lists, not with what a reader must understand.
fn is_table(path: &str) -> bool {
    path.split('/').any(|part| matches!(part, "table.rs" | "tables.rs" | "tables"))
}

/// Median and share of short files, without tests.
pub(super) fn summary(sources: &[Source<'_>]) -> String {
    let mut sizes: Vec<usize> =
        sources.iter().filter(|source| !tree::is_test(source.path)).map(Source::lines).collect();
    sizes.sort_unstable();
    let median = sizes.get(sizes.len() / 2).copied().unwrap_or_default();
    let short = sizes.iter().filter(|size| **size < LONG).count();
    let percent = 100 * short / sizes.len().max(1);
    let longest = sizes.last().copied().unwrap_or_default();
    format!(
        "{} source files besides tests: median {median} lines, {percent} % under {LONG}, longest {longest}",
        sizes.len()
    )
}

#[cfg(test)]
mod tests {
    use super::super::tree::TextFile;
    use super::*;

    fn findings(path: &str, text: &str) -> Vec<String> {
        let file = TextFile { path: path.to_owned(), text: text.to_owned() };
        check(&Source::of(&file).unwrap()).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_file_without_a_header_is_found() {
        assert_eq!(
            findings("a/src/b.rs", "// no\n"),
            ["a/src/b.rs:1: no `//!` header that says what the file is"]
        );
        assert!(findings("a/src/b.rs", "\n//! What it is.\n").is_empty());
        assert!(findings("a/src/lib.rs", "#![doc = include_str!(\"../README.md\")]\n").is_empty());
    }

    #[test]
    fn a_long_file_is_found_unless_it_tests_or_lists() {
        let text = format!("//! x\n{}", "\n".repeat(500));
        assert_eq!(findings("a/src/b.rs", &text), ["a/src/b.rs:501: 501 lines, at most 500"]);
        assert!(findings("a/src/tests.rs", &text).is_empty());
        assert!(findings("a/src/tables.rs", &text).is_empty());
        assert_eq!(findings(MAIN, &format!("//! x\n{}", "\n".repeat(79))).len(), 1);
    }
}
