//! What a build is made of, as far as it shows in what is made.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

/// Version, commit and time.
pub(crate) struct Facts {
    /// Version of the workspace.
    pub(crate) version: &'static str,
    /// The commit, with `-dirty` when files differ from it; `none` outside a repository.
    pub(crate) commit: String,
    /// Time of the commit in seconds since 1970; 0 outside a repository.
    pub(crate) time: u64,
}

impl Facts {
    /// Asks git.
    pub(crate) fn of(root: &Path) -> Result<Self> {
        let commit = git(root, &["rev-parse", "HEAD"]);
        let dirty = git(root, &["status", "--porcelain"]).is_some_and(|changes| !changes.is_empty());
        let commit = match commit {
            Some(commit) if dirty => format!("{commit}-dirty"),
            Some(commit) => commit,
            None => "none".to_owned(),
        };
        let time = git(root, &["log", "-1", "--format=%ct"]);
        let time = time.map_or(Ok(0), |text| text.parse()).context("git names no time of the commit")?;
        Ok(Self { version: env!("CARGO_PKG_VERSION"), commit, time })
    }

    /// The time as RFC 3339 has it.
    pub(crate) fn date(&self) -> Result<String> {
        let seconds = i64::try_from(self.time).context("the time of the commit is too large")?;
        Ok(jiff::Timestamp::from_second(seconds).context("the time of the commit is too large")?.to_string())
    }

    /// Name of the image among the outputs.
    pub(crate) fn image_file(&self) -> String {
        format!("kubeagent-{}.oci.tar", self.version)
    }
}

/// What git prints, or `None` where there is no git or no repository.
fn git(root: &Path, args: &[&str]) -> Option<String> {
    let output = Command::new("git").arg("-C").arg(root).args(args).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
