//! The command line of the demo.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};

/// Printed for `--help`.
pub(crate) const USAGE: &str = "\
usage: cargo xtask demo [options]

Starts a Kubernetes API server (HTTPS, token, RBAC), an OTLP backend and the agent with the documented ConfigMap, lets
an application send traces, metrics and logs, shows what arrived and checks it. Nothing stays behind.

  --keep          stays up until Ctrl-C and says where everything listens
  --release       runs the release build
  --agent PATH    program to run instead of the workspace's
  --bare-root DIR runs the program of an image that was unpacked there, with DIR as its root; for `cargo xtask dist`";

/// What was asked for.
pub(crate) struct Options {
    /// Folder of the workspace, where the manifests are.
    pub(crate) root: PathBuf,
    /// The agent.
    pub(crate) agent: PathBuf,
    /// The unpacked image that the agent runs in.
    pub(crate) bare_root: Option<PathBuf>,
    /// Stay up.
    pub(crate) keep: bool,
}

impl Options {
    /// Reads arguments.
    pub(crate) fn parse(args: &[String]) -> Result<Self> {
        let (mut root, mut agent, mut bare_root, mut keep) = (None, None, None, false);
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            let mut value = || args.next().with_context(|| format!("{arg} needs a value\n\n{USAGE}"));
            match arg.as_str() {
                "--keep" => keep = true,
                "--agent" => agent = Some(value()?.into()),
                "--bare-root" => bare_root = Some(value()?.into()),
                "--root" => root = Some(value()?.into()),
                other => bail!("unknown option `{other}`\n\n{USAGE}"),
            }
        }
        let missing = "this is started by `cargo xtask demo`, which names the agent and the workspace";
        Ok(Self { root: root.context(missing)?, agent: agent.context(missing)?, bare_root, keep })
    }
}
