//! The journal with its thread: what waits, what is shared, and who holds the directory.

use std::collections::BTreeSet;
use std::io::{self, IoSlice};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::timeout;

use super::{id_of, record};
use crate::disk::simulated::{Crash, Faults, SimulatedDisk, SimulatedFile, SimulatedLock};
use crate::disk::{Disk, DiskFile};
use crate::{Durability, Error, Journal, Settings, Stored};

const LONG: Duration = Duration::from_secs(20);

fn settings() -> Settings {
    Settings::new(10 << 20, Durability::Process)
}

async fn next(journal: &Journal) -> Stored {
    timeout(LONG, journal.next()).await.expect("a record in time").unwrap().expect("not the end")
}

async fn next_id(journal: &Journal) -> u64 {
    id_of(&next(journal).await.record)
}

/// Looks again and again, for as long as a slow machine may take.
async fn eventually(mut holds: impl FnMut() -> bool) {
    timeout(LONG, async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await
    .expect("it comes to hold");
}

#[tokio::test]
async fn records_come_back_until_they_are_acknowledged() {
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("queue");
    let journal = Journal::open(&directory, settings()).await.unwrap();
    for id in 0..10 {
        assert_eq!(journal.append(record(id, 5000)).await.unwrap(), id + 1);
        assert_eq!(journal.status().records, id + 1, "who has the answer sees it counted");
    }
    for id in 0..10 {
        let stored = next(&journal).await;
        assert_eq!(id_of(&stored.record), id);
        if id != 3 {
            journal.acknowledge(stored.sequence);
        }
    }
    journal.close().await;
    let journal = Journal::open(&directory, settings()).await.unwrap();
    assert_eq!(next_id(&journal).await, 3);
    assert_eq!(journal.append(record(10, 10)).await.unwrap(), 11);
    assert_eq!(next_id(&journal).await, 10);
    eventually(|| journal.status().outstanding == 2).await;
}

#[tokio::test]
async fn a_directory_is_held_until_the_journal_is_closed() {
    let parent = tempfile::tempdir().unwrap();
    let first = Journal::open(parent.path(), settings()).await.unwrap();
    let refused = Journal::open(parent.path(), settings()).await.unwrap_err();
    assert!(matches!(refused, Error::Locked), "{refused}");
    first.append(record(0, 10)).await.unwrap();
    first.close().await;
    let second = Journal::open(parent.path(), settings()).await.unwrap();
    assert!(matches!(first.append(record(1, 10)).await, Err(Error::Closed)));
    assert!(first.next().await.unwrap().is_none());
    assert_eq!(next_id(&second).await, 0);
    drop(second);
    let opened = async {
        loop {
            match Journal::open(parent.path(), settings()).await {
                Err(Error::Locked) => tokio::task::yield_now().await,
                result => return result,
            }
        }
    };
    assert_eq!(next_id(&timeout(LONG, opened).await.unwrap().unwrap()).await, 0);
}

#[tokio::test]
async fn a_directory_that_cannot_be_made_is_an_error() {
    let parent = tempfile::tempdir().unwrap();
    let error = Journal::open(parent.path().join("no/such"), settings()).await.unwrap_err();
    assert!(matches!(error, Error::Disk { .. }) && !error.may_pass(), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_append_and_many_take_and_each_record_comes_once() {
    for live_share in [0.0, 0.5] {
        append_and_take(live_share).await;
    }
}

async fn append_and_take(live_share: f64) {
    const TASKS: u64 = 8;
    const EACH: u64 = 200;
    let parent = tempfile::tempdir().unwrap();
    // Little is read ahead, so that some comes from memory and some from disk.
    let settings = Settings { read_ahead_bytes: 4000, live_share, write_buffer_bytes: 20_000, ..settings() };
    let journal = Arc::new(Journal::open(parent.path(), settings).await.unwrap());
    let taken = Arc::new(Mutex::new(BTreeSet::new()));
    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        let (appender, consumer, taken) = (Arc::clone(&journal), Arc::clone(&journal), Arc::clone(&taken));
        tasks.spawn(async move {
            for id in task * EACH..(task + 1) * EACH {
                let len = usize::try_from(id * 7 % 3000).unwrap();
                appender.append(record(id, len)).await.unwrap();
            }
        });
        tasks.spawn(async move {
            while let Some(stored) = consumer.next().await.unwrap() {
                consumer.acknowledge(stored.sequence);
                let count = {
                    let mut taken = taken.lock().unwrap();
                    assert!(taken.insert(id_of(&stored.record)));
                    taken.len() as u64
                };
                if count == TASKS * EACH {
                    consumer.close().await;
                }
            }
        });
    }
    timeout(LONG, tasks.join_all()).await.unwrap();
    assert_eq!(taken.lock().unwrap().len() as u64, TASKS * EACH);
    drop(journal);
}

#[tokio::test]
async fn an_append_waits_for_room_when_asked_to() {
    let disk = SimulatedDisk::new(0);
    let settings = Settings { max_bytes: 10_000, ..settings() };
    let journal = Arc::new(Journal::open_on(disk, settings).await.unwrap());
    journal.append(record(0, 6000)).await.unwrap();
    let full = journal.append(record(1, 6000)).await.unwrap_err();
    assert!(matches!(full, Error::Full { .. }), "{full}");
    let waiting = Arc::clone(&journal);
    let waiting = async move { waiting.append_when_room(record(2, 6000)).await };
    let mut tasks = JoinSet::new();
    tasks.spawn(waiting);
    journal.acknowledge(next(&journal).await.sequence);
    timeout(LONG, tasks.join_next()).await.unwrap().unwrap().unwrap().unwrap();
    assert_eq!(next_id(&journal).await, 2);
}

/// A disk whose syncs wait until they are let go, one by one.
struct Gate {
    disk: SimulatedDisk,
    syncs: Arc<AtomicUsize>,
    go: Arc<Mutex<mpsc::Receiver<()>>>,
}

struct GateFile(SimulatedFile, Arc<AtomicUsize>, Arc<Mutex<mpsc::Receiver<()>>>);

impl Gate {
    fn file(&self, file: SimulatedFile) -> GateFile {
        GateFile(file, Arc::clone(&self.syncs), Arc::clone(&self.go))
    }
}

impl Disk for Gate {
    type File = GateFile;
    type Lock = SimulatedLock;

    fn lock(&self) -> io::Result<Option<SimulatedLock>> {
        self.disk.lock()
    }
    fn list(&self) -> io::Result<Vec<(String, u64)>> {
        self.disk.list()
    }
    fn create(&self, name: &str) -> io::Result<GateFile> {
        Ok(self.file(self.disk.create(name)?))
    }
    fn open(&self, name: &str) -> io::Result<GateFile> {
        Ok(self.file(self.disk.open(name)?))
    }
    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.disk.rename(from, to)
    }
    fn remove(&self, name: &str) -> io::Result<()> {
        self.disk.remove(name)
    }
    fn sync(&self) -> io::Result<()> {
        self.disk.sync()
    }
}

impl DiskFile for GateFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.0.read_at(buffer, offset)
    }
    fn write(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0.write(slices)
    }
    fn truncate(&mut self, len: u64) -> io::Result<()> {
        self.0.truncate(len)
    }
    fn sync(&mut self) -> io::Result<()> {
        self.1.fetch_add(1, Ordering::SeqCst);
        // A gate that is gone stands open.
        let _ = self.2.lock().unwrap().recv();
        self.0.sync()
    }
}

