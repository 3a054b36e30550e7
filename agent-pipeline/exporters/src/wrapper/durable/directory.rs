//! What the process knows of a directory beside what is in it, over an exchange of the exporter that has it: how much is
//! held, and who waits for the delivery of which record.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use agent_component::Receipt;
use tokio_util::sync::CancellationToken;

use super::space::{Room, Space};

/// The directories in use. Lives in `Host::shared`.
#[derive(Debug, Default)]
pub(crate) struct Directories {
    known: Mutex<HashMap<PathBuf, Weak<Directory>>>,
}

/// One directory.
#[derive(Debug)]
pub(crate) struct Directory {
    pub(super) path: PathBuf,
    /// Tells records of this process from those of an earlier one.
    run: u64,
    tickets: AtomicU64,
    /// What goes along with a record and is not on disk.
    beside: Mutex<HashMap<Ticket, Beside>>,
    pub(super) space: Arc<Space>,
    /// The queues that use it or are going to, in the order in which they came, and what ends when another one comes.
    users: Mutex<BTreeMap<u64, Vec<CancellationToken>>>,
    /// Somebody of this process has opened it.
    pub(super) was_opened: AtomicBool,
    #[cfg(test)]
    pub(super) simulated: Mutex<Option<agent_journal::disk::simulated::SimulatedDisk>>,
}

/// The process that wrote a record, and its number there.
pub(super) type Ticket = (u64, u64);

/// What goes along with a record and is not on disk.
#[derive(Debug)]
pub(super) struct Beside {
    pub(super) receipt: Option<Receipt>,
    pub(super) _room: Room,
}

/// A queue that uses a directory, or is going to.
#[derive(Debug)]
pub(super) struct User {
    pub(super) directory: Arc<Directory>,
    number: u64,
}

impl User {
    /// Whether another queue of this process waits for the directory.
    pub(super) fn is_followed(&self) -> bool {
        self.directory.users().last_key_value().is_some_and(|(last, _)| *last > self.number)
    }

    /// Cancels a token when another queue waits for the directory, now or later.
    pub(super) fn cancels_when_followed(&self, token: CancellationToken) {
        let mut users = self.directory.users();
        if let Some(mut own) = users.last_entry().filter(|last| *last.key() == self.number) {
            return own.get_mut().push(token);
        }
        token.cancel();
    }
}

impl Drop for User {
    fn drop(&mut self) {
        self.directory.users().remove(&self.number);
    }
}

impl Directories {
    pub(crate) fn at(&self, path: &Path) -> Arc<Directory> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, directory| directory.strong_count() > 0);
        if let Some(directory) = known.get(path).and_then(Weak::upgrade) {
            return directory;
        }
        let directory = Arc::new(Directory::new(path));
        known.insert(path.to_owned(), Arc::downgrade(&directory));
        directory
    }
}

impl Directory {
    fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            run: fastrand::u64(..),
            tickets: AtomicU64::new(0),
            beside: Mutex::default(),
            space: Arc::default(),
            users: Mutex::default(),
            was_opened: AtomicBool::new(false),
            #[cfg(test)]
            simulated: Mutex::default(),
        }
    }

    /// Another queue uses it from now on, or is going to.
    pub(super) fn join(self: &Arc<Self>) -> User {
        let mut users = self.users();
        users.values_mut().flat_map(std::mem::take).for_each(|token| token.cancel());
        let number = users.last_key_value().map_or(0, |(last, _)| last + 1);
        users.insert(number, Vec::new());
        User { directory: Arc::clone(self), number }
    }

    /// As [`Directory::join`], unless another queue uses it.
    pub(super) fn join_unused(self: &Arc<Self>) -> Option<User> {
        let mut users = self.users();
        users.is_empty().then(|| {
            users.insert(0, Vec::new());
            User { directory: Arc::clone(self), number: 0 }
        })
    }

    fn users(&self) -> MutexGuard<'_, BTreeMap<u64, Vec<CancellationToken>>> {
        self.users.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A number for a record that is about to be written.
    pub(super) fn ticket(&self) -> Ticket {
        (self.run, self.tickets.fetch_add(1, Ordering::Relaxed))
    }

    /// Whether this process wrote the record.
    pub(super) fn is_own(&self, ticket: Ticket) -> bool {
        ticket.0 == self.run
    }

    pub(super) fn put(&self, ticket: Ticket, beside: Beside) {
        self.beside().insert(ticket, beside);
    }

    pub(super) fn take(&self, ticket: Ticket) -> Option<Beside> {
        self.beside().remove(&ticket)
    }

    #[cfg(test)]
    pub(super) fn simulated(&self) -> Option<agent_journal::disk::simulated::SimulatedDisk> {
        self.simulated.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn beside(&self) -> MutexGuard<'_, HashMap<Ticket, Beside>> {
        self.beside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
