//! The bytes of the files, as README.md promises them. All numbers are little-endian.
//!
//! The salt is random for each segment and starts every checksum of it, so that bytes of a record can never be taken
//! for a frame of the journal, whatever a client puts into them.

use std::hash::{BuildHasher, RandomState};
use std::ops::Range;

use bytes::BufMut;
use crc32fast::Hasher;

use crate::record::Record;

/// Of both kinds of file.
pub(crate) const FILE_HEADER: usize = 28;
/// Before the header and the body of a record.
pub(crate) const FRAME_HEADER: usize = 28;
/// One run of acknowledged sequences.
pub(crate) const ACK_ENTRY: usize = 16;

pub(crate) const FRAME_MAGIC: [u8; 4] = [0xF5, b'K', b'R', 0x9E];
const VERSION: u32 = 1;

/// Which file it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Segment,
    Acks,
}

impl Kind {
    pub(crate) fn name(self, first: u64) -> String {
        format!("{first:020}.{}", self.extension())
    }

    /// The sequence that a file name tells, if it is one of this kind.
    pub(crate) fn parse(self, name: &str) -> Option<u64> {
        let digits = name.strip_suffix(self.extension())?.strip_suffix('.')?;
        let first = digits.parse().ok()?;
        // The highest sequences are never given out, so that arithmetic on them has room.
        (self.name(first) == name && first < u64::MAX / 2).then_some(first)
    }

    fn extension(self) -> &'static str {
        match self {
            Self::Segment => "seg",
            Self::Acks => "ack",
        }
    }

    fn magic(self) -> [u8; 8] {
        match self {
            Self::Segment => *b"KMQSEG\r\n",
            Self::Acks => *b"KMQACK\r\n",
        }
    }
}

/// A salt that nobody can foresee.
pub(crate) fn new_salt() -> u32 {
    let bytes = RandomState::new().hash_one(0u8).to_le_bytes();
    u32::from_le_bytes(part(&bytes, 0))
}

/// The header of a file: magic 8, version 4, salt 4, first sequence 8, checksum 4.
pub(crate) fn file_header(kind: Kind, first: u64, salt: u32) -> [u8; FILE_HEADER] {
    let mut out = [0; FILE_HEADER];
    let mut rest = out.as_mut_slice();
    rest.put_slice(&kind.magic());
    rest.put_u32_le(VERSION);
    rest.put_u32_le(salt);
    rest.put_u64_le(first);
    let crc = checksum(0, [checked(&out)]);
    seal(&mut out, crc);
    out
}

/// The salt of a file that is what its name says and of the version this crate knows.
pub(crate) fn read_file_header(bytes: &[u8; FILE_HEADER], kind: Kind, first: u64) -> Option<u32> {
    let salt = u32::from_le_bytes(part(bytes, 12));
    (*bytes == file_header(kind, first, salt)).then_some(salt)
}

/// What the header of a frame says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FrameHeader {
    pub(crate) header_len: u16,
    pub(crate) body_len: u32,
    pub(crate) sequence: u64,
    content_crc: u32,
}

impl FrameHeader {
    /// For a record; `None` if it does not fit, see [`fits_a_frame`].
    pub(crate) fn of(record: &Record, sequence: u64, salt: u32) -> Option<Self> {
        let pieces = std::iter::once(&record.header).chain(&record.body);
        Some(Self {
            header_len: u16::try_from(record.header.len()).ok()?,
            body_len: u32::try_from(record.body_len()).ok()?,
            sequence,
            content_crc: checksum(salt, pieces.map(AsRef::as_ref)),
        })
    }

    /// Magic 4, header length 2, zero 2, body length 4, sequence 8, checksum of the content 4, of the frame header 4.
    pub(crate) fn to_bytes(self, salt: u32) -> [u8; FRAME_HEADER] {
        let mut out = [0; FRAME_HEADER];
        let mut rest = out.as_mut_slice();
        rest.put_slice(&FRAME_MAGIC);
        rest.put_u16_le(self.header_len);
        rest.put_u16_le(0);
        rest.put_u32_le(self.body_len);
        rest.put_u64_le(self.sequence);
        rest.put_u32_le(self.content_crc);
        let crc = checksum(salt, [checked(&out)]);
        seal(&mut out, crc);
        out
    }

    /// `None` if it is not a frame header of this segment.
    pub(crate) fn read(bytes: &[u8; FRAME_HEADER], salt: u32) -> Option<Self> {
        let read = Self {
            header_len: u16::from_le_bytes(part(bytes, 4)),
            body_len: u32::from_le_bytes(part(bytes, 8)),
            sequence: u64::from_le_bytes(part(bytes, 12)),
            content_crc: u32::from_le_bytes(part(bytes, 20)),
        };
        (bytes.starts_with(&FRAME_MAGIC) && *bytes == read.to_bytes(salt)).then_some(read)
    }

    /// Bytes of header and body.
    pub(crate) fn content_len(self) -> u64 {
        u64::from(self.header_len) + u64::from(self.body_len)
    }

    pub(crate) fn matches(self, content: &[u8], salt: u32) -> bool {
        checksum(salt, [content]) == self.content_crc
    }
}

/// Whether a frame can tell how long header and body are.
pub(crate) fn fits_a_frame(record: &Record) -> bool {
    u16::try_from(record.header.len()).is_ok() && u32::try_from(record.body_len()).is_ok()
}

/// What a record takes in a segment.
pub(crate) fn frame_len(record: &Record) -> u64 {
    (FRAME_HEADER + record.len()) as u64
}

/// Adds runs as entries: first 8, count 4, checksum 4. A long run becomes several; an empty one is written too.
pub(crate) fn write_acks(out: &mut Vec<u8>, runs: impl Iterator<Item = Range<u64>>, salt: u32) {
    for mut run in runs {
        loop {
            let count = u32::try_from(run.end - run.start).unwrap_or(u32::MAX);
            let mut entry = [0; ACK_ENTRY];
            let mut rest = entry.as_mut_slice();
            rest.put_u64_le(run.start);
            rest.put_u32_le(count);
            let crc = checksum(salt, [checked(&entry)]);
            seal(&mut entry, crc);
            out.extend_from_slice(&entry);
            run.start += u64::from(count);
            if run.is_empty() {
                break;
            }
        }
    }
}

/// The runs of those entries that are whole.
pub(crate) fn read_acks(bytes: &[u8], salt: u32) -> impl Iterator<Item = Range<u64>> {
    let (entries, _) = bytes.as_chunks::<ACK_ENTRY>();
    entries.iter().filter_map(move |entry| {
        let crc = u32::from_le_bytes(part(entry, ACK_ENTRY - 4));
        let start = u64::from_le_bytes(part(entry, 0));
        let end = start.checked_add(u64::from(u32::from_le_bytes(part(entry, 8))))?;
        (checksum(salt, [checked(entry)]) == crc).then_some(start..end)
    })
}

fn checksum<'a>(salt: u32, pieces: impl IntoIterator<Item = &'a [u8]>) -> u32 {
    let mut hasher = Hasher::new_with_initial(salt);
    pieces.into_iter().for_each(|piece| hasher.update(piece));
    hasher.finalize()
}

/// All but the checksum at the end.
fn checked<const N: usize>(bytes: &[u8; N]) -> &[u8] {
    bytes.get(..N - 4).unwrap_or_default()
}

fn seal<const N: usize>(bytes: &mut [u8; N], crc: u32) {
    if let Some(end) = bytes.last_chunk_mut() {
        *end = crc.to_le_bytes();
    }
}

/// A number's bytes at a place that is known to be inside.
fn part<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).copied().unwrap_or([0; N])
}
