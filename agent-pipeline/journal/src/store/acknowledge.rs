//! Lets go of records, and of segments nobody needs any more.

use super::Store;
use crate::disk::Disk;
use crate::error::{Error, Operation};
use crate::settings::Durability;

impl<D: Disk> Store<D> {
    /// Says that a record which was given out is not needed any more. In any order; what is not out is ignored.
    ///
    /// [`Store::persist`] writes it down.
    pub fn acknowledge(&mut self, sequence: u64) {
        if !self.outstanding.remove(&sequence) {
            return;
        }
        if let Some((first, segment)) = self.segments.range_mut(..=sequence).next_back() {
            segment.acks.add(sequence..sequence + 1);
            segment.left = segment.left.saturating_sub(1);
            self.touched.insert(*first);
        }
    }

    /// Removes segments of which nothing is left, and writes the acknowledgements of the others: from then on
    /// they survive the end of the process.
    ///
    /// # Errors
    /// The first of all; what failed is tried again by the next call.
    pub fn persist(&mut self) -> Result<(), Error> {
        self.pass_read_segment();
        let mut result = Ok(());
        for first in std::mem::take(&mut self.touched) {
            if let Err(error) = self.persist_segment(first) {
                self.touched.insert(first);
                result = result.and(Err(error));
            }
        }
        result
    }

    fn persist_segment(&mut self, first: u64) -> Result<(), Error> {
        let Some(segment) = self.segments.get(&first) else { return Ok(()) };
        let done = !self.is_active(first) && segment.is_done(self.has_outstanding(segment));
        if done {
            self.remove(first)?;
            self.segments.remove(&first);
            self.unsynced.remove(&first);
            if self.reading.as_ref().is_some_and(|reading| reading.first == first) {
                self.leave_segment();
            }
            return Ok(());
        }
        if let Some(segment) = self.segments.get_mut(&first) {
            segment.acks.write(&self.disk)?;
            if segment.acks.is_unsynced() {
                self.unsynced.insert(first);
            }
        }
        Ok(())
    }

    /// Whether [`Store::sync`] has something to do.
    pub fn is_unsynced(&self) -> bool {
        self.settings.durability == Durability::Node && !self.unsynced.is_empty()
    }

    /// Puts the acknowledgements that were written on the disk: from then on they survive a loss of power.
    ///
    /// # Errors
    /// The first of all; what failed is tried again by the next call.
    pub fn sync(&mut self) -> Result<(), Error> {
        if !self.is_unsynced() {
            return Ok(());
        }
        let mut result = self.disk.sync().map_err(Error::disk(Operation::Sync, "."));
        for first in std::mem::take(&mut self.unsynced) {
            let segment = self.segments.get_mut(&first);
            let synced = segment.map_or(Ok(()), |segment| segment.acks.sync(&self.disk));
            if synced.is_err() || result.is_err() {
                self.unsynced.insert(first);
            }
            result = result.and(synced);
        }
        result
    }
}