#[tokio::test]
async fn appends_share_a_sync_and_do_not_block_the_runtime() {
    let (open, go) = mpsc::channel();
    let syncs = Arc::new(AtomicUsize::new(0));
    let disk = SimulatedDisk::new(0);
    let gate = Gate { disk: disk.clone(), syncs: Arc::clone(&syncs), go: Arc::new(Mutex::new(go)) };
    let settings = Settings { durability: Durability::Node, ..settings() };
    let journal = Arc::new(Journal::open_on(gate, settings.clone()).await.unwrap());
    let mut tasks = JoinSet::new();
    let append = |id: u64| {
        let journal = Arc::clone(&journal);
        async move { journal.append(record(id, 100)).await }
    };
    tasks.spawn(append(0));
    // On the one thread of this runtime: it goes on although the disk does not.
    eventually(|| syncs.load(Ordering::SeqCst) == 1).await;
    (1..100).for_each(|id| drop(tasks.spawn(append(id))));
    // All of them have been polled once this one has: they were spawned before it.
    tasks.spawn(append(100));
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert!(tasks.try_join_next().is_none(), "nothing is confirmed before it is on the disk");
    open.send(()).unwrap();
    open.send(()).unwrap();
    let results = timeout(LONG, tasks.join_all()).await.unwrap();
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(syncs.load(Ordering::SeqCst), 2);
    drop(open);
    // What was confirmed is there after a loss of power.
    disk.crash(Crash::Power);
    let journal = Journal::open_on(disk, settings).await.unwrap();
    let mut ids = BTreeSet::new();
    while ids.len() < 101 {
        assert!(ids.insert(next_id(&journal).await));
    }
}

#[tokio::test]
async fn trouble_of_the_disk_is_told_and_ends() {
    let disk = SimulatedDisk::new(0);
    let journal = Journal::open_on(disk.clone(), settings()).await.unwrap();
    let fault = Some(io::ErrorKind::StorageFull);
    disk.set_faults(Faults { write: fault, ..Faults::default() });
    assert!(journal.append(record(0, 10)).await.unwrap_err().may_pass());
    disk.set_faults(Faults::default());
    journal.append(record(1, 10)).await.unwrap();
    journal.append(record(2, 10)).await.unwrap();
    let first = next(&journal).await;
    assert_eq!(id_of(&first.record), 1);
    disk.set_faults(Faults { write: fault, ..Faults::default() });
    journal.acknowledge(first.sequence);
    eventually(|| journal.trouble().is_some()).await;
    disk.set_faults(Faults::default());
    eventually(|| journal.trouble().is_none()).await;
    assert_eq!(next_id(&journal).await, 2);
    disk.set_faults(Faults { read: fault, ..Faults::default() });
    // More than is read ahead, so that it has to be read from the disk.
    journal.append(record(3, 3 << 20)).await.unwrap();
    assert!(timeout(LONG, journal.next()).await.unwrap().unwrap_err().may_pass());
    disk.set_faults(Faults::default());
    assert_eq!(next_id(&journal).await, 3);
}
