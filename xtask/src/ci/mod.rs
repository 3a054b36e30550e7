//! `cargo xtask ci`.

use std::process::ExitCode;

use anyhow::{Result, bail};

/// Runs the verb.
pub(crate) fn run(_args: &[String]) -> Result<ExitCode> {
    bail!("ci is not there yet")
}
