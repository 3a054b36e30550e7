//! Sees at once that the file of a document may have changed.
//!
//! The folder is watched, not the file: an editor renames a new file into place, and the kubelet swaps the symlink `..data`
//! beside it. What else lies in the folder does not matter. A document whose file is a symlink out of the folder is seen
//! at the re-read only, and so is everything where there is no inotify.
//!
//! Nothing is told before the folder has been quiet for a moment, so that a file which is written in place is not read
//! while it is empty.

#[cfg_attr(target_os = "linux", path = "inotify.rs")]
#[cfg_attr(not(target_os = "linux"), path = "unwatched.rs")]
mod watch;

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::FileSource;
use super::burst::Burst;
use watch::{Seen, Watch};

/// Quiet for this long means that the writer is done.
const QUIET: Duration = Duration::from_millis(100);

/// A writer that is never done is read all the same.
const LONGEST: Duration = Duration::from_secs(1);

/// The folder of a document.
#[derive(Debug)]
pub(super) struct Folder {
    dir: PathBuf,
    file: OsString,
    watch: Option<Watch>,
    burst: Option<Burst>,
    /// The last burst did not end by itself, so the next read counts whatever happens meanwhile.
    cut: bool,
    complained: bool,
}

impl Folder {
    /// The folder of `source`'s file, not watched yet.
    pub(super) fn of(source: &FileSource) -> Self {
        let path = source.path();
        Self {
            dir: path.parent().filter(|dir| *dir != Path::new("")).unwrap_or(Path::new(".")).to_owned(),
            file: path.file_name().map(OsString::from).unwrap_or_default(),
            watch: None,
            burst: None,
            cut: false,
            complained: false,
        }
    }

    /// Watches the folder before anything has been read in it.
    pub(super) fn open(&mut self) {
        match Watch::open(&self.dir) {
            Ok(watch) => self.watch = Some(watch),
            Err(error) => self.lose(&error),
        }
    }

    /// Watches the folder that is at the path now. If it was not watched before, it counts as changed.
    pub(super) fn renew(&mut self) {
        let Some(watch) = &mut self.watch else {
            self.open();
            if self.watch.is_some() {
                self.disturb();
            }
            return;
        };
        match watch.renew(&self.dir) {
            Ok(true) => self.disturb(),
            Ok(false) => {}
            Err(error) => self.lose(&error),
        }
    }

    /// Waits until the document may have changed and the writer seems to be done. May be dropped at any time.
    pub(super) async fn settled(&mut self) {
        loop {
            let end = self.burst.map(|burst| burst.end(QUIET, LONGEST));
            tokio::select! {
                biased;
                () = at(end) => {
                    self.cut = self.burst.take().is_some_and(|burst| burst.was_cut(QUIET, LONGEST));
                    return;
                }
                seen = seen(&mut self.watch, &self.file) => self.take(seen),
            }
        }
    }

    /// Whether a file that has just been read may have been caught in the middle of a change. If so, `settled` is next.
    pub(super) fn is_disturbed(&mut self) -> bool {
        if let Some(watch) = &mut self.watch {
            let seen = watch.seen_now(&self.file);
            self.take(seen);
        }
        !std::mem::take(&mut self.cut) && self.burst.is_some()
    }

    fn take(&mut self, seen: io::Result<Seen>) {
        match seen {
            Ok(Seen::Nothing) => {}
            Ok(Seen::Document) => self.disturb(),
            Ok(Seen::Folder) => {
                self.disturb();
                self.renew();
            }
            Err(error) => self.lose(&error),
        }
    }

    fn disturb(&mut self) {
        self.burst = Some(Burst::happened(self.burst));
    }

    fn lose(&mut self, error: &io::Error) {
        self.watch = None;
        // A folder that is not there yet is nothing to talk about: the read says so.
        if error.kind() != io::ErrorKind::NotFound && !std::mem::replace(&mut self.complained, true) {
            let dir = self.dir.display();
            tracing::warn!(%dir, %error, "the configuration file cannot be watched, changes are seen at the next check only");
        }
    }
}

async fn at(end: Option<tokio::time::Instant>) {
    match end {
        Some(end) => tokio::time::sleep_until(end).await,
        None => std::future::pending().await,
    }
}

async fn seen(watch: &mut Option<Watch>, file: &std::ffi::OsStr) -> io::Result<Seen> {
    match watch {
        Some(watch) => watch.seen(file).await,
        None => std::future::pending().await,
    }
}
