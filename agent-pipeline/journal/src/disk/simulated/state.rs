//! What a simulated disk knows: what a process sees, and what is on the disk.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};

use fastrand::Rng;

use super::Faults;

#[derive(Debug)]
pub(super) struct State {
    pub(super) inodes: Vec<Inode>,
    pub(super) names: BTreeMap<String, usize>,
    pub(super) durable_names: BTreeMap<String, usize>,
    /// Not synced.
    pub(super) name_changes: Vec<(String, Option<usize>)>,
    pub(super) faults: Faults,
    /// Rises with each crash; files and locks of earlier ones are dead.
    pub(super) generation: u64,
    pub(super) locked: bool,
    /// Operations until the process ends in the middle of one.
    pub(super) remaining: Option<u64>,
    /// This operation is the one in whose middle it ends.
    pub(super) ending: bool,
    pub(super) random: Rng,
}

#[derive(Debug, Default)]
pub(super) struct Inode {
    pub(super) content: Vec<u8>,
    pub(super) durable: Vec<u8>,
    /// Not synced.
    pub(super) changes: Vec<Change>,
}

#[derive(Debug)]
pub(super) enum Change {
    Write(Vec<u8>),
    Truncate(usize),
}

impl State {
    pub(super) fn lose_power(&mut self) {
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
    pub(super) fn begin(&mut self, fault: Option<ErrorKind>) -> io::Result<()> {
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
    pub(super) fn has_effect(&mut self, begun: &io::Result<()>) -> bool {
        match begun {
            Ok(()) => true,
            Err(error) if error.kind() == ErrorKind::Interrupted => false,
            Err(_) => (self.remaining != Some(0) || self.ending) && self.random.bool(),
        }
    }

    pub(super) fn rename(&mut self, name: &str, inode: Option<usize>) {
        set(&mut self.names, name.to_owned(), inode);
        self.name_changes.push((name.to_owned(), inode));
    }

    pub(super) fn find(&self, name: &str) -> io::Result<usize> {
        self.names.get(name).copied().ok_or_else(|| ErrorKind::NotFound.into())
    }

    pub(super) fn room(&self) -> Option<usize> {
        let used: usize =
            self.names.values().filter_map(|inode| self.inodes.get(*inode)).map(Inode::len).sum();
        self.faults.room.map(|room| usize::try_from(room).unwrap_or(usize::MAX).saturating_sub(used))
    }
}

impl Inode {
    pub(super) fn len(&self) -> usize {
        self.content.len()
    }
}

fn set(names: &mut BTreeMap<String, usize>, name: String, inode: Option<usize>) {
    match inode {
        Some(inode) => names.insert(name, inode),
        None => names.remove(&name),
    };
}
