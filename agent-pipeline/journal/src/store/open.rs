//! Takes up what an earlier run left.
//!
//! Only headers, acknowledgements and the last segment are read, so a long backlog is there at once. Nothing that is
//! found can make an open fail: only a directory that cannot be locked or listed does.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::segment::Segment;
use super::{Damage, Store};
use crate::acks::{Acks, remove_if_there};
use crate::disk::{Disk, DiskFile, read_exact_at};
use crate::error::{Error, Operation};
use crate::format::{FILE_HEADER, FRAME_HEADER, Kind, read_file_header};
use crate::scan::{End, Scan};
use crate::settings::{Durability, Settings};

/// Names tried for a file that is set aside.
const MOST_ASIDE: u32 = 1000;

/// A segment whose header is good.
struct Header {
    first: u64,
    salt: u32,
    len: u64,
}

struct Opening<'a, D> {
    disk: &'a D,
    files: HashMap<String, u64>,
    durability: Durability,
    damage: Damage,
    /// Above every sequence that may have been used.
    above: u64,
}

impl<D: Disk> Store<D> {
    /// Opens the journal of a directory.
    ///
    /// # Errors
    /// [`Error::Locked`] while another instance has the directory; [`Error::Disk`] if it cannot be made or listed.
    pub fn open(disk: D, settings: Settings) -> Result<Self, Error> {
        let lock = disk.lock().map_err(Error::disk(Operation::Lock, "lock"))?.ok_or(Error::Locked)?;
        let files: HashMap<String, u64> =
            disk.list().map_err(Error::disk(Operation::List, "."))?.into_iter().collect();
        let durability = settings.durability;
        let mut opening = Opening { disk: &disk, files, durability, damage: Damage::default(), above: 1 };
        let segments = opening.segments();
        let (damage, next_sequence) = (opening.damage, opening.above);
        let unsynced = segments.iter().filter(|(_, segment)| segment.acks.is_unsynced());
        let mut store = Self {
            unsynced: unsynced.map(|(first, _)| *first).collect(),
            disk,
            _lock: lock,
            settings,
            touched: segments.keys().copied().collect(),
            segments,
            active: None,
            next_sequence,
            reading: None,
            read_from: 0,
            outstanding: BTreeSet::new(),
            damage,
            heads: Vec::new(),
        };
        // What was acknowledged to the end and not removed in time. A failure is met again soon enough.
        let _ = store.persist();
        Ok(store)
    }
}

impl<D: Disk> Opening<'_, D> {
    fn segments(&mut self) -> BTreeMap<u64, Segment<D::File>> {
        let mut firsts: Vec<u64> = self.files.keys().filter_map(|name| Kind::Segment.parse(name)).collect();
        firsts.sort_unstable();
        let ends: Vec<Option<u64>> = firsts.iter().skip(1).copied().map(Some).chain([None]).collect();
        let mut segments = BTreeMap::new();
        for (first, next) in firsts.into_iter().zip(ends) {
            if let Some(header) = self.header(first) {
                segments.insert(first, self.segment(&header, next));
            }
        }
        self.remove_orphans(&segments);
        segments
    }

    /// The header of a segment, which is set aside if it has none that is good.
    fn header(&mut self, first: u64) -> Option<Header> {
        let name = Kind::Segment.name(first);
        let len = self.files.get(&name).copied().unwrap_or_default();
        // A name is never used twice.
        self.above = self.above.max(first + 1);
        if len < FILE_HEADER as u64 {
            // The process ended before the first record was in. If it cannot be removed, it is met again.
            let _ = remove_if_there(self.disk, &name);
            return None;
        }
        let mut bytes = [0; FILE_HEADER];
        let read = self.disk.open(&name).and_then(|file| read_exact_at(&file, &mut bytes, 0));
        let salt = read_file_header(&bytes, Kind::Segment, first).filter(|_| read.is_ok());
        if salt.is_none() {
            self.above = self.above.max(first + most_records(len));
        }
        if read.is_err() {
            self.damage.unreadable += 1;
        } else if salt.is_none() {
            self.damage.set_aside += 1;
            self.damage.bytes += len;
            self.set_aside(&name);
        }
        Some(Header { first, salt: salt?, len })
    }

    /// Renames a file so that it is out of the way and can be looked at. If that fails it stays and is met again.
    fn set_aside(&mut self, name: &str) {
        let names = (0..MOST_ASIDE).map(|number| match number {
            0 => format!("{name}.bad"),
            number => format!("{name}.bad{number}"),
        });
        for aside in names {
            if !self.files.contains_key(&aside) {
                if self.disk.rename(name, &aside).is_ok() {
                    self.files.insert(aside, 0);
                }
                return;
            }
        }
    }

    /// A segment from an earlier run. If that did not say where it ends and there is none behind it, it is read.
    fn segment(&mut self, header: &Header, next_first: Option<u64>) -> Segment<D::File> {
        let Header { first, salt, mut len } = *header;
        let next = next_first.unwrap_or(u64::MAX);
        let mut acks = match self.files.get(&Kind::Acks.name(first)) {
            Some(len) => Acks::load(self.disk, salt, first..next, *len),
            None => Acks::new(first, salt),
        };
        if acks.end().is_none()
            && next_first.is_none()
            && let Some((end, valid)) = self.find_end(header)
        {
            acks.set_end(end);
            len = valid;
        }
        let end = acks.end().unwrap_or(next.min(first + most_records(len)));
        self.above = self.above.max(end);
        let left = (end - first).saturating_sub(acks.count());
        Segment { salt, all: first..end, len, left, read: false, kept: false, acks }
    }

    /// The sequence behind the last record of the last segment, and its length without a torn end. `None` if it cannot
    /// be read now.
    fn find_end(&mut self, header: &Header) -> Option<(u64, u64)> {
        let Header { first, len, .. } = *header;
        let mut file = self.disk.open(&Kind::Segment.name(first)).ok()?;
        let mut scan = Scan::new(first, header.salt);
        while scan.next(&file, End { offset: len, sequence: u64::MAX }).ok()?.is_some() {
            // Counted when it is read to be given out.
            scan.take_damaged();
        }
        let end = scan.valid_end();
        if end < len {
            self.damage.torn_bytes += len - end;
            // The reader stops at `end` anyway; on a disk that can be written there is less to explain.
            let _ = file.truncate(end);
        }
        if self.durability == Durability::Node {
            // What is given out now must not be gone after a loss of power. What was confirmed is safe already.
            let _ = file.sync().and_then(|()| self.disk.sync());
        }
        Some((scan.expected(), end))
    }

    /// Acknowledgements whose segment is gone.
    fn remove_orphans(&self, segments: &BTreeMap<u64, Segment<D::File>>) {
        for (first, name) in self.files.keys().filter_map(|name| Some((Kind::Acks.parse(name)?, name))) {
            if !segments.contains_key(&first) && !self.files.contains_key(&Kind::Segment.name(first)) {
                let _ = remove_if_there(self.disk, name);
            }
        }
    }
}

/// How many records a segment of this length can hold.
fn most_records(len: u64) -> u64 {
    len.saturating_sub(FILE_HEADER as u64) / FRAME_HEADER as u64
}
