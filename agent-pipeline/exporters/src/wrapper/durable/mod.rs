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
mod life;
mod name;
mod orphans;
mod overflow;
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
use agent_component::{BuildContext, Host, StartError, Storage};
use agent_config::ComponentId;
use agent_journal::Journal;
use agent_otlp::Signal;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::settings::count;
use super::{QueueSettings, Sizer};
use directory::{Directories, User};
use overflow::Overflow;

pub(crate) use name::fingerprint;
pub(super) use orphans::Found;
#[cfg(test)]
pub(super) use orphans::Orphans;
pub(super) use record::Share;
pub(super) use space::Room;

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
    /// Where the oldest gives way.
    overflow: Option<Overflow>,
    /// The part of what is sent that new data may have while older data waits.
    live_share: f64,
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
    /// Nobody followed, and now somebody does.
    given_way: CancellationToken,
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
            overflow: settings.drop_oldest_on_overflow.then(|| Overflow::new(context, signal)),
            live_share: settings.live_share(signal),
            due: 1,
            destination: None,
            place: OnceLock::new(),
            journal: watch::Sender::new(None),
            closed: CancellationToken::new(),
            stays: AtomicBool::new(false),
            moves: AtomicBool::new(false),
            retired: OnceLock::new(),
            given_way: CancellationToken::new(),
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
    pub(super) fn retire(&self, until: &CancellationToken) {
        // One is enough. It ends earlier when somebody follows after all.
        let until = self.retired.get_or_init(|| until.child_token());
        if let Some((_, user)) = self.place.get() {
            user.cancels_when_followed(until.clone());
            user.cancels_when_followed(self.given_way.clone());
        }
    }

    /// Waits for work, or gives `None` when it has given way.
    pub(super) async fn unless_given_way<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        self.given_way.run_until_cancelled(work).await
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
