//! The journal as a runtime sees it: nothing here blocks a worker of the runtime.
//!
//! One thread does all the work on the disk. Appends that arrive while it writes are its next write, so the busier the
//! journal the larger the groups. What is small and short (a list under a lock) is shared with it; what may be large is
//! bounded in bytes: records that wait to be written by a semaphore, records that wait to be taken by `read_ahead_bytes`.

mod lanes;
mod shared;
mod thread;

use std::sync::Arc;

use tokio::sync::{Notify, Semaphore, oneshot};

use crate::disk::{Disk, SystemDisk};
use crate::error::{Error, Operation};
use crate::record::{Record, Stored};
use crate::settings::Settings;
use crate::store::Status;
use shared::{Append, Shared, Taken};

/// A journal in one directory.
///
/// Dropping it lets the thread finish what was handed in and let go of the directory soon after; [`Journal::close`]
/// waits for that. Who replaces a journal opens the new one after the old one is closed, and tries again on
/// [`Error::Locked`].
#[derive(Debug)]
pub struct Journal {
    shared: Arc<Shared>,
    /// Bytes of records that may wait to be written.
    room: Arc<Semaphore>,
    buffer: u32,
}

impl Journal {
    /// Opens the journal of a directory, which is made if its parent exists.
    ///
    /// # Errors
    /// [`Error::Locked`] while another instance has it; [`Error::Disk`] if it cannot be made or listed. Damaged files are
    /// no error: see [`Status::damage`].
    pub async fn open(directory: impl Into<std::path::PathBuf>, settings: Settings) -> Result<Self, Error> {
        Self::open_on(SystemDisk::new(directory), settings).await
    }

    /// Opens the journal of another kind of disk.
    ///
    /// # Errors
    /// As [`Journal::open`].
    pub async fn open_on<D: Disk>(disk: D, settings: Settings) -> Result<Self, Error> {
        let buffer = u32::try_from(settings.write_buffer_bytes).unwrap_or(u32::MAX);
        let buffer = buffer.clamp(1, u32::try_from(Semaphore::MAX_PERMITS).unwrap_or(u32::MAX));
        let shared = Arc::new(Shared::new(&settings));
        let (opened, result) = oneshot::channel();
        let of_thread = Arc::clone(&shared);
        std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || thread::run(disk, settings, &of_thread, opened))
            .map_err(Error::disk(Operation::Open, "."))?;
        // From here on a dropped future drops the journal, which ends the thread.
        let journal = Self { shared, room: Arc::new(Semaphore::new(buffer as usize)), buffer };
        result.await.unwrap_or(Err(Error::Closed))?;
        Ok(journal)
    }

    /// Adds a record. `Ok` is its sequence, and means that it is as durable as the settings say.
    ///
    /// When the future is dropped the record may have been added all the same.
    ///
    /// # Errors
    /// See [`Error`]; [`Error::may_pass`] tells whether the same call may succeed later.
    pub async fn append(&self, record: Record) -> Result<u64, Error> {
        let size = u32::try_from(record.len()).unwrap_or(u32::MAX).clamp(1, self.buffer);
        let room = Arc::clone(&self.room).acquire_many_owned(size).await.map_err(|_| Error::Closed)?;
        let (answer, result) = oneshot::channel();
        self.shared.push(Append { record, answer, room })?;
        result.await.unwrap_or(Err(Error::Closed))
    }

    /// Adds a record, and waits as long as the journal is full.
    ///
    /// # Errors
    /// As [`Journal::append`], without [`Error::Full`].
    pub async fn append_when_room(&self, record: Record) -> Result<u64, Error> {
        loop {
            let freed = self.shared.freed.notified();
            tokio::pin!(freed);
            // Registered before the attempt: room that comes after it wakes this one.
            freed.as_mut().enable();
            match self.append(record.clone()).await {
                Err(Error::Full { .. }) => freed.await,
                result => return result,
            }
        }
    }

    /// The next record, each once in the life of a journal: oldest first, but for those that come ahead
    /// ([`Settings::live_share`]). Waits while there is none; `None` once the journal is closed.
    ///
    /// May be called from several tasks; no record is lost when the future is dropped.
    ///
    /// # Errors
    /// The disk cannot be read. The next call tries again; wait a little before it.
    pub async fn next(&self) -> Result<Option<Stored>, Error> {
        taken(&self.shared.changed, || self.shared.take()).await
    }

    /// As [`Journal::next`], but always the oldest record that nobody has taken: for who gives it up.
    ///
    /// # Errors
    /// As [`Journal::next`].
    pub async fn next_oldest(&self) -> Result<Option<Stored>, Error> {
        taken(&self.shared.oldest, || self.shared.take_oldest()).await
    }

    /// Says that a record is not needed any more. It survives the end of the process about 20 ms later.
    pub fn acknowledge(&self, sequence: u64) {
        self.shared.acknowledge(sequence);
    }

    /// What is in the journal, as of the last work of its thread. A record whose append was answered is counted.
    pub fn status(&self) -> Status {
        self.shared.status()
    }

    /// What the disk refused last, until it works again. Failed appends and reads are told to who asked for them; this tells
    /// of acknowledgements and of space that cannot be given back.
    pub fn trouble(&self) -> Option<Error> {
        self.shared.trouble()
    }

    /// Finishes what was handed in, and returns when another journal can open the directory. From then on every call
    /// is answered with [`Error::Closed`] or the end, and acknowledgements are ignored.
    ///
    /// It takes as long as the disk does: who has a deadline sets one.
    pub async fn close(&self) {
        self.shared.close();
        loop {
            let changed = self.shared.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            if self.shared.has_ended() {
                return;
            }
            changed.await;
        }
    }
}

/// Takes as soon as there is something.
async fn taken(changed: &Notify, take: impl Fn() -> Result<Taken, Error>) -> Result<Option<Stored>, Error> {
    loop {
        let changed = changed.notified();
        tokio::pin!(changed);
        // Registered before looking: what comes in between wakes this one.
        changed.as_mut().enable();
        match take()? {
            Taken::Record(stored) => return Ok(Some(stored)),
            Taken::End => return Ok(None),
            Taken::Nothing => changed.await,
        }
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.shared.close();
    }
}
