//! Where the queues are: a folder, or a small file system in memory that only the agent sees.
//!
//! The file system is mounted in a user and mount namespace, which needs no rights but that the machine allows such
//! namespaces. A process that does nothing keeps them; it ends with its input, so nothing is left behind.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail};
use tempfile::TempDir;

use crate::scenario::durable;

/// A folder for queues.
pub(super) struct Place {
    _folder: TempDir,
    /// As the agent sees it.
    pub(super) directory: PathBuf,
    keeper: Option<Child>,
}

impl Place {
    /// A folder.
    pub(super) fn plain() -> Result<Self> {
        let (folder, directory) = durable::folder()?;
        Ok(Self { _folder: folder, directory, keeper: None })
    }

    /// A file system of so many MiB.
    pub(super) fn small(mib: u64) -> Result<Self> {
        let mut place = Self::plain()?;
        let script =
            format!("mount -t tmpfs -o size={mib}m,mode=700 tmpfs \"$0\" && echo mounted && exec cat");
        let mut keeper = Command::new("unshare")
            .args(["--user", "--map-root-user", "--mount", "sh", "-c", &script])
            .arg(&place.directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .context("cannot call unshare")?;
        let mut word = [0; 8];
        let mounted = keeper.stdout.as_mut().is_some_and(|out| out.read_exact(&mut word).is_ok());
        if !mounted {
            drop(keeper.stdin.take());
            let told = keeper.wait_with_output()?;
            bail!("no file system in a namespace: {}", String::from_utf8_lossy(&told.stderr).trim());
        }
        place.keeper = Some(keeper);
        Ok(place)
    }

    /// What becomes the agent in this place, given its program.
    pub(super) fn wrapper(&self) -> Vec<String> {
        self.keeper.as_ref().map_or_else(Vec::new, enter)
    }

    /// The folder as everybody sees it.
    fn outside(&self) -> PathBuf {
        match &self.keeper {
            None => self.directory.clone(),
            Some(keeper) => {
                let inside = self.directory.strip_prefix("/").unwrap_or(&self.directory);
                Path::new("/proc").join(keeper.id().to_string()).join("root").join(inside)
            }
        }
    }

    /// Takes all space that there is at the moment.
    pub(super) fn fill(&self) -> Result<()> {
        let path = self.outside().join("ballast");
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path)?;
        let page = [0; 4096];
        while file.write_all(&page).is_ok() {}
        Ok(())
    }

    /// Gives it back.
    pub(super) fn empty(&self) -> Result<()> {
        Ok(std::fs::remove_file(self.outside().join("ballast"))?)
    }

    /// Makes the file system read-only, which no process may be writing to, or not.
    pub(super) fn protect(&self, protect: bool) -> Result<()> {
        let keeper = self.keeper.as_ref().context("a folder cannot be made read-only")?;
        let call = enter(keeper);
        let (program, arguments) = call.split_first().context("no program")?;
        let how = if protect { "remount,ro" } else { "remount,rw" };
        let told =
            Command::new(program).args(arguments).args(["mount", "-o", how]).arg(&self.directory).output()?;
        if !told.status.success() {
            bail!("mount -o {how}: {}", String::from_utf8_lossy(&told.stderr).trim());
        }
        Ok(())
    }

    /// Puts a file where the folder of each queue is, or the folders back.
    pub(super) fn block(&self, block: bool) -> Result<()> {
        let away = self.directory.with_extension("away");
        if block {
            std::fs::create_dir_all(&away)?;
        }
        let from = if block { &self.directory } else { &away };
        for entry in std::fs::read_dir(from)? {
            let name = entry?.file_name();
            let (here, there) = (self.directory.join(&name), away.join(&name));
            if block {
                std::fs::rename(&here, &there)?;
                std::fs::write(&here, "not a folder")?;
            } else {
                std::fs::remove_file(&here)?;
                std::fs::rename(&there, &here)?;
            }
        }
        Ok(())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(mut keeper) = self.keeper.take() {
            drop(keeper.stdin.take());
            // It may be gone already.
            let _status = keeper.wait();
        }
    }
}

/// A call that runs the program behind it where the keeper is.
fn enter(keeper: &Child) -> Vec<String> {
    let pid = keeper.id().to_string();
    ["nsenter", "--target", &pid, "--user", "--mount", "--preserve-credentials"].map(str::to_owned).to_vec()
}
