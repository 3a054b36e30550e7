//! Adds records: one write, and where promised one sync, for as many as fit into the segment.

use std::io::IoSlice;

use super::segment::Segment;
use super::{Active, Reading, Store};
use crate::acks::{Acks, remove_if_there};
use crate::disk::{Disk, DiskFile, write_all};
use crate::error::{Error, Operation};
use crate::format::{FILE_HEADER, FrameHeader, Kind, file_header, fits_a_frame, frame_len, new_salt};
use crate::record::Record;
use crate::scan::Scan;
use crate::settings::Durability;

/// A record that is in the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    /// Its sequence.
    pub sequence: u64,
    /// It counts as given out: the caller has it in memory and need not read it.
    pub given_out: bool,
    /// It was given out although older records wait.
    pub ahead: bool,
}

/// Bytes that the caller will keep of what is appended.
struct Room {
    in_order: usize,
    ahead: usize,
}

impl Room {
    /// Whether a record stays in memory that is the next in order.
    fn takes(&mut self, record: &Record) -> bool {
        let left = self.in_order.checked_sub(record.len());
        self.in_order = left.unwrap_or(self.in_order);
        left.is_some()
    }

    /// Whether one does that comes ahead of older ones.
    fn takes_ahead(&mut self, record: &Record) -> bool {
        // Without room not even one without a byte.
        let left = self.ahead.checked_sub(record.len().max(1));
        self.ahead = left.unwrap_or(self.ahead);
        left.is_some()
    }
}

impl<D: Disk> Store<D> {
    /// Adds records, as durable as the settings say once this returns. One result for each, in order.
    ///
    /// While everything older has been given out, records of up to `direct` bytes together count as given out too.
    ///
    /// # Errors
    /// A record that failed is not in the journal. Only if the disk refuses to take back what it wrote in part it may be
    /// found at the next open.
    pub fn append(&mut self, group: &[Record], direct: usize) -> Vec<Result<Appended, Error>> {
        self.append_ahead(group, direct, 0)
    }

    /// As [`Store::append`]; records of up to `ahead` bytes together are given out too although older ones wait. Reading
    /// passes over them.
    ///
    /// # Errors
    /// As [`Store::append`].
    pub fn append_ahead(
        &mut self,
        group: &[Record],
        direct: usize,
        ahead: usize,
    ) -> Vec<Result<Appended, Error>> {
        let mut room = Room { in_order: direct, ahead };
        let mut results = Vec::with_capacity(group.len());
        let mut rest = group;
        while !rest.is_empty() {
            let (count, written) = match self.place(rest) {
                Ok(count) => (count, self.write(rest.get(..count).unwrap_or_default(), &mut room)),
                Err(error) => (1, Err(error)),
            };
            // What fills the disk may be in a segment that nobody needs any more.
            if matches!(written, Err(Error::Disk { .. })) && self.give_back_active() {
                continue;
            }
            match written {
                Ok(appended) => results.extend(appended.into_iter().map(Ok)),
                Err(error) => results.extend(std::iter::repeat_n(Err(error), count)),
            }
            rest = rest.get(count..).unwrap_or_default();
        }
        results
    }

    /// Finds room for the first record; how many fit with it.
    fn place(&mut self, records: &[Record]) -> Result<usize, Error> {
        let Some(first) = records.first() else { return Ok(0) };
        let (size, limit) = (frame_len(first), self.settings.max_bytes);
        if !fits_a_frame(first) || FILE_HEADER as u64 + size > limit {
            return Err(Error::TooLarge { size: first.len() as u64 });
        }
        let segment_limit = self.settings.segment_limit();
        if self.active_len().is_some_and(|len| len + size > segment_limit) {
            self.close_active();
            // Where it ends is written down before anything is behind it; what cannot be is tried again by the next call.
            let _ = self.persist();
        }
        let room = self.make_room(size)?;
        let len = self.active_len().unwrap_or(FILE_HEADER as u64);
        let room = room.min(segment_limit.saturating_sub(len));
        let mut total = 0;
        let count = records.iter().take_while(|record| {
            total += frame_len(record);
            total <= room && fits_a_frame(record)
        });
        Ok(count.count().max(1))
    }

    /// Bytes that may be added, at least `size`.
    fn make_room(&mut self, size: u64) -> Result<u64, Error> {
        let mut room = self.room();
        if room < size {
            if !self.give_back_active() {
                // What cannot be removed makes no room; why is told by the next call.
                let _ = self.persist();
            }
            room = self.room();
        }
        if room < size {
            return Err(Error::Full { needed: size, limit: self.settings.max_bytes });
        }
        Ok(room)
    }

    /// Lets go of the segment that is being written, if nobody needs what is in it; whether that was so.
    fn give_back_active(&mut self) -> bool {
        let is_done = |segment: &Segment<D::File>| segment.is_done(self.has_outstanding(segment));
        let gives = self.active.is_some() && self.segments.values().next_back().is_some_and(is_done);
        if gives {
            self.close_active();
            // Once it is closed nothing is added to it, whether it can be removed now or by a later call.
            let _ = self.persist();
        }
        gives
    }

    fn room(&self) -> u64 {
        let header = if self.active.is_some() { 0 } else { FILE_HEADER as u64 };
        self.settings.max_bytes.saturating_sub(self.bytes() + header)
    }

    fn active_len(&self) -> Option<u64> {
        let active = self.active.as_ref()?;
        self.segments.get(&active.first).map(|segment| segment.len)
    }

