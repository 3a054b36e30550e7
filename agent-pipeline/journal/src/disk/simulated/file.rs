//! A file of the simulated disk.

use std::io::{self, ErrorKind, IoSlice};

use super::state::{Change, Inode, State};
use super::{Faults, SimulatedDisk};
use crate::disk::DiskFile;

/// A file of a simulated disk.
#[derive(Debug)]
pub struct SimulatedFile {
    pub(super) disk: SimulatedDisk,
    pub(super) inode: usize,
    pub(super) generation: u64,
}

impl SimulatedFile {
    fn with<T>(
        &self,
        fault: impl Fn(&Faults) -> Option<ErrorKind>,
        work: impl FnOnce(&mut State, &mut Inode, io::Result<()>) -> io::Result<T>,
    ) -> io::Result<T> {
        let mut state = self.disk.state();
        if state.generation != self.generation {
            return Err(io::Error::other("the process has ended"));
        }
        let fault = fault(&state.faults);
        let begun = state.begin(fault);
        let mut inode = state.inodes.get_mut(self.inode).map(std::mem::take).unwrap_or_default();
        let result = work(&mut state, &mut inode, begun);
        state.inodes.iter_mut().skip(self.inode).take(1).for_each(|slot| *slot = std::mem::take(&mut inode));
        result
    }
}

impl DiskFile for SimulatedFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.with(
            |faults| faults.read,
            |_, inode, begun| {
                begun?;
                let start = usize::try_from(offset).unwrap_or(usize::MAX);
                let rest = inode.content.get(start..).unwrap_or_default();
                Ok(buffer.iter_mut().zip(rest).map(|(to, from)| *to = *from).count())
            },
        )
    }

    fn write(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let mut bytes: Vec<u8> = slices.iter().flat_map(|slice| slice.iter().copied()).collect();
        let room = self.disk.state().room();
        self.with(
            |faults| faults.write,
            |state, inode, begun| {
                let all = bytes.len();
                let begun = match (begun, room) {
                    (Ok(()), Some(0)) if all > 0 => Err(ErrorKind::StorageFull.into()),
                    (begun, _) => begun,
                };
                bytes.truncate(room.unwrap_or(all));
                if !state.has_effect(&begun) {
                    bytes.clear();
                }
                if (begun.is_err() || state.faults.short_writes) && bytes.len() > 1 {
                    bytes.truncate(state.random.usize(1..bytes.len()));
                }
                let written = bytes.len();
                inode.content.extend_from_slice(&bytes);
                inode.changes.push(Change::Write(bytes));
                begun.map(|()| written)
            },
        )
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        self.with(
            |faults| faults.write,
            |state, inode, begun| {
                if state.has_effect(&begun) {
                    let len = usize::try_from(len).unwrap_or(usize::MAX);
                    inode.content.truncate(len);
                    inode.changes.push(Change::Truncate(len));
                }
                begun
            },
        )
    }

    fn sync(&mut self) -> io::Result<()> {
        self.with(
            |faults| faults.sync,
            |state, inode, begun| {
                // One that fails may still have written something.
                if state.has_effect(&begun) {
                    inode.durable.clone_from(&inode.content);
                    inode.changes.clear();
                }
                begun
            },
        )
    }
}
