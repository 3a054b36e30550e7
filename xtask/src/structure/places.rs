//! Nothing in the tree knows the machine it was written on.

use std::sync::LazyLock;

use regex::Regex;

use super::Finding;
use super::tree::TextFile;

/// Folders that exist on one machine only. Written in pieces, so that this file passes its own rule.
static MACHINE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let folders = [concat!("/wo", "rk"), concat!("/ro", "ot"), concat!("/ho", "me"), concat!("/tm", "p")];
    Regex::new(&format!(r#"(?m)(?:^|[\s"'`(=:,])((?:{})/)"#, folders.join("|"))).ok()
});

/// Machine paths of one file; a test may use temporary ones.
pub(super) fn check(file: &TextFile) -> Vec<Finding> {
    let Some(pattern) = MACHINE.as_ref().filter(|_| !file.is_test()) else { return Vec::new() };
    let found = pattern.captures_iter(&file.text).filter_map(|found| found.get(1));
    let finding = |found: regex::Match<'_>| {
        let line = file.text.bytes().take(found.start()).filter(|byte| *byte == b'\n').count() + 1;
        Finding::new(&file.path, line, format!("`{}...`: a path of one machine", found.as_str()))
    };
    found.map(finding).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machine_paths_are_found_outside_tests() {
        let text = format!(
            "ok: /etc/x, a/work/b\nsee {}/main and \"{}/y\"\n",
            concat!("/wo", "rk"),
            concat!("/tm", "p")
        );
        let file = |path: &str| TextFile { path: path.to_owned(), text: text.clone() };
        assert_eq!(check(&file("docs/a.md")).iter().map(|found| found.line).collect::<Vec<_>>(), [2, 2]);
        assert!(check(&file("a/tests/b.rs")).is_empty());
    }
}
