//! A directory in memory that can be as bad as a real one: short writes, errors, no space, ends at any operation.
//!
//! It knows what a process sees and what is on the disk. [`Crash::Process`] keeps the first, [`Crash::Power`] goes
//! back to the second, plus whatever part of the rest chance has written: files and names are only safe once synced.

mod file;

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fastrand::Rng;

use super::Disk;
pub use file::SimulatedFile;

/// The disk. Clones are the same disk.
#[derive(Clone, Debug)]
pub struct SimulatedDisk(Arc<Mutex<State>>);

/// What goes wrong from now on.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// Reads and opens fail with this.
    pub read: Option<ErrorKind>,
    /// Whatever changes a file or a name fails with this; a write may be done in part.
    pub write: Option<ErrorKind>,
    /// Syncs fail with this.
    pub sync: Option<ErrorKind>,
    /// Only one in so many operations fails, by chance; 0 means all.
    pub one_in: u32,
    /// Writes are done in part.
    pub short_writes: bool,
    /// All files together may have this many bytes.
    pub room: Option<u64>,
}

/// How a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Crash {
    /// `kill -9`.
    Process,
    /// The machine is gone, and with it what was not on the disk.
    Power,
}

#[derive(Debug)]
struct State {
    inodes: Vec<Inode>,
    names: BTreeMap<String, usize>,
    durable_names: BTreeMap<String, usize>,
    /// Not synced.
    name_changes: Vec<(String, Option<usize>)>,
    faults: Faults,
    /// Rises with each crash; files and locks of earlier ones are dead.
    generation: u64,
    locked: bool,
    /// Operations until the process ends in the middle of one.
    remaining: Option<u64>,
    /// This operation is the one in whose middle it ends.
    ending: bool,
    random: Rng,
}

#[derive(Debug, Default)]
struct Inode {
    content: Vec<u8>,
    durable: Vec<u8>,
    /// Not synced.
    changes: Vec<Change>,
}

#[derive(Debug)]
enum Change {
    Write(Vec<u8>),
    Truncate(usize),
}

impl SimulatedDisk {
    /// An empty disk. The seed decides what is left to chance.
    pub fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(State {
            inodes: Vec::new(),
            names: BTreeMap::new(),
            durable_names: BTreeMap::new(),
            name_changes: Vec::new(),
            faults: Faults::default(),
            generation: 0,
            locked: false,
            remaining: None,
            ending: false,
            random: Rng::with_seed(seed),
        })))
    }

    /// Sets what goes wrong.
    pub fn set_faults(&self, faults: Faults) {
        self.state().faults = faults;
    }

    /// Lets the process end in the middle of a later operation.
    pub fn end_in(&self, operations: u64) {
        self.state().remaining = Some(operations);
    }

    /// Whether the process has ended.
    pub fn has_ended(&self) -> bool {
        self.state().remaining == Some(0)
    }

    /// Ends the process if it has not ended, and starts the next. Nothing goes wrong from here on.
    pub fn crash(&self, crash: Crash) {
        let mut state = self.state();
        state.generation += 1;
        state.locked = false;
        state.remaining = None;
        state.faults = Faults::default();
        if crash == Crash::Power {
            state.lose_power();
        }
    }

    /// All files.
    pub fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let state = self.state();
        let content = |inode: &usize| state.inodes.get(*inode).map(|inode| inode.content.clone());
        state.names.iter().map(|(name, inode)| (name.clone(), content(inode).unwrap_or_default())).collect()
    }

    /// Puts a file there, as durable as can be.
    pub fn put(&self, name: &str, content: Vec<u8>) {
        let mut state = self.state();
        let inode = state.inodes.len();
        state.inodes.push(Inode { durable: content.clone(), content, changes: Vec::new() });
        state.names.insert(name.to_owned(), inode);
        state.durable_names.insert(name.to_owned(), inode);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn lose_power(&mut self) {
        for inode in &mut self.inodes {
            let mut content = inode.durable.clone();
            for change in inode.changes.drain(..) {
                match (change, self.random.u8(..10)) {
                    (Change::Truncate(len), 0..8) => content.truncate(len),
                    (Change::Write(bytes), 0..6) => content.extend_from_slice(&bytes),
                    // The length is on the disk, the pages are not.
                    (Change::Write(bytes), 6..8) => content.resize(content.len() + bytes.len(), 0),
                    (Change::Write(bytes), _) => {
                        let part = self.random.usize(..=bytes.len());
                        content.extend(bytes.into_iter().take(part));
                        break;
                    }
                    (Change::Truncate(_), _) => break,
                }
            }
            inode.content.clone_from(&content);
            inode.durable = content;
            inode.changes.clear();
        }
        for (name, inode) in std::mem::take(&mut self.name_changes) {
            if self.random.bool() {
                set(&mut self.durable_names, name, inode);
            }
        }
        self.names = self.durable_names.clone();
    }

    /// Whether an operation is done at all. The last one before the end fails, and may be done in part.
    fn begin(&mut self, fault: Option<ErrorKind>) -> io::Result<()> {
        if let Some(remaining) = &mut self.remaining {
            self.ending = *remaining == 1;
            *remaining = remaining.saturating_sub(1);
            if *remaining == 0 {
                return Err(io::Error::other("the process has ended"));
            }
        }
        match fault {
            Some(kind) if self.faults.one_in == 0 || self.random.u32(..self.faults.one_in) == 0 => {
                Err(kind.into())
            }
            _ => Ok(()),
        }
    }

    /// Whether an operation has an effect. One that failed may have, unless it was interrupted, which means it has not.
    fn has_effect(&mut self, begun: &io::Result<()>) -> bool {
        match begun {
            Ok(()) => true,
            Err(error) if error.kind() == ErrorKind::Interrupted => false,
            Err(_) => (self.remaining != Some(0) || self.ending) && self.random.bool(),
        }
    }

    fn rename(&mut self, name: &str, inode: Option<usize>) {
        set(&mut self.names, name.to_owned(), inode);
        self.name_changes.push((name.to_owned(), inode));
    }

    fn find(&self, name: &str) -> io::Result<usize> {
        self.names.get(name).copied().ok_or_else(|| ErrorKind::NotFound.into())
    }

    fn room(&self) -> Option<usize> {
        let used: usize =
            self.names.values().filter_map(|inode| self.inodes.get(*inode)).map(Inode::len).sum();
        self.faults.room.map(|room| usize::try_from(room).unwrap_or(usize::MAX).saturating_sub(used))
    }
}

