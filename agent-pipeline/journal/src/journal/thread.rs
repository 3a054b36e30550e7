//! The thread of a journal: takes what has gathered, does it, and waits for more.

use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::shared::{Append, Shared, Work};
use crate::disk::Disk;
use crate::error::Error;
use crate::record::{Record, Stored};
use crate::settings::{OnDamage, Settings};
use crate::store::{Damage, Store};

/// Acknowledgements are synced this often, where syncs are promised.
const SYNC_INTERVAL: Duration = Duration::from_secs(1);
/// What failed on the disk is tried again after this, if nothing comes before.
const RETRY_INTERVAL: Duration = Duration::from_secs(1);

/// The life of the thread.
pub(super) fn run<D: Disk>(
    disk: D,
    settings: Settings,
    shared: &Shared,
    opened: oneshot::Sender<Result<(), Error>>,
) {
    // Whatever ends the thread, nobody waits for it in vain. Dropped last: by then the directory is free.
    let _end = End(shared);
    let (name, on_damage) = (settings.name.clone(), settings.on_damage.clone());
    let gives_ahead = settings.live_share > 0.0;
    let store = match Store::open(disk, settings) {
        Ok(store) => store,
        Err(error) => return drop(opened.send(Err(error))),
    };
    let mut worker = Worker {
        store,
        shared,
        name,
        gives_ahead,
        synced: Instant::now(),
        trouble: None,
        damage: Damage::default(),
        on_damage,
        read_failed: false,
    };
    worker.publish();
    if opened.send(Ok(())).is_ok() {
        worker.work();
    }
}

struct End<'a>(&'a Shared);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.end();
    }
}

struct Worker<'a, D: Disk> {
    store: Store<D>,
    shared: &'a Shared,
    name: String,
    gives_ahead: bool,
    /// When acknowledgements were synced last.
    synced: Instant,
    trouble: Option<Error>,
    /// As it was told last.
    damage: Damage,
    on_damage: OnDamage,
    read_failed: bool,
}

impl<D: Disk> Worker<'_, D> {
    fn work(&mut self) {
        loop {
            let work = self.shared.wait(self.deadline());
            let closing = work.closing;
            self.do_all(work);
            if closing {
                return;
            }
        }
    }

    /// When there is something to do although nobody asks.
    fn deadline(&self) -> Option<Instant> {
        let sync = self.store.is_unsynced().then(|| self.synced + SYNC_INTERVAL);
        let retry = self.trouble.is_some().then(|| Instant::now() + RETRY_INTERVAL);
        sync.into_iter().chain(retry).min()
    }

    fn do_all(&mut self, work: Work) {
        let frees = !work.acks.is_empty() || self.trouble.is_some();
        work.acks.into_iter().for_each(|sequence| self.store.acknowledge(sequence));
        let result = self.store.persist();
        if frees {
            self.shared.freed.notify_waiters();
        }
        if self.gives_ahead {
            // Only what does not come into memory with what is older comes ahead of it.
            self.read(work.wanted);
        }
        self.append(work.appends);
        // Who asked again is answered once.
        self.read(work.wanted && !self.gives_ahead);
        let synced = if work.closing || self.synced.elapsed() >= SYNC_INTERVAL {
            self.synced = Instant::now();
            self.store.sync()
        } else {
            Ok(())
        };
        self.tell_trouble(result.and(synced));
        self.publish();
    }

    /// Writes all appends as one group. What nobody has to read from disk is given out at once.
    fn append(&mut self, appends: Vec<Append>) {
        if appends.is_empty() {
            return;
        }
        let (records, answers): (Vec<Record>, Vec<_>) =
            appends.into_iter().map(|append| (append.record, (append.answer, append.room))).unzip();
        let ahead = self.make_room_ahead(&records);
        let results = self.store.append_ahead(&records, self.shared.room_in_order(), ahead);
        let given = records.into_iter().zip(&results).filter_map(|(record, result)| {
            let appended = result.as_ref().ok().filter(|appended| appended.given_out)?;
            Some(Stored { sequence: appended.sequence, record, ahead: appended.ahead })
        });
        self.shared.give(given.collect());
        // Before the answers: who has one finds the record, and sees it counted.
        self.publish();
        for ((answer, room), result) in answers.into_iter().zip(results) {
            drop(room);
            // Who does not wait any more has a record more than it knows of.
            let _ = answer.send(result.map(|appended| appended.sequence));
        }
    }

    /// Bytes that may come ahead: of those that nobody takes, the newest stay in memory.
    fn make_room_ahead(&mut self, records: &[Record]) -> usize {
        let (bytes, first) = (records.iter().map(Record::len).sum(), records.first().map_or(0, Record::len));
        let (room, back) = self.shared.make_room_ahead(bytes, first, self.store.unread_from());
        for sequence in back {
            self.store.take_back(sequence);
        }
        room
    }

    /// Reads ahead. After an error only when somebody asks again.
    fn read(&mut self, wanted: bool) {
        if !self.shared.is_low() || (self.read_failed && !wanted) || self.store.is_read_to_end() {
            return;
        }
        let budget = self.shared.room_in_order().max(1);
        let read = self.store.read(budget);
        self.read_failed = read.is_err();
        match read {
            Ok(records) => self.shared.give(records),
            Err(error) => self.shared.give_error(error),
        }
    }

    /// One line when trouble begins and one when it ends, not one for each try.
    fn tell_trouble(&mut self, result: Result<(), Error>) {
        match (&self.trouble, result) {
            (None, Err(error)) => {
                tracing::warn!(
                    component = %self.name,
                    error = %chain(&error),
                    "The journal cannot write down what was acknowledged. It tries again."
                );
                self.trouble = Some(error);
            }
            (Some(_), Ok(())) => {
                tracing::info!(component = %self.name, "The journal can write again.");
                self.trouble = None;
            }
            _ => {}
        }
    }

    fn publish(&mut self) {
        let (status, unread) = (self.store.status(), !self.store.is_read_to_end());
        self.shared.publish(status, self.trouble.clone(), unread, !self.read_failed);
        if self.damage != status.damage {
            let before = std::mem::replace(&mut self.damage, status.damage);
            self.on_damage.tell(status.damage.records - before.records, status.damage.bytes - before.bytes);
            tell_damage(&self.name, status.damage);
        }
    }
}

/// A torn end is what a killed process leaves; anything else is not as it should be.
fn tell_damage(name: &str, damage: Damage) {
    let Damage { records, bytes, torn_bytes, set_aside, unreadable } = damage;
    if records + set_aside + unreadable == 0 {
        tracing::info!(component = name, torn_bytes, "The journal was cut behind the last whole record.");
    } else {
        tracing::warn!(
            component = name,
            records,
            bytes,
            torn_bytes,
            set_aside,
            unreadable,
            "Files of the journal are damaged. What is whole is delivered."
        );
    }
}

/// An error with its cause.
fn chain(error: &Error) -> String {
    use std::error::Error as _;
    match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}
