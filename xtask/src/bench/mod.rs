//! `cargo xtask bench`: builds the release binary and the benchmark, then lets the benchmark measure.
//!
//! The work is in the package `agent-bench` below this one, whose dependencies nobody should have to compile who only
//! wants to check the tree.

use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result};

use crate::cargo::{self, Profile, Scope};

/// Runs the verb.
pub(crate) fn run(args: &[String]) -> Result<ExitCode> {
    let without_agent = args
        .iter()
        .any(|arg| matches!(arg.as_str(), "--help" | "-h" | "--references" | "--agent" | "--only"));
    let packages: &[&str] = if without_agent { &["agent-bench"] } else { &["agent-bench", "kubeagent"] };
    println!("building {} in release mode", packages.join(" and "));
    // One after the other: built together, the agent would get the features that the benchmark's crates ask for.
    let bench =
        cargo::binary(&cargo::build(Scope::Packages(&["agent-bench"]), Profile::Release)?, "agent-bench")?;
    let mut call = Command::new(bench);
    call.args(args);
    if !without_agent {
        let agent = cargo::build(Scope::Packages(&["kubeagent"]), Profile::Release)?;
        call.arg("--agent").arg(cargo::binary(&agent, "kubeagent")?);
    }
    let status = call.status().context("cannot start the benchmark")?;
    Ok(ExitCode::from(u8::try_from(status.code().unwrap_or(1)).unwrap_or(1)))
}
