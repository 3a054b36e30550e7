//! `cargo xtask e2e`: builds the agent and the scenarios, then runs them against an API server.
//!
//! The work is in the package `agent-e2e` below this one, which needs a Kubernetes client.

use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result};

use crate::cargo::{self, Binaries, Profile, Scope};

const PACKAGES: [&str; 2] = ["kubeagent", "agent-e2e"];

/// Runs the verb. The convention of envtest names the real binaries in the environment.
#[expect(clippy::disallowed_methods, reason = "a developer's tool, not the agent")]
pub(crate) fn run(args: &[String]) -> Result<ExitCode> {
    let mut args = args.to_vec();
    if let Some(assets) = std::env::var_os("KUBEBUILDER_ASSETS").filter(|assets| !assets.is_empty()) {
        args.splice(0..0, ["--assets".to_owned(), assets.to_string_lossy().into_owned()]);
    }
    println!("building the agent and the scenarios (minutes the first time, a moment from then on)");
    start(&cargo::build(Scope::Packages(&PACKAGES), Profile::Dev)?, &args)
}

/// Runs the scenarios with programs that are built already.
pub(crate) fn start(binaries: &Binaries, args: &[String]) -> Result<ExitCode> {
    let status = Command::new(cargo::binary(binaries, "agent-e2e")?)
        .arg("--root")
        .arg(cargo::root())
        .arg("--agent")
        .arg(cargo::binary(binaries, "kubeagent")?)
        .args(args)
        .status()
        .context("cannot start the scenarios")?;
    Ok(ExitCode::from(u8::try_from(status.code().unwrap_or(1)).unwrap_or(1)))
}
