//! The acknowledgements of one segment: a set in memory, and a file of runs beside the segment.
//!
//! The file only ever grows, by whole entries; it goes with its segment. An entry that is lost costs a repetition,
//! never a record, so nothing here is a reason to stop.

use std::io::IoSlice;
use std::ops::Range;

use crate::disk::{Disk, DiskFile, read_exact_at, write_all};
use crate::error::{Error, Operation};
use crate::format::{ACK_ENTRY, FILE_HEADER, Kind, file_header, read_acks, read_file_header, write_acks};
use crate::ranges::Ranges;

/// Entries are read this many bytes at a time.
const CHUNK: u64 = (64 << 10) / ACK_ENTRY as u64 * ACK_ENTRY as u64;

pub(crate) struct Acks<F> {
    first: u64,
    salt: u32,
    known: Ranges,
    /// Known and not yet in the file.
    pending: Ranges,
    /// Behind the last sequence of the segment, once that is complete: the segments behind it may be gone.
    end: Option<u64>,
    end_is_pending: bool,
    file: Option<F>,
    /// Length of the file up to the last whole entry; 0 when there is none.
    len: u64,
    /// More than `len` may be in the file, or a file of this name that is not ours: it is put right before a write.
    untidy: bool,
    unsynced: bool,
}

impl<F: DiskFile> Acks<F> {
    /// For a new segment.
    pub(crate) fn new(first: u64, salt: u32) -> Self {
        Self {
            first,
            salt,
            known: Ranges::default(),
            pending: Ranges::default(),
            end: None,
            end_is_pending: false,
            file: None,
            len: 0,
            untidy: false,
            unsynced: false,
        }
    }

    /// What an earlier run left for sequences within `all`, in a file of `len` bytes. What cannot be read is not known.
    pub(crate) fn load<D: Disk<File = F>>(disk: &D, salt: u32, all: Range<u64>, len: u64) -> Self {
        let mut acks = Self { untidy: true, ..Self::new(all.start, salt) };
        let Ok(file) = disk.open(&Kind::Acks.name(all.start)) else { return acks };
        let mut header = [0; FILE_HEADER];
        let ours = read_exact_at(&file, &mut header, 0).is_ok()
            && read_file_header(&header, Kind::Acks, all.start) == Some(salt);
        if !ours {
            return acks;
        }
        let (start, entry) = (FILE_HEADER as u64, ACK_ENTRY as u64);
        acks.len = start + len.saturating_sub(start) / entry * entry;
        // Written by a run that may have ended before it synced them.
        acks.unsynced = true;
        let mut at = start;
        while at < acks.len {
            let size = CHUNK.min(acks.len - at);
            let mut chunk = vec![0; usize::try_from(size).unwrap_or_default()];
            if read_exact_at(&file, &mut chunk, at).is_ok() {
                for run in read_acks(&chunk, salt) {
                    acks.take(run, &all);
                }
            }
            at += size;
        }
        acks
    }

    fn take(&mut self, run: Range<u64>, all: &Range<u64>) {
        if !run.is_empty() {
            self.known.insert(run.start.max(all.start)..run.end.min(all.end));
        } else if all.contains(&run.start) || run.start == all.end {
            self.end = Some(run.start);
        }
    }

    /// Where the segment ends, if an earlier run knew.
    pub(crate) fn end(&self) -> Option<u64> {
        self.end
    }

    /// Says where the segment ends.
    pub(crate) fn set_end(&mut self, end: u64) {
        self.end_is_pending |= self.end != Some(end);
        self.end = Some(end);
    }

    pub(crate) fn add(&mut self, range: Range<u64>) {
        self.known.insert(range.clone());
        self.pending.insert(range);
    }

    pub(crate) fn contains(&self, sequence: u64) -> bool {
        self.known.contains(sequence)
    }

    pub(crate) fn covers(&self, range: &Range<u64>) -> bool {
        self.known.covers(range)
    }

    pub(crate) fn count_in(&self, range: &Range<u64>) -> u64 {
        self.known.count_in(range)
    }

    pub(crate) fn count(&self) -> u64 {
        self.known.count()
    }

    /// Bytes on disk.
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    pub(crate) fn is_unsynced(&self) -> bool {
        self.unsynced
    }

    /// Writes what is pending, in one write. After an error it is still pending.
    pub(crate) fn write<D: Disk<File = F>>(&mut self, disk: &D) -> Result<(), Error> {
        if self.pending.is_empty() && !self.end_is_pending {
            return Ok(());
        }
        let name = Kind::Acks.name(self.first);
        let mut bytes = Vec::new();
        if self.len == 0 {
            bytes.extend_from_slice(&file_header(Kind::Acks, self.first, self.salt));
        }
        let end = self.end.filter(|_| self.end_is_pending).map(|end| end..end);
        write_acks(&mut bytes, self.pending.iter().chain(end), self.salt);
        let file = self.tidy(disk, &name)?;
        write_all(file, &mut [IoSlice::new(&bytes)]).map_err(Error::disk(Operation::Write, &name))?;
        self.untidy = false;
        self.unsynced = true;
        self.len += bytes.len() as u64;
        self.pending.clear();
        self.end_is_pending = false;
        Ok(())
    }

    /// The open file, with exactly `len` bytes in it and about to be written to.
    fn tidy<D: Disk<File = F>>(&mut self, disk: &D, name: &str) -> Result<&mut F, Error> {
        let was_untidy = std::mem::replace(&mut self.untidy, true);
        let len = self.len;
        if len > 0 {
            let file = self.open(disk, name)?;
            if was_untidy {
                file.truncate(len).map_err(Error::disk(Operation::Write, name))?;
            }
            return Ok(file);
        }
        if was_untidy {
            remove_if_there(disk, name)?;
        }
        Ok(self.file.insert(disk.create(name).map_err(Error::disk(Operation::Create, name))?))
    }

    /// Puts what was written on the disk. The name of a new file is up to the caller.
    pub(crate) fn sync<D: Disk<File = F>>(&mut self, disk: &D) -> Result<(), Error> {
        if !self.unsynced {
            return Ok(());
        }
        let name = Kind::Acks.name(self.first);
        self.open(disk, &name)?.sync().map_err(Error::disk(Operation::Sync, &name))?;
        self.unsynced = false;
        Ok(())
    }

    fn open<D: Disk<File = F>>(&mut self, disk: &D, name: &str) -> Result<&mut F, Error> {
        match &mut self.file {
            Some(file) => Ok(file),
            none => Ok(none.insert(disk.open(name).map_err(Error::disk(Operation::Open, name))?)),
        }
    }
}

/// Removes a file, if there is one.
pub(crate) fn remove_if_there<D: Disk>(disk: &D, name: &str) -> Result<(), Error> {
    match disk.remove(name) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::disk(Operation::Remove, name)(error))
        }
        _ => Ok(()),
    }
}