impl Inode {
    fn len(&self) -> usize {
        self.content.len()
    }
}

fn set(names: &mut BTreeMap<String, usize>, name: String, inode: Option<usize>) {
    match inode {
        Some(inode) => names.insert(name, inode),
        None => names.remove(&name),
    };
}

/// Holds a simulated directory.
#[derive(Debug)]
pub struct SimulatedLock {
    disk: SimulatedDisk,
    generation: u64,
}

impl Drop for SimulatedLock {
    fn drop(&mut self) {
        let mut state = self.disk.state();
        if state.generation == self.generation {
            state.locked = false;
        }
    }
}

impl Disk for SimulatedDisk {
    type File = SimulatedFile;
    type Lock = SimulatedLock;

    fn lock(&self) -> io::Result<Option<SimulatedLock>> {
        let mut state = self.state();
        let free = !std::mem::replace(&mut state.locked, true);
        Ok(free.then(|| SimulatedLock { disk: self.clone(), generation: state.generation }))
    }

    fn list(&self) -> io::Result<Vec<(String, u64)>> {
        let mut state = self.state();
        let fault = state.faults.read;
        state.begin(fault)?;
        let len = |inode: &usize| state.inodes.get(*inode).map_or(0, |inode| inode.len() as u64);
        Ok(state.names.iter().map(|(name, inode)| (name.clone(), len(inode))).collect())
    }

    fn create(&self, name: &str) -> io::Result<SimulatedFile> {
        let mut state = self.state();
        let fault = state.faults.write;
        let begun = state.begin(fault);
        if state.names.contains_key(name) {
            return Err(ErrorKind::AlreadyExists.into());
        }
        if state.has_effect(&begun) {
            let inode = state.inodes.len();
            state.inodes.push(Inode::default());
            state.rename(name, Some(inode));
        }
        begun?;
        let inode = state.find(name)?;
        Ok(SimulatedFile { disk: self.clone(), inode, generation: state.generation })
    }

    fn open(&self, name: &str) -> io::Result<SimulatedFile> {
        let mut state = self.state();
        let fault = state.faults.read;
        state.begin(fault)?;
        let inode = state.find(name)?;
        Ok(SimulatedFile { disk: self.clone(), inode, generation: state.generation })
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.state();
        let fault = state.faults.write;
        state.begin(fault)?;
        let inode = state.find(from)?;
        state.rename(from, None);
        state.rename(to, Some(inode));
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut state = self.state();
        let fault = state.faults.write;
        let begun = state.begin(fault);
        state.find(name)?;
        if state.has_effect(&begun) {
            state.rename(name, None);
        }
        begun
    }

    fn sync(&self) -> io::Result<()> {
        let mut state = self.state();
        let fault = state.faults.sync;
        state.begin(fault)?;
        state.name_changes.clear();
        state.durable_names = state.names.clone();
        Ok(())
    }
}
