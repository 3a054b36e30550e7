//! `cargo xtask dist`: what is shipped, and the demo with the program of the image.
//!
//! The work is in the package `agent-dist` below this one; it builds the release binary itself, with flags of its own.

use std::fs;
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result};

use crate::cargo::{self, Binaries, Profile, Scope};
use crate::demo;

const PACKAGES: [&str; 2] = ["agent-dist", "agent-demo"];

/// Runs the verb.
pub(crate) fn run(args: &[String]) -> Result<ExitCode> {
    let check = args.iter().any(|arg| arg == "--check");
    let packages = if check { &PACKAGES[..] } else { &PACKAGES[..1] };
    start(&cargo::build(Scope::Packages(packages), Profile::Dev)?, args)
}

/// Runs it with programs that are built already. With `--check` the image's program runs the demo.
pub(crate) fn start(binaries: &Binaries, args: &[String]) -> Result<ExitCode> {
    let mut call = Command::new(cargo::binary(binaries, "agent-dist")?);
    call.arg("--root").arg(cargo::root()).args(args);
    let bare_root = cargo::root().join("target/bare-root");
    let check = args.iter().any(|arg| arg == "--check");
    if check {
        if bare_root.exists() {
            fs::remove_dir_all(&bare_root).with_context(|| bare_root.display().to_string())?;
        }
        call.arg("--unpack").arg(&bare_root);
    }
    let status = call.status().context("cannot start the packaging")?;
    if !status.success() || !check {
        return Ok(ExitCode::from(u8::try_from(status.code().unwrap_or(1)).unwrap_or(1)));
    }
    println!("the demo, with {} as the agent's root:", bare_root.display());
    let code = demo::in_bare_root(binaries, &bare_root)?;
    fs::remove_dir_all(&bare_root).with_context(|| bare_root.display().to_string())?;
    Ok(code)
}
