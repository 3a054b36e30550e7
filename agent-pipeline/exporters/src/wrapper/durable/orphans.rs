//! Directories of queues that no exporter uses: found, taken over by an exporter that sends to the same place, or named.
//!
//! Data goes nowhere but where it was meant to go when it was accepted. An exporter of the same id has its directory anyway,
//! whatever its settings; another one takes over what was meant for the very same destination ([`Owner`]). Everything else
//! stays on disk, and shows in the log and the metrics until an exporter comes that it belongs to.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use agent_journal::{Durability, Journal, Settings};
use agent_telemetry::Metrics;
use agent_telemetry::metrics::Registration;

use super::Disk;
use super::directory::{Directories, User};
use super::owner::Owner;

/// The most that are named at once; a directory of storage may hold anything.
const MOST: usize = 100;

/// Directories that are named. Lives in `Host::shared`.
#[derive(Default)]
pub(crate) struct Orphans {
    named: Mutex<HashMap<PathBuf, Registration>>,
}

#[cfg(test)]
impl Orphans {
    pub(crate) fn count(&self) -> usize {
        self.named.lock().unwrap().len()
    }
}

/// A directory that nobody else uses now.
pub(crate) struct Found {
    pub(super) user: User,
    pub(super) owner: Option<Owner>,
}

impl Disk {
    /// Directories of queues in this storage that nobody in this process uses. They are this one's until they are dropped,
    /// or until the exporter comes that they belong to.
    pub(super) fn unused(&self) -> Vec<Found> {
        let Some((storage, _)) = self.place.get() else { return Vec::new() };
        let Ok(entries) = std::fs::read_dir(&storage.directory) else { return Vec::new() };
        let directories = self.host.shared.of::<Directories>();
        let paths = entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| is_queue(path));
        let mut unused: Vec<Found> = paths
            .filter_map(|path| {
                let user = directories.at(&path).join_unused()?;
                Some(Found { user, owner: Owner::of(&path) })
            })
            .take(MOST)
            .collect();
        unused.sort_by(|one, other| one.user.directory.path.cmp(&other.user.directory.path));
        unused
    }

    /// Those among them whose data was meant for where this one sends to.
    pub(crate) fn inheritance(&self) -> Vec<Found> {
        let mut unused = self.unused();
        unused.retain(|found| found.owner.as_ref().is_some_and(|owner| self.owner().is_heir_of(owner)));
        unused
    }

    /// Names those that nobody takes over, each once, and forgets those that somebody uses again.
    pub(crate) async fn name_orphans(&self) {
        let (orphans, metrics) = (self.host.shared.of::<Orphans>(), self.host.shared.of::<Metrics>());
        let unused = self.unused();
        let known: Vec<PathBuf> = {
            let mut named = orphans.named.lock().unwrap_or_else(PoisonError::into_inner);
            named.retain(|path, _| unused.iter().any(|found| found.user.directory.path == *path));
            named.keys().cloned().collect()
        };
        for Found { user, owner } in unused.iter().filter(|found| !known.contains(&found.user.directory.path))
        {
            let path = &user.directory.path;
            let Some((records, bytes)) = contents(path).await.filter(|(records, _)| *records > 0) else {
                continue;
            };
            let owner = owner.as_ref();
            tracing::warn!(
                component = %self.storage,
                directory = %path.display(),
                exporter = owner.map(|owner| owner.exporter.as_str()),
                signal = owner.map(|owner| owner.signal.as_str()),
                records,
                bytes,
                "Nobody sends what an earlier exporter left here. It stays until an exporter of that id and signal, or one that \
                 sends to the same place, is there."
            );
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let shown = metrics.orphan(&name, records, bytes);
            let mut named = orphans.named.lock().unwrap_or_else(PoisonError::into_inner);
            named.insert(path.clone(), shown);
        }
    }

    /// A directory is used again.
    pub(super) fn is_no_orphan(&self, path: &Path) {
        let orphans = self.host.shared.of::<Orphans>();
        let shown = orphans.named.lock().unwrap_or_else(PoisonError::into_inner).remove(path);
        drop(shown);
    }

    pub(super) fn owner(&self) -> Owner {
        Owner::new(&self.id, self.signal, self.destination)
    }

    /// Opens the journal of a directory that was found; `None` if that is not possible now.
    pub(crate) async fn open_found(&self, found: &Found) -> Option<Arc<Journal>> {
        let (storage, _) = self.place.get()?;
        Journal::open(&found.user.directory.path, self.settings(storage)).await.ok().map(Arc::new)
    }
}

/// Records and bytes in a directory; `None` if it cannot be opened, as when another process has it.
async fn contents(path: &Path) -> Option<(u64, u64)> {
    let settings = Settings { read_ahead_bytes: 0, ..Settings::new(u64::MAX, Durability::Process) };
    let journal = Journal::open(path, settings).await.ok()?;
    let status = journal.status();
    journal.close().await;
    Some((status.records, status.bytes))
}

fn is_queue(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| name.starts_with("exporter_")) && path.is_dir()
}
