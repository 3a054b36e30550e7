//! What is known of one segment.

use std::ops::Range;

use crate::acks::Acks;
use crate::disk::DiskFile;

/// A segment on disk. It goes when `is_done`.
pub(super) struct Segment<F> {
    pub(super) salt: u32,
    /// Its sequences; records are added to the last segment only. Of what an earlier run left incomplete it is what may
    /// be there at most.
    pub(super) all: Range<u64>,
    /// Bytes that count. There may be a torn end behind them that could not be cut off.
    pub(super) len: u64,
    /// Records that are neither acknowledged nor known to be lost.
    pub(super) left: u64,
    /// Everything in it has been given out, or never will be.
    pub(super) read: bool,
    /// Reading it failed for good, so it stays as it is until the next open.
    pub(super) kept: bool,
    pub(super) acks: Acks<F>,
}

impl<F: DiskFile> Segment<F> {
    /// Whether nothing in it is needed any more, given whether records of it are still out.
    pub(super) fn is_done(&self, outstanding: bool) -> bool {
        !self.kept && (self.acks.covers(&self.all) || (self.read && !outstanding))
    }

    /// Says that there are no sequences from `end` on.
    pub(super) fn set_end(&mut self, end: u64) {
        self.all.end = end;
        self.acks.set_end(end);
    }

    /// Bytes on disk.
    pub(super) fn size(&self) -> u64 {
        self.len + self.acks.len()
    }
}
