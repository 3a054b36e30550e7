//! What the beginning of an LZ4 frame becomes, from its lengths alone.
//!
//! Nothing is copied: long matches, of which bombs are made, are added up instead of written. (LZ4 frame format 1.6.4, LZ4
//! block format of 2022.)

/// The bits of the flag byte: a checksum behind each block, the size of the content, a dictionary.
const BLOCK_CHECKSUM: u8 = 1 << 4;
const CONTENT_SIZE: u8 = 1 << 3;
const DICTIONARY: u8 = 1;
/// The bit of a block's size that says that it is not compressed.
const STORED: u32 = 1 << 31;
/// The shortest match.
const MATCH: usize = 4;

/// Whether a frame of which `start` has come becomes larger than `limit` bytes already. A damaged one is not.
pub(super) fn exceeds(start: &[u8], limit: usize) -> bool {
    let mut sum = Sum { length: 0, limit };
    // `None` is the end of what has come, or damage.
    let _ = frame(&mut Reader(start), &mut sum);
    sum.length > limit
}

struct Sum {
    length: usize,
    limit: usize,
}

impl Sum {
    /// `None` when it is too much, as nothing more has to be read then.
    fn add(&mut self, more: usize) -> Option<()> {
        self.length = self.length.saturating_add(more);
        (self.length <= self.limit).then_some(())
    }
}

fn frame(reader: &mut Reader<'_>, sum: &mut Sum) -> Option<()> {
    if reader.word()?.to_le_bytes() != super::lz4::MAGIC {
        return None;
    }
    let flags = reader.byte()?;
    let size = if flags & CONTENT_SIZE == 0 { 0 } else { 8 };
    let dictionary = if flags & DICTIONARY == 0 { 0 } else { 4 };
    // The block size and the header's checksum are a byte each.
    reader.take(1 + size + dictionary + 1)?;
    loop {
        let size = reader.word()?;
        if size == 0 {
            return None;
        }
        let length = usize::try_from(size & !STORED).ok()?;
        let mut block = reader.up_to(length);
        if size & STORED != 0 {
            sum.add(block.0.len())?;
        } else {
            // The last sequence of a block has no match; a block that has not come whole ends anywhere.
            while sequence(&mut block, sum).is_some() {}
            sum.add(0)?;
        }
        if flags & BLOCK_CHECKSUM != 0 {
            reader.take(4)?;
        }
    }
}

fn sequence(block: &mut Reader<'_>, sum: &mut Sum) -> Option<()> {
    let token = block.byte()?;
    let literals = block.length(token >> 4);
    sum.add(block.up_to(literals).0.len())?;
    // The offset says from where, not how much.
    block.take(2)?;
    sum.add(block.length(token & 0xf).saturating_add(MATCH))
}

/// What has not been read yet.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    /// As much of that as there is.
    fn up_to(&mut self, length: usize) -> Reader<'a> {
        let (taken, rest) = self.0.split_at_checked(length).unwrap_or((self.0, &[]));
        self.0 = rest;
        Reader(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    fn word(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(*self.take(4)?.first_chunk()?))
    }

    /// A length of which four bits stand in the token; 15 means that bytes follow, up to one that is not 255. Of one that has
    /// not come whole it is what has come.
    fn length(&mut self, bits: u8) -> usize {
        let mut length = usize::from(bits);
        if bits == 0xf {
            let full = self.0.iter().position(|byte| *byte != u8::MAX).unwrap_or(self.0.len());
            length = length.saturating_add(full.saturating_mul(usize::from(u8::MAX)));
            self.up_to(full);
            length = length.saturating_add(self.byte().map_or(0, usize::from));
        }
        length
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use lz4_flex::frame::{BlockMode, BlockSize, FrameEncoder, FrameInfo};

    use super::super::random::{noise, numbers};
    use super::*;

    fn compressed(content: &[u8], info: FrameInfo) -> Vec<u8> {
        let mut coder = FrameEncoder::with_frame_info(info, Vec::new());
        coder.write_all(content).unwrap();
        coder.finish().unwrap()
    }

    fn contents() -> Vec<Vec<u8>> {
        let noise = noise(300_000);
        let mixed = noise.iter().map(|byte| byte % 3).collect();
        let text = b"service.name=checkout;".repeat(9000);
        vec![Vec::new(), b"short".to_vec(), vec![0; 5_000_000], noise, mixed, text]
    }

    #[test]
    fn the_length_is_that_of_the_content() {
        for content in contents() {
            for info in [
                FrameInfo::new(),
                FrameInfo::new().block_mode(BlockMode::Linked).block_size(BlockSize::Max64KB),
                FrameInfo::new().block_checksums(true).content_checksum(true),
                FrameInfo::new().content_size(Some(content.len() as u64)),
            ] {
                let frame = compressed(&content, info);
                assert!(!exceeds(&frame, content.len()));
                if let Some(less) = content.len().checked_sub(1) {
                    assert!(exceeds(&frame, less));
                }
            }
        }
    }

    #[test]
    fn a_beginning_tells_what_it_becomes() {
        let frame = compressed(&vec![0; 5_000_000], FrameInfo::new());
        let half = &frame[..frame.len() / 2];
        assert!(exceeds(half, 1_000_000));
        assert!(!exceeds(half, 4_000_000));
    }

    #[test]
    fn damage_ends_the_count() {
        let mut random = numbers();
        let good = compressed(&b"service.name=checkout;".repeat(500), FrameInfo::new());
        for _ in 0..2000 {
            let mut bad = good.clone();
            let place = random() % bad.len();
            bad[place] = random().to_le_bytes()[0];
            bad.truncate(random() % (bad.len() + 1));
            // No more than 255 bytes come of each.
            assert!(!exceeds(&bad, 256 * bad.len()));
        }
    }
}
