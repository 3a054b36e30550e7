//! The queue of one signal on disk: a journal in a directory of the storage that the settings name.
//!
//! A call returns when the journal has the batch. A record is given out once in the life of a journal; it is acknowledged
//! when all parts of it are delivered or dropped for good, and stays for the next opening otherwise. Nothing on the disk
//! can end the exporter: what may not be written is refused until it can be, and opening is tried until it succeeds.
//!
//! In an exchange the old queue closes its journal when what is on the wire has finished, and the new one opens it then. Data
//! that comes in between waits. Receipts and sizes stay with the [`Directory`], so nothing notices.

mod directory;
mod flow;
mod name;
mod orphans;
mod owner;
mod record;
mod space;
mod tell;
#[cfg(test)]
mod tests;

use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use agent_component::factory::Batching;
use agent_component::{BuildContext, ConsumeError, Host, StartError, Storage};
use agent_config::ComponentId;
use agent_journal::{Durability, Error, Journal, Settings};
use agent_otlp::Signal;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::answer::ended;
use super::settings::count;
use super::{QueueSettings, Sizer};
use directory::{Directories, Directory, User};
use space::Unread;

pub(crate) use name::fingerprint;
pub(super) use orphans::Found;
#[cfg(test)]
pub(super) use orphans::Orphans;
pub(super) use record::Share;
pub(super) use space::Room;

/// How long a call waits for a directory that is not open yet.
const OPENING: Duration = Duration::from_secs(10);
/// Between tries to open a directory that another queue has, and after other trouble.
const LOCKED_PAUSE: Duration = Duration::from_millis(20);
const TROUBLE_PAUSE: Duration = Duration::from_secs(1);

/// The queue of one signal on disk.
pub(super) struct Disk {
    id: ComponentId,
    signal: Signal,
    storage: ComponentId,
    host: Arc<Host>,
    sizer: Sizer,
    capacity: usize,
    block_on_overflow: bool,
    /// Items that leave together; 1 where every batch leaves by itself.
    due: usize,
    /// What decides where its data goes, as a number.
    destination: Option<u64>,
    /// Known from the start on.
    place: OnceLock<(Storage, User)>,
    /// Open while the workers run.
    journal: watch::Sender<Option<Arc<Journal>>>,
    /// Takes nothing in any more, and gives nothing out unless it moves.
    closed: CancellationToken,
    /// What is here is left to a successor that uses the same directory.
    stays: AtomicBool,
    /// What is here goes to a successor that keeps it elsewhere.
    moves: AtomicBool,
    /// Nobody follows: what is here is sent until then.
    retired: OnceLock<CancellationToken>,
    /// Damaged records that do not count as unread any more.
    missed: AtomicU64,
    told: Mutex<Option<Instant>>,
}

impl Disk {
    pub(super) fn new(
        context: &BuildContext,
        signal: Signal,
        settings: &QueueSettings,
        storage: &ComponentId,
    ) -> Self {
        Self {
            id: context.id.clone(),
            signal,
            storage: storage.clone(),
            host: Arc::clone(&context.host),
            sizer: settings.sizer,
            capacity: count(settings.queue_size),
            block_on_overflow: settings.block_on_overflow,
            due: 1,
            destination: None,
            place: OnceLock::new(),
            journal: watch::Sender::new(None),
            closed: CancellationToken::new(),
            stays: AtomicBool::new(false),
            moves: AtomicBool::new(false),
            retired: OnceLock::new(),
            missed: AtomicU64::new(0),
            told: Mutex::new(None),
        }
    }

    /// What it takes is gathered behind it.
    pub(super) fn fold(&mut self, batching: &Batching) {
        self.due = batching.due;
    }

    /// Its data goes there.
    pub(super) fn is_meant_for(&mut self, destination: Option<u64>) {
        self.destination = destination;
    }

    /// Finds its directory, and makes it. It is opened later: somebody else may still have it.
    pub(super) fn start(&self) -> Result<(), StartError> {
        let failed = |text: String| StartError::new("sending_queue::storage", text);
        let storage = self.host.storages.of(&self.storage);
        let storage = storage.ok_or_else(|| failed("no storage client extension found".to_owned()))?;
        let path = storage.directory.join(name::of(&self.id, self.signal));
        make(&path).map_err(|error| failed(format!("cannot make {}: {error}", path.display())))?;
        let user = self.host.shared.of::<Directories>().at(&path).join();
        // A component is started once.
        let _ = self.place.set((storage, user));
        Ok(())
    }

    /// Opens the journal, however long that takes; `false` when the queue was closed first.
    pub(super) async fn open(&self) -> bool {
        let Some((storage, user)) = self.place.get() else { return false };
        let durability = if storage.fsync { Durability::Node } else { Durability::Process };
        let (name, began) = (format!("{} {}", self.id, self.signal), Instant::now());
        let settings = Settings { name, ..Settings::new(storage.max_bytes, durability) };
        let opened = self.closed.run_until_cancelled(async {
            loop {
                let error = match open(&user.directory, settings.clone()).await {
                    Ok(journal) => break journal,
                    Err(error) => error,
                };
                let pause = if matches!(error, Error::Locked) { LOCKED_PAUSE } else { TROUBLE_PAUSE };
                // One who lets go in time is no trouble.
                if !matches!(error, Error::Locked) || began.elapsed() > OPENING {
                    self.tell_trouble(&error);
                }
                tokio::time::sleep(pause).await;
            }
        });
        let Some(journal) = opened.await else { return false };
        let status = journal.status();
        self.missed.store(status.damage.records, Ordering::Release);
        if !user.directory.was_opened.swap(true, Ordering::AcqRel) {
            let (records, bytes) = (clamp(status.records), clamp(status.bytes));
            let unread = Unread { records, bytes, whole: self.due == 1 };
            user.directory.space.set_unread(if records == 0 { Unread::default() } else { unread });
        }
        // Without the note nobody else takes over what is here, which is no reason to refuse data.
        if let Err(error) = self.owner().write(&user.directory.path) {
            tracing::debug!(component = %self.id, %error, "The queue on disk has no note of its owner.");
        }
        self.is_no_orphan(&user.directory.path);
        self.journal.send_replace(Some(Arc::new(journal)));
        true
    }

