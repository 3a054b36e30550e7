//! The journal without its thread: every call does its work on the disk before it returns.
//!
//! Segments are written by the instance that made them only; what an earlier run left is read and acknowledged, never
//! continued. So nothing that is appended can be behind somebody else's torn end.

mod acknowledge;
mod append;
mod open;
mod read;
mod segment;

use std::collections::{BTreeMap, BTreeSet};

use crate::disk::Disk;
use crate::error::Error;
use crate::format::Kind;
use crate::scan::Scan;
use crate::settings::{Durability, Settings};
use segment::Segment;

pub use append::Appended;

/// A journal on one disk, for a caller who has a thread to block.
pub struct Store<D: Disk> {
    disk: D,
    settings: Settings,
    /// By first sequence, which is also the order of reading.
    segments: BTreeMap<u64, Segment<D::File>>,
    /// The last segment, while records are added to it.
    active: Option<Active<D::File>>,
    next_sequence: u64,
    reading: Option<Reading<D::File>>,
    /// Segments that begin before this have been read.
    read_from: u64,
    /// Given out and not acknowledged.
    outstanding: BTreeSet<u64>,
    /// First sequences of segments that may have acknowledgements to write or be done.
    touched: BTreeSet<u64>,
    /// Segments whose acknowledgements are written but not synced.
    unsynced: BTreeSet<u64>,
    damage: Damage,
    /// Heads of the frames of one write; kept for its capacity.
    heads: Vec<u8>,
    /// Let go last.
    _lock: D::Lock,
}

struct Active<F> {
    first: u64,
    file: F,
}

struct Reading<F> {
    first: u64,
    file: Option<F>,
    scan: Scan,
    /// Errors in a row.
    failures: u32,
}

/// What was not as it was written. Counted since the open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Damage {
    /// Records that were lost to damage.
    pub records: u64,
    /// Bytes on disk that were lost with them, and those of files that are set aside.
    pub bytes: u64,
    /// Bytes cut off the end of the last segment: what was being written when the process or the machine ended.
    pub torn_bytes: u64,
    /// Segments with a damaged header or of an unknown version; they are renamed to `*.bad` and never deleted.
    pub set_aside: u64,
    /// Segments that could not be read to their end; they are left alone until the next open.
    pub unreadable: u64,
}

/// What is in a journal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// Records that are not acknowledged, those given out included.
    pub records: u64,
    /// Records that are given out and not acknowledged.
    pub outstanding: u64,
    /// Bytes on disk.
    pub bytes: u64,
    /// Segments on disk.
    pub segments: u64,
    /// What was damaged.
    pub damage: Damage,
}

impl<D: Disk> Store<D> {
    /// What is in the journal now.
    pub fn status(&self) -> Status {
        Status {
            records: self.segments.values().map(|segment| segment.left).sum(),
            outstanding: self.outstanding.len() as u64,
            bytes: self.bytes(),
            segments: self.segments.len() as u64,
            damage: self.damage,
        }
    }

    /// Bytes on disk. Segments are few, so nothing is kept that could go wrong.
    fn bytes(&self) -> u64 {
        self.segments.values().map(Segment::size).sum()
    }

    fn has_outstanding(&self, segment: &Segment<D::File>) -> bool {
        self.outstanding.range(segment.all.clone()).next().is_some()
    }

    /// Records go to a new segment from now on.
    fn close_active(&mut self) {
        if let Some(active) = self.active.take() {
            if let Some(segment) = self.segments.get_mut(&active.first) {
                segment.set_end(segment.all.end);
            }
            self.touched.insert(active.first);
        }
    }

    fn is_active(&self, first: u64) -> bool {
        self.active.as_ref().is_some_and(|active| active.first == first)
    }

    /// Makes names durable where that is promised.
    fn sync_names(&self) -> Result<(), Error> {
        match self.settings.durability {
            Durability::Process => Ok(()),
            Durability::Node => self.disk.sync().map_err(Error::disk(crate::error::Operation::Sync, ".")),
        }
    }

    /// Removes a segment, then its acknowledgements: never the other way round, or its records would come back.
    fn remove(&self, first: u64) -> Result<(), Error> {
        crate::acks::remove_if_there(&self.disk, &Kind::Segment.name(first))?;
        self.sync_names()?;
        crate::acks::remove_if_there(&self.disk, &Kind::Acks.name(first))
    }
}

impl<D: Disk> std::fmt::Debug for Store<D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("status", &self.status()).finish_non_exhaustive()
    }
}
