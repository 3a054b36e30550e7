//! Places on disk by the id of the extension that provides them.
//!
//! An extension registers its place when it starts and takes it back when it is dropped. Whoever keeps something on disk
//! looks the place up by the id that its settings name, and knows nothing of the extension.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use agent_config::ComponentId;

/// A place on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Storage {
    /// It exists; each user makes a directory of its own in it.
    pub directory: PathBuf,
    /// Whether what is written must survive the end of the machine too, not only that of the process.
    pub fsync: bool,
    /// What one user may take, in bytes.
    pub max_bytes: u64,
}

/// The places that extensions provide. Clones are the same table.
#[derive(Clone, Debug, Default)]
pub struct Storages {
    known: Arc<Mutex<Vec<Known>>>,
}

#[derive(Debug)]
struct Known {
    id: ComponentId,
    storage: Arc<Storage>,
}

/// Keeps a place in the table until it is dropped.
#[derive(Debug)]
pub struct Registered {
    storages: Storages,
    storage: Arc<Storage>,
}

impl Storages {
    /// Provides a place. While an extension is exchanged there are two of one id, and the later one is found; if that one
    /// goes first, the earlier one is found again.
    #[must_use]
    pub fn register(&self, id: ComponentId, storage: Storage) -> Registered {
        let storage = Arc::new(storage);
        self.known().push(Known { id, storage: Arc::clone(&storage) });
        Registered { storages: self.clone(), storage }
    }

    /// The place that an extension provides now.
    pub fn of(&self, id: &ComponentId) -> Option<Storage> {
        self.known().iter().rev().find(|known| known.id == *id).map(|known| Storage::clone(&known.storage))
    }

    fn known(&self) -> MutexGuard<'_, Vec<Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        self.storages.known().retain(|known| !Arc::ptr_eq(&known.storage, &self.storage));
    }
}
