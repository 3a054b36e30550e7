//! Calls of cargo: where the workspace is, and how a binary of it is built and found.
//!
//! A binary's path comes from cargo's own messages, never from a guess at `target/`, so that any target folder works.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

/// Profile of a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Quick to build.
    Dev,
    /// What is shipped, slow to build.
    Release,
}

impl Profile {
    /// Reads `dev` or `release`.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        match text {
            "dev" | "debug" => Ok(Self::Dev),
            "release" => Ok(Self::Release),
            other => bail!("--profile: `{other}` is neither dev nor release"),
        }
    }
}

/// What a build covers.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Scope<'a> {
    /// These packages alone.
    Packages(&'a [&'a str]),
    /// All programs and tests of the workspace: with the tests, cargo chooses the features that `cargo test --workspace`
    /// has, and finds its work done.
    Workspace,
}

/// Binaries by name.
pub(crate) type Binaries = BTreeMap<String, PathBuf>;

/// The folder of the workspace's `Cargo.toml`.
pub(crate) fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}

/// A call of cargo in the workspace.
pub(crate) fn command() -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(root());
    command
}

/// Builds and returns the binaries that came out; progress and errors of cargo go to the terminal.
pub(crate) fn build(scope: Scope<'_>, profile: Profile) -> Result<Binaries> {
    let mut call = command();
    call.args(["build", "--message-format=json-render-diagnostics"]);
    match scope {
        Scope::Packages(packages) => packages.iter().for_each(|package| {
            call.args(["-p", package]);
        }),
        Scope::Workspace => {
            call.args(["--workspace", "--bins", "--tests"]);
        }
    }
    if profile == Profile::Release {
        call.arg("--release");
    }
    let output = call.stderr(Stdio::inherit()).output().context("cannot run cargo")?;
    if !output.status.success() {
        bail!("cargo build ended with {}", output.status);
    }
    Ok(binaries(&String::from_utf8_lossy(&output.stdout)))
}

/// The path of one binary of a build.
pub(crate) fn binary(binaries: &Binaries, name: &str) -> Result<PathBuf> {
    binaries.get(name).cloned().with_context(|| format!("the build made no binary `{name}`"))
}

fn binaries(messages: &str) -> Binaries {
    let artifact = |line: &str| {
        let message: Value = serde_json::from_str(line).ok()?;
        let is_bin =
            message.pointer("/target/kind/0")? == "bin" && message.pointer("/profile/test")? == false;
        let path = message.get("executable")?.as_str()?;
        is_bin.then_some((message.pointer("/target/name")?.as_str()?.to_owned(), PathBuf::from(path)))
    };
    messages.lines().filter_map(artifact).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_programs_and_leaves_out_tests_and_libraries() {
        let messages = r#"
{"reason":"compiler-artifact","target":{"kind":["bin"],"name":"agent"},"profile":{"test":false},"executable":"/t/agent"}
{"reason":"compiler-artifact","target":{"kind":["bin"],"name":"agent"},"profile":{"test":true},"executable":"/t/agent-1"}
{"reason":"compiler-artifact","target":{"kind":["lib"],"name":"lib"},"profile":{"test":false},"executable":null}
not json"#;
        let found = binaries(messages);
        assert_eq!(found.len(), 1);
        assert_eq!(found.get("agent").unwrap(), Path::new("/t/agent"));
    }
}
