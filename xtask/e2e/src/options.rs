//! The command line.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};

/// Printed for `--help`.
pub(crate) const USAGE: &str = "\
usage: cargo xtask e2e [options]

Runs the configuration scenarios (Role and account, following the ConfigMap, Events, the agent under good and bad edits)
against a real kube-apiserver and etcd. KUBEBUILDER_ASSETS names the directory of their binaries, as envtest has it;
where there is none this says so and is content.

  --in-process    against the in-process API server of the tests instead
  --assets DIR    directory of the binaries, instead of KUBEBUILDER_ASSETS
  --agent PATH    program to run instead of the workspace's";

/// What was asked for.
#[derive(Debug)]
pub(crate) struct Options {
    /// Folder of the workspace, where the manifests are.
    pub(crate) root: PathBuf,
    /// The agent.
    pub(crate) agent: PathBuf,
    /// Directory of `kube-apiserver` and `etcd`.
    pub(crate) assets: Option<PathBuf>,
    /// Use the in-process server.
    pub(crate) in_process: bool,
}

impl Options {
    /// Reads arguments.
    pub(crate) fn parse(args: &[String]) -> Result<Self> {
        let (mut root, mut agent, mut assets, mut in_process) = (None, None, None, false);
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            let mut value = || args.next().with_context(|| format!("{arg} needs a value\n\n{USAGE}"));
            match arg.as_str() {
                "--in-process" => in_process = true,
                "--agent" => agent = Some(value()?.into()),
                "--assets" => assets = Some(value()?.into()),
                "--root" => root = Some(value()?.into()),
                other => bail!("unknown option `{other}`\n\n{USAGE}"),
            }
        }
        let missing = "this is started by `cargo xtask e2e`, which names the agent and the workspace";
        Ok(Self { root: root.context(missing)?, agent: agent.context(missing)?, assets, in_process })
    }
}
