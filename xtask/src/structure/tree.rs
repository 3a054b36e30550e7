//! The text files of the tree: what git tracks or would add.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

/// A text file.
#[derive(Debug)]
pub(super) struct TextFile {
    /// Path from the root, with `/`.
    pub(super) path: String,
    /// Its content.
    pub(super) text: String,
}

impl TextFile {
    /// Whether its name ends in a dot and `wanted`.
    pub(super) fn has_extension(&self, wanted: &str) -> bool {
        extension(&self.path) == Some(wanted)
    }

    /// Whether it belongs to tests: their rules are looser.
    pub(super) fn is_test(&self) -> bool {
        is_test(&self.path)
    }
}

/// Whether a path is a test's, a benchmark's or test data.
pub(super) fn is_test(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name == "tests.rs"
        || name.ends_with("_tests.rs")
        || path
            .split('/')
            .any(|part| matches!(part, "tests" | "benches" | "testdata" | "conformance" | "fuzz"))
            && !path.starts_with("xtask/")
}

fn extension(path: &str) -> Option<&str> {
    path.rsplit_once('.').map(|(_, extension)| extension)
}

/// Reads all of them; recorded conformance cases and lock files are nobody's style.
pub(super) fn read(root: &Path) -> Result<Vec<TextFile>> {
    let output = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output()
        .context("cannot run git")?;
    if !output.status.success() {
        bail!("git ls-files: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    let listing = String::from_utf8_lossy(&output.stdout);
    let mut files = Vec::new();
    for path in listing.split('\0').filter(|path| !path.is_empty()) {
        if path.starts_with("conformance/cases/") || extension(path) == Some("lock") {
            continue;
        }
        // A tracked file may be deleted in the working copy, and a binary one is not text.
        if let Ok(text) = std::fs::read_to_string(root.join(path)) {
            files.push(TextFile { path: path.to_owned(), text });
        }
    }
    files.sort_by(|left, right| left.path.cmp(&right.path));
    files.dedup_by(|left, right| left.path == right.path);
    Ok(files)
}
