//! `cargo xtask bless`: rewrites the golden files of the tests.
//!
//! The tests themselves do it when `BLESS=1` is set; this is only the shortest way to say so.

use std::process::ExitCode;

use anyhow::{Context as _, Result};

use crate::cargo;

const USAGE: &str = "\
usage: cargo xtask bless [arguments of cargo test]

Runs `cargo test` with BLESS=1, in which golden tests write what they see, then shows what changed.
Without arguments the whole workspace is run; `-p CRATE NAME` narrows it.";

/// Runs the verb.
pub(crate) fn run(args: &[String]) -> Result<ExitCode> {
    if args.iter().any(|arg| matches!(arg.as_str(), "--help" | "-h")) {
        println!("{USAGE}");
        return Ok(ExitCode::SUCCESS);
    }
    let mut test = cargo::command();
    test.arg("test").env("BLESS", "1");
    if args.is_empty() {
        test.arg("--workspace");
    }
    let status = test.args(args).status().context("cannot run cargo")?;
    println!("changed golden files, to be reviewed:");
    let folders = ["*testdata*", "*golden*", "docs/ottl.md"];
    let changes = std::process::Command::new("git")
        .args(["status", "--short", "--"])
        .args(folders)
        .current_dir(cargo::root())
        .status()
        .context("cannot run git")?;
    Ok(if status.success() && changes.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
