//! The files that exporters of this process have open, each open once, however many exporters write to it.
//!
//! While a configuration changes, an exporter and its successor write to the same file for a while. They share it: its
//! buffer, its place in the rotation, its lock. So no line mixes with another and nothing is emptied that somebody
//! writes. A file is known by what it is and not by how its path is spelled: a link to it is the same file.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, SystemTime};

use agent_config::ComponentId;

use super::target::Target;

/// The times of files are those of the kernel's last tick, which lies before the clock's time.
const TICK: Duration = Duration::from_millis(10);

/// An open file; closed when the last exporter lets go.
pub(super) type Shared = Arc<Mutex<Target>>;

/// A lock on an open file. What a panic left is whole: a message is in the buffer or not.
pub(super) fn locked(target: &Shared) -> MutexGuard<'_, Target> {
    target.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a file is, whatever its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    device: u64,
    inode: u64,
}

impl Identity {
    pub(super) fn of(file: &Metadata) -> Self {
        Self { device: file.dev(), inode: file.ino() }
    }

    /// What is at a path now; `None` where there is nothing to be seen.
    pub(super) fn at(path: &str) -> Option<Self> {
        fs::metadata(path).ok().as_ref().map(Self::of)
    }
}

/// All of them; lives in `Host::shared`.
#[derive(Debug, Default)]
pub(super) struct OpenFiles {
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    targets: Vec<Weak<Mutex<Target>>>,
    /// Since when an id has had an exporter, without a break.
    begun: Vec<(ComponentId, Weak<SystemTime>)>,
}

impl OpenFiles {
    /// The file at `path`: the one that is open already, else opened, to be emptied with the first message unless `keep`.
    pub(super) fn open(&self, path: &str, keep: bool) -> io::Result<Shared> {
        // Held while opening, so that two cannot open the same file at once.
        let mut known = self.known();
        known.targets.retain(|target| target.strong_count() > 0);
        let seen = Identity::at(path);
        let mut open = known.targets.iter().filter_map(Weak::upgrade);
        if let Some(target) = open.find(|target| locked(target).is_at(path, seen)) {
            if keep {
                locked(&target).keep();
            }
            return Ok(target);
        }
        let target = Arc::new(Mutex::new(Target::open(path, keep)?));
        known.targets.push(Arc::downgrade(&target));
        Ok(target)
    }

    /// Since when this exporter and those that it replaced have been there: what was written from then on is theirs.
    pub(super) fn begun(&self, id: &ComponentId) -> Arc<SystemTime> {
        let mut known = self.known();
        known.begun.retain(|(_, begun)| begun.strong_count() > 0);
        let found = known.begun.iter().find(|(other, _)| other == id);
        if let Some(begun) = found.and_then(|(_, begun)| begun.upgrade()) {
            return begun;
        }
        let now = SystemTime::now();
        let begun = Arc::new(now.checked_sub(TICK).unwrap_or(now));
        known.begun.push((id.clone(), Arc::downgrade(&begun)));
        begun
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