    /// Lets go of the directory, after the workers have ended.
    pub(super) async fn let_go(&self) {
        let Some(journal) = self.journal.send_replace(None) else { return };
        journal.close().await;
        let records = journal.status().records;
        if let Some((_, user)) = self.place.get().filter(|(_, user)| records > 0 && !user.is_followed()) {
            tracing::info!(
                component = %self.id,
                signal = self.signal.as_str(),
                records,
                directory = %user.directory.path.display(),
                "What has not been delivered stays on disk."
            );
        }
    }

    pub(super) fn capacity(&self) -> usize {
        self.capacity
    }

    /// How much is in the directory, for the last queue that uses it.
    pub(super) fn held(&self) -> usize {
        let place = self.place.get().filter(|(_, user)| !user.is_followed());
        place.map_or(0, |(_, user)| user.directory.space.held(self.sizer))
    }

    pub(super) fn sizer(&self) -> Sizer {
        self.sizer
    }

    /// There will be a successor. If it uses the same directory, that is all there is to hand over.
    pub(super) fn decide(&self) {
        let is_followed = self.place.get().is_some_and(|(_, user)| user.is_followed());
        let decided = if is_followed { &self.stays } else { &self.moves };
        decided.store(true, Ordering::Release);
    }

    /// Nobody follows. Once it is closed, what is here is sent until `until`.
    pub(super) fn retire(&self, until: CancellationToken) {
        // One is enough.
        let _ = self.retired.set(until);
    }

    /// What is here is sent until then, if nobody follows.
    pub(super) fn retired(&self) -> Option<&CancellationToken> {
        self.retired.get().filter(|until| !until.is_cancelled())
    }

    /// Takes nothing in any more. What is here stays, unless it moves or nobody follows.
    pub(super) fn close(&self) {
        self.closed.cancel();
    }

    /// Whether what is not on the wire stays on disk.
    pub(super) fn is_left(&self) -> bool {
        self.stays.load(Ordering::Acquire) || (self.closed.is_cancelled() && !self.gives_out())
    }

    /// Whether what is here is given out although nothing is taken in any more.
    fn gives_out(&self) -> bool {
        self.moves() || self.retired().is_some()
    }

    fn moves(&self) -> bool {
        self.moves.load(Ordering::Acquire)
    }

    /// Waits for work, or gives `None` when the queue is closed first.
    pub(super) async fn unless_closed<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        self.closed.run_until_cancelled(work).await
    }

    /// Waits for work on a directory that was found, but no longer than nobody else needs it.
    pub(super) async fn unless_wanted<T>(&self, found: &Found, work: impl Future<Output = T>) -> Option<T> {
        let wanted = async {
            while !found.user.is_followed() {
                tokio::time::sleep(LOCKED_PAUSE).await;
            }
        };
        tokio::select! {
            result = work => Some(result),
            () = wanted => None,
            () = self.closed.cancelled() => None,
        }
    }

    /// The journal, once it is open; `None` when the queue is closed or ended first.
    async fn opened(&self) -> Option<Arc<Journal>> {
        if let Some(journal) = self.journal.borrow().as_ref().filter(|_| !self.closed.is_cancelled()) {
            return Some(Arc::clone(journal));
        }
        let mut journal = self.journal.subscribe();
        let opened = self.closed.run_until_cancelled(journal.wait_for(Option::is_some)).await;
        match opened {
            Some(opened) => opened.ok()?.clone(),
            // A queue that moves elsewhere still gives out what it has.
            None => self.journal.borrow().clone(),
        }
    }

    async fn opened_in_time(&self) -> Result<Arc<Journal>, ConsumeError> {
        let opened = tokio::time::timeout(OPENING, self.opened()).await;
        opened.map_err(|_| ConsumeError::retryable("the queue on disk is not open"))?.ok_or_else(ended)
    }
}

async fn open(directory: &Directory, settings: Settings) -> Result<Journal, Error> {
    #[cfg(test)]
    if let Some(disk) = directory.simulated() {
        return Journal::open_on(disk, settings).await;
    }
    Journal::open(&directory.path, settings).await
}

/// Puts a simulated disk in the place of a directory, as long as what this gives is kept.
#[cfg(test)]
pub(super) fn simulate(
    context: &BuildContext,
    path: &Path,
    disk: agent_journal::disk::simulated::SimulatedDisk,
) -> Arc<impl Sized + use<>> {
    let directory = context.host.shared.of::<Directories>().at(path);
    *directory.simulated.lock().unwrap() = Some(disk);
    directory
}

fn make(path: &Path) -> std::io::Result<()> {
    // Nobody else needs to look in; its files are for the agent alone too.
    match std::fs::DirBuilder::new().mode(0o700).create(path) {
        // What else may be there is told by the opening.
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        result => result,
    }
}

fn clamp(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