    /// Writes records into one segment, new or old.
    fn write(&mut self, records: &[Record], room: &mut Room) -> Result<Vec<Appended>, Error> {
        let at_end = self.is_read_to_end();
        if self.active.is_none() {
            self.write_new(records)?;
        } else {
            self.write_on(records)?;
        }
        if at_end {
            self.pass_read_segment();
        }
        let first_sequence = self.next_sequence;
        self.next_sequence += records.len() as u64;
        let Some((first, segment)) = self.segments.iter_mut().next_back() else { return Ok(Vec::new()) };
        segment.all.end = self.next_sequence;
        segment.left += records.len() as u64;
        segment.len += records.iter().map(frame_len).sum::<u64>();
        if at_end && self.reading.as_ref().is_none_or(|reading| reading.first != *first) {
            let scan = Scan::new(*first, segment.salt);
            self.reading = Some(Reading { first: *first, file: None, scan, failures: 0 });
        }
        let mut in_order = at_end;
        let appended = records.iter().zip(first_sequence..).map(|(record, sequence)| {
            in_order = in_order && room.takes(record);
            if in_order {
                self.reading.iter_mut().for_each(|reading| reading.scan.pass(frame_len(record)));
            }
            let ahead = !in_order && room.takes_ahead(record);
            let given_out = in_order || ahead;
            if given_out {
                self.outstanding.insert(sequence);
            }
            Appended { sequence, given_out, ahead }
        });
        Ok(appended.collect())
    }

    /// Makes a segment whose first record is the next one. It is there with all of the records or not at all.
    fn write_new(&mut self, records: &[Record]) -> Result<(), Error> {
        let (first, salt) = (self.next_sequence, new_salt());
        let name = Kind::Segment.name(first);
        // If this fails, neither its name nor its sequences are used again.
        self.next_sequence += records.len() as u64;
        let mut file = self.disk.create(&name).map_err(Error::disk(Operation::Create, &name))?;
        if let Err(error) = self.fill(&mut file, &name, first, salt, records) {
            let _ = remove_if_there(&self.disk, &name);
            return Err(error);
        }
        self.next_sequence = first;
        let segment = Segment {
            salt,
            all: first..first,
            len: FILE_HEADER as u64,
            left: 0,
            read: false,
            kept: false,
            acks: Acks::new(first, salt),
        };
        self.segments.insert(first, segment);
        self.active = Some(Active { first, file });
        Ok(())
    }

    fn fill(
        &mut self,
        file: &mut D::File,
        name: &str,
        first: u64,
        salt: u32,
        records: &[Record],
    ) -> Result<(), Error> {
        let header = file_header(Kind::Segment, first, salt);
        self.heads.clear();
        encode(&mut self.heads, records, first, salt);
        write_all(file, &mut slices(&header, &self.heads, records))
            .map_err(Error::disk(Operation::Write, name))?;
        if self.settings.durability == Durability::Node {
            file.sync().map_err(Error::disk(Operation::Sync, name))?;
            self.sync_names()?;
        }
        Ok(())
    }

    /// Adds to the active segment. What failed and cannot be cut off again lies behind the end that is written down when
    /// the segment is closed, and before the first sequence of the next.
    fn write_on(&mut self, records: &[Record]) -> Result<(), Error> {
        let Some(active) = self.active.as_mut() else { return Ok(()) };
        let Some(segment) = self.segments.get(&active.first) else { return Ok(()) };
        let (name, len) = (Kind::Segment.name(active.first), segment.len);
        self.heads.clear();
        encode(&mut self.heads, records, self.next_sequence, segment.salt);
        let written = write_all(&mut active.file, &mut slices(&[], &self.heads, records))
            .map_err(Error::disk(Operation::Write, &name));
        if let Err(error) = written {
            if active.file.truncate(len).is_err() {
                self.close_active();
            }
            return Err(error);
        }
        if self.settings.durability == Durability::Node
            && let Err(error) = active.file.sync()
        {
            // Nobody knows what of it is on the disk: nothing is added behind it.
            let _ = active.file.truncate(len);
            self.close_active();
            return Err(Error::disk(Operation::Sync, &name)(error));
        }
        Ok(())
    }
}

/// The head of each frame: its header and the header of the record.
fn encode(heads: &mut Vec<u8>, records: &[Record], first_sequence: u64, salt: u32) {
    for (record, sequence) in records.iter().zip(first_sequence..) {
        // `place` has seen to it that each can be told.
        if let Some(header) = FrameHeader::of(record, sequence, salt) {
            heads.extend_from_slice(&header.to_bytes(salt));
            heads.extend_from_slice(&record.header);
        }
    }
}

/// What goes to disk, in order, without copying a body.
fn slices<'a>(header: &'a [u8], mut heads: &'a [u8], records: &'a [Record]) -> Vec<IoSlice<'a>> {
    let mut slices =
        Vec::with_capacity(1 + records.iter().map(|record| 1 + record.body.len()).sum::<usize>());
    slices.push(IoSlice::new(header));
    for record in records {
        let head = usize::try_from(frame_len(record)).unwrap_or_default() - record.body_len();
        let (head, rest) = heads.split_at_checked(head).unwrap_or_default();
        heads = rest;
        slices.push(IoSlice::new(head));
        slices.extend(record.body.iter().map(|piece| IoSlice::new(piece)));
    }
    slices
}
