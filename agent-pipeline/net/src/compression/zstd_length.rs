//! What the beginning of a Zstandard body becomes at least and at most, from the heads of its frames and blocks (RFC 8878).
//!
//! Nothing is decoded: a block says how long it is unless it is compressed, and then it becomes no more than [`LARGEST_BLOCK`].

/// `Block_Maximum_Size` (3.1.1.2.4), unless the window is smaller.
const LARGEST_BLOCK: usize = 128 << 10;
const MAGIC: [u8; 4] = 0xfd2f_b528_u32.to_le_bytes();
/// A skippable frame begins with this, but for the low half of the first byte (3.1.2).
const SKIPPABLE: [u8; 4] = 0x184d_2a50_u32.to_le_bytes();
/// Bits of the descriptor of a frame (3.1.1.1.1).
const SINGLE_SEGMENT: u8 = 1 << 5;
const RESERVED: u8 = 1 << 3;
const CHECKSUM: u8 = 1 << 2;

/// What a body becomes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Length {
    pub(super) least: usize,
    pub(super) most: usize,
    /// Whether it was understood to its end.
    pub(super) is_whole: bool,
}

/// Counts up to the end of `start`, or to damage.
pub(super) fn of(start: &[u8]) -> Length {
    let mut length = Length::default();
    let mut rest = start;
    while !rest.is_empty() {
        match frame(rest, &mut length) {
            Some(behind) => rest = behind,
            None => return length,
        }
    }
    length.is_whole = true;
    length
}

/// Adds a frame; what is behind it.
fn frame<'a>(input: &'a [u8], length: &mut Length) -> Option<&'a [u8]> {
    let (magic, rest) = input.split_first_chunk::<4>()?;
    if *magic != MAGIC {
        let [low, others @ ..] = *magic;
        let is_skippable = [low & 0xf0, others[0], others[1], others[2]] == SKIPPABLE;
        let (size, rest) = rest.split_first_chunk().filter(|_| is_skippable)?;
        return rest.get(usize::try_from(u32::from_le_bytes(*size)).ok()?..);
    }
    let (descriptor, rest) = rest.split_first()?;
    let is_single = descriptor & SINGLE_SEGMENT != 0;
    let window = usize::from(!is_single);
    let dictionary = [0, 1, 2, 4].get(usize::from(descriptor & 3))?;
    let size = [usize::from(is_single), 2, 4, 8].get(usize::from(descriptor >> 6)).copied()?;
    let mut rest = rest.get(window + dictionary + size..).filter(|_| descriptor & RESERVED == 0)?;
    loop {
        let ([low, middle, high], behind) = rest.split_first_chunk()?;
        let head = u32::from_le_bytes([*low, *middle, *high, 0]);
        let said = usize::try_from(head >> 3).ok().filter(|size| *size <= LARGEST_BLOCK)?;
        let (least, most, here) = match head >> 1 & 3 {
            0 => (said.min(behind.len()), said, said),
            1 => (said, said, 1),
            2 => (0, LARGEST_BLOCK, said),
            _ => return None,
        };
        length.least = length.least.saturating_add(least);
        length.most = length.most.saturating_add(most);
        rest = behind.get(here..)?;
        if head & 1 == 1 {
            return rest.get(if descriptor & CHECKSUM == 0 { 0 } else { 4 }..);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zstd::stream::write::Encoder;

    use super::super::random::noise;
    use super::*;

    fn packed(content: &[u8], checksum: bool) -> Vec<u8> {
        let mut coder = Encoder::new(Vec::new(), 1).unwrap();
        coder.include_checksum(checksum).unwrap();
        coder.write_all(content).unwrap();
        coder.finish().unwrap()
    }

    #[test]
    fn the_length_lies_between_the_bounds() {
        for content in
            [vec![], b"short".to_vec(), vec![0; 1_000_000], noise(200_000), b"name=value;".repeat(40_000)]
        {
            let mut body = packed(&content, true);
            body.extend_from_slice(&[&0x184d_2a57_u32.to_le_bytes()[..], &[3, 0, 0, 0, 1, 2, 3]].concat());
            body.extend(packed(&content, false));
            let length = of(&body);
            assert!(length.is_whole && length.least <= 2 * content.len(), "{length:?}");
            assert!(length.most >= 2 * content.len(), "{length:?}");
            let start = of(&body[..body.len() - 1]);
            assert!(!start.is_whole && start.least <= length.least && start.most <= length.most);
        }
    }

    #[test]
    fn what_is_not_compressed_is_known() {
        assert_eq!(
            of(&packed(&noise(200_000), false)),
            Length { least: 200_000, most: 200_000, is_whole: true }
        );
    }

    #[test]
    fn damage_ends_the_count() {
        let mut body = packed(&noise(200_000), false);
        body.truncate(100_000);
        let length = of(&body);
        assert!(!length.is_whole && length.least < 100_000 && length.most == LARGEST_BLOCK, "{length:?}");
        assert_eq!(of(b"something else"), Length::default());
        assert_eq!(of(&[&MAGIC[..], &[RESERVED; 20]].concat()), Length::default());
    }
}
