//! What the beginning of a gzip or zlib body becomes, from its codes alone.
//!
//! Nothing is written and no checksum taken: the lengths of matches, of which bombs are made, are added up. A body of ordinary
//! telemetry is counted several times quicker than it is decompressed. (RFC 1950, RFC 1951, RFC 1952.)

mod bits;
mod code;
#[cfg(test)]
mod tests;

use bits::Bits;
use code::{Code, Codes};

use super::gzip::MAGIC;

/// Bits of the flags of a gzip header.
const HEADER_CHECKSUM: u8 = 1 << 1;
const EXTRA: u8 = 1 << 2;
const NAME: u8 = 1 << 3;
const COMMENT: u8 = 1 << 4;
const RESERVED: u8 = 0b1110_0000;
/// Checksum and size of a member.
const TRAILER: usize = 8;

/// A match reaches back no further than this.
const WINDOW: usize = 32 << 10;
const END_OF_BLOCK: u16 = 256;
/// The shortest match of each length code, and how many bits add to it.
const LENGTHS: [(u16, u8); 29] = [
    (3, 0),
    (4, 0),
    (5, 0),
    (6, 0),
    (7, 0),
    (8, 0),
    (9, 0),
    (10, 0),
    (11, 1),
    (13, 1),
    (15, 1),
    (17, 1),
    (19, 2),
    (23, 2),
    (27, 2),
    (31, 2),
    (35, 3),
    (43, 3),
    (51, 3),
    (59, 3),
    (67, 4),
    (83, 4),
    (99, 4),
    (115, 4),
    (131, 5),
    (163, 5),
    (195, 5),
    (227, 5),
    (258, 0),
];
const LONGEST: usize = 258;
/// Distance codes beyond this stand for nothing.
const LAST_DISTANCE: u16 = 29;

/// Whether a gzip body of which `start` has come becomes larger than `limit` bytes already. A damaged one is not.
pub(super) fn gzip_exceeds(start: &[u8], limit: usize) -> bool {
    let mut sum = Sum { length: 0, limit };
    let mut rest = start;
    // `None` is the end of what has come, or damage, or too much.
    while let Some(behind) = member(rest, &mut sum) {
        rest = behind;
    }
    sum.is_too_much()
}

/// The same of a zlib body. What follows its stream is not looked at.
pub(super) fn zlib_exceeds(start: &[u8], limit: usize) -> bool {
    let mut sum = Sum { length: 0, limit };
    if let Some(([method, flags], stream)) = start.split_first_chunk()
        && u16::from_be_bytes([*method, *flags]).is_multiple_of(31)
        && method & 15 == 8
        && flags & 0x20 == 0
    {
        let _ = inflate(&mut Bits::of(stream), &mut sum);
    }
    sum.is_too_much()
}

struct Sum {
    length: usize,
    limit: usize,
}

impl Sum {
    fn is_too_much(&self) -> bool {
        self.length > self.limit
    }

    /// `None` when it is too much, as nothing more has to be read then.
    fn add(&mut self, more: usize) -> Option<()> {
        self.length = self.length.saturating_add(more);
        (!self.is_too_much()).then_some(())
    }
}

/// Adds what a member becomes; what is behind it.
fn member<'a>(input: &'a [u8], sum: &mut Sum) -> Option<&'a [u8]> {
    let (head, mut rest) = input.split_first_chunk::<10>()?;
    let flags = *head.get(3)?;
    if !head.starts_with(&MAGIC) || flags & RESERVED != 0 {
        return None;
    }
    if flags & EXTRA != 0 {
        let (length, behind) = rest.split_first_chunk()?;
        rest = behind.get(usize::from(u16::from_le_bytes(*length))..)?;
    }
    for text in [NAME, COMMENT] {
        if flags & text != 0 {
            rest = rest.get(memchr::memchr(0, rest)? + 1..)?;
        }
    }
    if flags & HEADER_CHECKSUM != 0 {
        rest = rest.get(2..)?;
    }
    let mut bits = Bits::of(rest);
    inflate(&mut bits, sum)?;
    bits.rest().get(TRAILER..)
}

/// Adds what a deflate stream becomes.
fn inflate(bits: &mut Bits<'_>, sum: &mut Sum) -> Option<()> {
    let begin = sum.length;
    loop {
        let is_last = bits.take(1)? == 1;
        match bits.take(2)? {
            0 => stored(bits, sum)?,
            kind => {
                let codes =
                    if kind == 1 { Codes::fixed()? } else { Codes::read(bits).filter(|_| kind == 2)? };
                block(bits, &codes, begin, sum)?;
            }
        }
        if is_last {
            return Some(());
        }
    }
}

fn stored(bits: &mut Bits<'_>, sum: &mut Sum) -> Option<()> {
    let ([low, high, not_low, not_high], behind) = bits.rest().split_first_chunk()?;
    let length = u16::from_le_bytes([*low, *high]);
    if length != !u16::from_le_bytes([*not_low, *not_high]) {
        return None;
    }
    sum.add(usize::from(length).min(behind.len()))?;
    *bits = Bits::of(behind.get(usize::from(length)..)?);
    Some(())
}

/// Adds a compressed block of a stream whose first byte came after `begin` others.
fn block(bits: &mut Bits<'_>, codes: &Codes, begin: usize, sum: &mut Sum) -> Option<()> {
    loop {
        bits.fill();
        let before = *bits;
        let symbol = codes.lengths.next(bits)?;
        if symbol < END_OF_BLOCK {
            sum.add(1)?;
            continue;
        }
        if symbol == END_OF_BLOCK {
            return Some(());
        }
        let (least, extra) = *LENGTHS.get(usize::from(symbol - END_OF_BLOCK - 1))?;
        let length = usize::from(least) + bits.held(extra.into())?;
        if distance(bits, &codes.distances)? > (sum.length - begin).min(WINDOW) {
            return None;
        }
        sum.add(length)?;
        if length == LONGEST {
            // Bombs are made of runs of these.
            sum.add(length * bits.skip_repeated(before))?;
        }
    }
}

fn distance(bits: &mut Bits<'_>, code: &Code) -> Option<usize> {
    let symbol = code.next(bits)?;
    if symbol > LAST_DISTANCE {
        return None;
    }
    if symbol < 2 {
        return Some(usize::from(symbol) + 1);
    }
    let extra = u32::from(symbol / 2 - 1);
    let least = (2 + usize::from(symbol & 1)) << extra;
    Some(least + 1 + bits.held(extra)?)
}
