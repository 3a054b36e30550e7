//! Gives records out, oldest first, each once. What came ahead, or was acknowledged by an earlier run, is passed over.

use std::collections::BTreeSet;
use std::ops::Range;

use super::segment::Segment;
use super::{Damage, Reading, Store};
use crate::disk::{Disk, DiskFile};
use crate::error::{Error, Operation};
use crate::format::Kind;
use crate::ranges::Ranges;
use crate::record::Stored;
use crate::scan::{End, Scan};

/// Errors in a row after which the rest of a segment is left for the next open.
const MOST_FAILURES: u32 = 5;

impl<D: Disk> Store<D> {
    /// The next records, out of about `budget` bytes of those on disk, at least one. What is passed over counts, so that a
    /// call is short; it may return nothing before all have been given out ([`Store::is_read_to_end`]).
    ///
    /// # Errors
    /// The disk could not be read. The next call tries again; after five failures in a row the rest of the segment
    /// is passed over, counted as unreadable and left for the next open.
    pub fn read(&mut self, budget: usize) -> Result<Vec<Stored>, Error> {
        let mut records = Vec::new();
        let mut bytes = 0;
        while bytes < budget && !self.is_read_to_end() {
            match self.read_one() {
                Ok(Some(stored)) => {
                    bytes += stored.record.len().max(1);
                    if self.gives_out(stored.sequence) {
                        records.push(stored);
                    }
                }
                Ok(None) => {}
                Err(error) if records.is_empty() => return Err(error),
                // It is met again by the next call.
                Err(_) => break,
            }
        }
        self.pass_read_segment();
        Ok(records)
    }

    /// Whether every record has been given out.
    pub fn is_read_to_end(&self) -> bool {
        let from = self.reading.as_ref().map_or(self.read_from, |reading| reading.first + 1);
        let at_end = self.reading.as_ref().is_none_or(|reading| {
            let segment = self.segments.get(&reading.first);
            segment.is_none_or(|segment| reading.scan.offset() >= segment.len)
        });
        at_end && self.segments.range(from..).next().is_none()
    }

    /// Sequences from this one on have not been read.
    pub fn unread_from(&self) -> u64 {
        let next = self.segments.range(self.read_from..).next();
        match &self.reading {
            Some(reading) => reading.scan.expected(),
            None => next.map_or(self.next_sequence, |(first, _)| *first),
        }
    }

    /// Takes back a record that came ahead and that nobody needs in memory: it comes in order. `false` if it has been passed
    /// over ([`Store::unread_from`]) or is not out.
    pub fn take_back(&mut self, sequence: u64) -> bool {
        sequence >= self.unread_from() && self.outstanding.remove(&sequence)
    }

    /// Counts a record as given out; `false` if it is already, or acknowledged.
    fn gives_out(&mut self, sequence: u64) -> bool {
        let segment = self.segments.range(..=sequence).next_back();
        !segment.is_some_and(|(_, segment)| segment.acks.contains(sequence))
            && self.outstanding.insert(sequence)
    }

    /// A record that is there, or `None` for a step that yields none.
    fn read_one(&mut self) -> Result<Option<Stored>, Error> {
        self.pass_read_segment();
        if self.reading.is_none() {
            let next = self.segments.range(self.read_from..).next();
            self.reading = next.map(|(first, segment)| Reading {
                first: *first,
                file: None,
                scan: Scan::new(*first, segment.salt),
                failures: 0,
            });
        }
        let Some(reading) = self.reading.as_mut() else { return Ok(None) };
        let Some(segment) = self.segments.get_mut(&reading.first) else {
            self.reading = None;
            return Ok(None);
        };
        let found = reading.next(&self.disk, End { offset: segment.len, sequence: segment.all.end });
        let damaged = reading.scan.take_damaged();
        if !damaged.is_empty() {
            self.damage.count(&damaged, segment, &self.outstanding, &mut reading.scan);
        }
        match found {
            Ok(found) => {
                reading.failures = 0;
                Ok(found)
            }
            Err(error) => {
                reading.failures += 1;
                if reading.failures >= MOST_FAILURES {
                    self.damage.unreadable += 1;
                    segment.kept = true;
                    self.leave_segment();
                }
                Err(error)
            }
        }
    }

    /// Goes on to the next segment if this one is complete and all of it has been given out.
    pub(super) fn pass_read_segment(&mut self) {
        let Some(active) = self.reading.as_ref().map(|reading| self.is_active(reading.first)) else { return };
        let Some(reading) = self.reading.as_mut() else { return };
        let Some(segment) = self.segments.get_mut(&reading.first) else { return };
        if active || reading.scan.offset() < segment.len {
            return;
        }
        let found = reading.scan.expected();
        match segment.acks.end() {
            // What should have come behind the last record that was found.
            Some(end) if end > found => {
                let missing = Ranges::from(found..end);
                self.damage.count(&missing, segment, &self.outstanding, &mut reading.scan);
            }
            Some(_) => {}
            // Written down before segments behind this one can go.
            None => segment.set_end(found),
        }
        self.leave_segment();
    }

    /// Ends the reading of a segment. If records were still added to it, they go to another from now on.
    pub(super) fn leave_segment(&mut self) {
        let Some(reading) = self.reading.take() else { return };
        self.read_from = reading.first + 1;
        if self.is_active(reading.first) {
            self.close_active();
        }
        if let Some(segment) = self.segments.get_mut(&reading.first) {
            segment.read = true;
            segment.left = self.outstanding.range(segment.all.clone()).count() as u64;
            self.touched.insert(reading.first);
        }
    }
}

impl Damage {
    /// Counts records that were not found, but for those that are in memory or needed by nobody.
    fn count<F: DiskFile>(
        &mut self,
        damaged: &Ranges,
        segment: &Segment<F>,
        outstanding: &BTreeSet<u64>,
        scan: &mut Scan,
    ) {
        let bytes = scan.take_passed_over();
        let known = |run: Range<u64>| segment.acks.count_in(&run) + outstanding.range(run).count() as u64;
        let lost = damaged.count().saturating_sub(damaged.iter().map(known).sum());
        if lost > 0 {
            self.records += lost;
            self.bytes += bytes;
        }
    }
}

impl<F: DiskFile> Reading<F> {
    fn next<D: Disk<File = F>>(&mut self, disk: &D, end: End) -> Result<Option<Stored>, Error> {
        let name = Kind::Segment.name(self.first);
        if self.file.is_none() {
            self.file = Some(disk.open(&name).map_err(Error::disk(Operation::Open, &name))?);
        }
        let Some(file) = &self.file else { return Ok(None) };
        self.scan.next(file, end).map_err(Error::disk(Operation::Read, &name))
    }
}
