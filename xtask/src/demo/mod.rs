//! `cargo xtask demo`: builds the agent and the demo, then runs it.
//!
//! The work is in the package `agent-demo` below this one, which needs the OpenTelemetry SDK.

use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result};

use crate::cargo::{self, Binaries, Profile, Scope};

const PACKAGES: [&str; 2] = ["kubeagent", "agent-demo"];

/// Runs the verb.
pub(crate) fn run(args: &[String]) -> Result<ExitCode> {
    let release = args.iter().any(|arg| arg == "--release");
    let args: Vec<&String> = args.iter().filter(|arg| *arg != "--release").collect();
    let profile = if release { Profile::Release } else { Profile::Dev };
    println!("building the agent and the demo (minutes the first time, a moment from then on)");
    let binaries = cargo::build(Scope::Packages(&PACKAGES), profile)?;
    start(&binaries, &args)
}

/// Runs the demo with programs that are built already.
pub(crate) fn start(binaries: &Binaries, args: &[&String]) -> Result<ExitCode> {
    let agent = cargo::binary(binaries, "kubeagent")?;
    let status = command(&cargo::binary(binaries, "agent-demo")?, &agent)
        .args(args)
        .status()
        .context("cannot start the demo")?;
    Ok(ExitCode::from(u8::try_from(status.code().unwrap_or(1)).unwrap_or(1)))
}

/// Runs the demo with the program of an image that is unpacked in `folder`.
pub(crate) fn in_bare_root(binaries: &Binaries, folder: &Path) -> Result<ExitCode> {
    let status = command(&cargo::binary(binaries, "agent-demo")?, &folder.join("kubeagent"))
        .arg("--bare-root")
        .arg(folder)
        .status()
        .context("cannot start the demo")?;
    Ok(ExitCode::from(u8::try_from(status.code().unwrap_or(1)).unwrap_or(1)))
}

fn command(demo: &Path, agent: &Path) -> Command {
    let mut command = Command::new(demo);
    command.arg("--root").arg(cargo::root()).arg("--agent").arg(agent);
    command
}
