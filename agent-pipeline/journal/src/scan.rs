//! Reads the records of a segment in order, and finds the next whole one behind damage.
//!
//! The header of a frame has a checksum of its own. If that holds, the length is true and exactly one record is skipped
//! when its content is damaged; if it does not, the next frame is searched for byte by byte.

use std::io;

use bytes::{Bytes, BytesMut};
use memchr::memmem;

use crate::disk::{DiskFile, read_exact_at};
use crate::format::{FILE_HEADER, FRAME_HEADER, FRAME_MAGIC, FrameHeader};
use crate::ranges::Ranges;
use crate::record::{Record, Stored};

/// What is read at once when records are small.
const CHUNK: u64 = 64 << 10;

/// Where a segment ends. What lies behind is not part of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct End {
    pub(crate) offset: u64,
    pub(crate) sequence: u64,
}

/// A place in a segment.
#[derive(Debug)]
pub(crate) struct Scan {
    salt: u32,
    first: u64,
    /// Where the next frame should begin.
    offset: u64,
    /// Behind the last frame whose header is whole.
    valid_end: u64,
    /// The sequence that the next frame should have.
    expected: u64,
    /// Records that were there and cannot be read.
    damaged: Ranges,
    /// Bytes that were passed over.
    passed_over: u64,
    window: Bytes,
    window_at: u64,
}

impl Scan {
    /// At the first record of a segment.
    pub(crate) fn new(first: u64, salt: u32) -> Self {
        let start = FILE_HEADER as u64;
        Self {
            salt,
            first,
            offset: start,
            valid_end: start,
            expected: first,
            damaged: Ranges::default(),
            passed_over: 0,
            window: Bytes::new(),
            window_at: 0,
        }
    }

    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    pub(crate) fn valid_end(&self) -> u64 {
        self.valid_end
    }

    pub(crate) fn expected(&self) -> u64 {
        self.expected
    }

    /// Records found missing or damaged since the last call.
    pub(crate) fn take_damaged(&mut self) -> Ranges {
        std::mem::take(&mut self.damaged)
    }

    /// Bytes passed over since the last call.
    pub(crate) fn take_passed_over(&mut self) -> u64 {
        std::mem::take(&mut self.passed_over)
    }

    /// Passes a record that is known to be the next one.
    pub(crate) fn pass(&mut self, frame_len: u64) {
        self.advance(self.offset + frame_len, self.expected);
    }

    /// The next record before `end`. With `None` all of it has been read. After an error the same call tries again.
    pub(crate) fn next<F: DiskFile>(&mut self, file: &F, end: End) -> io::Result<Option<Stored>> {
        while let Some((header, content_at)) = self.frame(file, end)? {
            let len = header.content_len();
            // With it comes the header of the next frame.
            let content =
                self.window(file, content_at, len, len.saturating_add(FRAME_HEADER as u64), end.offset)?;
            self.advance(content_at + len, header.sequence);
            if header.matches(&content, self.salt) {
                let mut body = content;
                let header_bytes = body.split_to(usize::from(header.header_len).min(body.len()));
                let record = Record { header: header_bytes, body: vec![body] };
                return Ok(Some(Stored { sequence: header.sequence, record, ahead: false }));
            }
            self.damaged.insert(header.sequence..header.sequence + 1);
            self.passed_over += FRAME_HEADER as u64 + len;
        }
        self.window = Bytes::new();
        Ok(None)
    }

    /// The header of the next frame and where its content begins.
    fn frame<F: DiskFile>(&mut self, file: &F, end: End) -> io::Result<Option<(FrameHeader, u64)>> {
        loop {
            let content_at = self.offset + FRAME_HEADER as u64;
            if content_at > end.offset {
                self.pass_over(end.offset);
                return Ok(None);
            }
            let bytes = self.window(file, self.offset, FRAME_HEADER as u64, CHUNK, end.offset)?;
            let header = bytes.first_chunk().and_then(|bytes| FrameHeader::read(bytes, self.salt));
            match header.filter(|header| self.is_plausible(*header, end)) {
                Some(header) if content_at + header.content_len() <= end.offset => {
                    return Ok(Some((header, content_at)));
                }
                // Cut off within this record: there is nothing behind it.
                Some(_) => self.pass_over(end.offset),
                None => {
                    let found = self.search(file, self.offset + 1, end.offset)?;
                    self.pass_over(found);
                }
            }
        }
    }

    /// Sequences rise, and no more of them are used than there is room for frames.
    fn is_plausible(&self, header: FrameHeader, end: End) -> bool {
        let most = (self.offset - FILE_HEADER as u64) / FRAME_HEADER as u64;
        (self.expected..end.sequence).contains(&header.sequence) && header.sequence - self.first <= most
    }

    /// The next place from `from` on where a frame might begin, or `end`.
    fn search<F: DiskFile>(&mut self, file: &F, mut from: u64, end: u64) -> io::Result<u64> {
        let magic = FRAME_MAGIC.len() as u64;
        while from + magic <= end {
            // What has been read is not read again, however many places look like a beginning.
            let left = (self.window_at + self.window.len() as u64).saturating_sub(from.max(self.window_at));
            let len = if left < FRAME_HEADER as u64 { CHUNK } else { left }.min(end - from);
            let chunk = self.window(file, from, len, len, end)?;
            if let Some(found) = memmem::find(&chunk, &FRAME_MAGIC) {
                return Ok(from + found as u64);
            }
            // A magic may lie across the border.
            from += len - (magic - 1);
        }
        Ok(end)
    }

    fn pass_over(&mut self, offset: u64) {
        self.passed_over += offset.saturating_sub(self.offset);
        self.offset = offset;
    }

    fn advance(&mut self, offset: u64, sequence: u64) {
        self.damaged.insert(self.expected..sequence);
        self.expected = sequence + 1;
        self.offset = offset;
        self.valid_end = offset;
    }

    /// `len` bytes at an offset, all before `end`. When they have to be read, up to `ahead` bytes are.
    fn window<F: DiskFile>(
        &mut self,
        file: &F,
        at: u64,
        len: u64,
        ahead: u64,
        end: u64,
    ) -> io::Result<Bytes> {
        if let Some(found) = self.in_window(at, len) {
            return Ok(found);
        }
        let size = ahead.max(CHUNK).min(end - at).max(len);
        let size = usize::try_from(size).map_err(|_| io::ErrorKind::OutOfMemory)?;
        // The old window goes first: not two of them at once.
        self.window = Bytes::new();
        let mut buffer = BytesMut::zeroed(size);
        read_exact_at(file, &mut buffer, at)?;
        (self.window, self.window_at) = (buffer.freeze(), at);
        self.in_window(at, len).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }

    fn in_window(&self, at: u64, len: u64) -> Option<Bytes> {
        let start = usize::try_from(at.checked_sub(self.window_at)?).ok()?;
        let end = start.checked_add(usize::try_from(len).ok()?)?;
        (end <= self.window.len()).then(|| self.window.slice(start..end))
    }
}
