//! A directory in memory that can be as bad as a real one: short writes, errors, no space, ends at any operation.
//!
//! It knows what a process sees and what is on the disk. [`Crash::Process`] keeps the first, [`Crash::Power`] goes
//! back to the second, plus whatever part of the rest chance has written: files and names are only safe once synced.

mod file;
mod state;

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fastrand::Rng;

use super::Disk;
pub use file::SimulatedFile;
use state::{Inode, State};

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
