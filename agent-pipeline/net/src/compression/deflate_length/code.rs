//! The Huffman codes of a block: short words are looked up, longer ones read bit by bit.
//!
//! A table for all words of up to 15 bits would take longer to make than the shortest block that brings a code of its own
//! takes to arrive.

use super::bits::Bits;

const LONGEST: usize = 15;
/// Words up to this are looked up.
const QUICK: u32 = 9;
/// How many symbols the larger code has.
const SYMBOLS: usize = 288;
const LENGTH_BITS: u32 = 4;
/// The order in which the lengths of the code for lengths come (RFC 1951, 3.2.7).
const ORDER: [u8; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/// The two codes of a block.
pub(super) struct Codes {
    /// Bytes, the end of the block, lengths of matches.
    pub(super) lengths: Code,
    pub(super) distances: Code,
}

/// A canonical code.
pub(super) struct Code {
    /// By the next bits: the symbol and, in the lowest bits, the length of its word; 0 for words that are longer.
    quick: [u16; 1 << QUICK],
    /// How many words there are of each length.
    counts: [u16; LONGEST + 1],
    /// Symbols in the order of their words.
    symbols: [u16; SYMBOLS],
}

impl Codes {
    /// Those of RFC 1951, 3.2.6.
    pub(super) fn fixed() -> Option<Self> {
        let mut lengths = [8; SYMBOLS];
        lengths.get_mut(144..256)?.fill(9);
        lengths.get_mut(256..280)?.fill(7);
        Some(Self { lengths: Code::of(&lengths)?, distances: Code::of(&[5; 32])? })
    }

    /// Those that stand at the beginning of a block.
    pub(super) fn read(bits: &mut Bits<'_>) -> Option<Self> {
        let (lengths, distances, order) = (bits.take(5)? + 257, bits.take(5)? + 1, bits.take(4)? + 4);
        if lengths > 286 || distances > 30 {
            return None;
        }
        let mut of_lengths = [0; ORDER.len()];
        for symbol in ORDER.iter().take(order) {
            *of_lengths.get_mut(usize::from(*symbol))? = u8::try_from(bits.take(3)?).ok()?;
        }
        let code = Code::of(&of_lengths)?;
        if !code.is_complete() {
            return None;
        }
        let mut all = Vec::with_capacity(lengths + distances);
        while all.len() < lengths + distances {
            bits.fill();
            let (length, times) = match code.next(bits)? {
                16 => (*all.last()?, 3 + bits.held(2)?),
                17 => (0, 3 + bits.held(3)?),
                18 => (0, 11 + bits.held(7)?),
                length => (u8::try_from(length).ok()?, 1),
            };
            all.resize(all.len() + times, length);
        }
        if all.len() > lengths + distances || *all.get(256)? == 0 {
            return None;
        }
        let (of_lengths, of_distances) = all.split_at_checked(lengths)?;
        Some(Self { lengths: Code::of(of_lengths)?, distances: Code::of(of_distances)? })
    }
}

impl Code {
    /// From the length of each symbol's word; 0 is no word. `None` when there can be no such code: more words than bits
    /// tell apart, or fewer, unless it is one of a single bit or none at all.
    fn of(lengths: &[u8]) -> Option<Self> {
        let mut code = Self { quick: [0; 1 << QUICK], counts: [0; LONGEST + 1], symbols: [0; SYMBOLS] };
        for length in lengths {
            *code.counts.get_mut(usize::from(*length))? += 1;
        }
        *code.counts.first_mut()? = 0;
        let words = lengths.iter().filter(|length| **length > 0);
        let is_usual = code.is_complete() || words.clone().count() == 0;
        if !is_usual && words.ne(&[1]) {
            return None;
        }
        // The first word of each length, and where its symbol stands.
        let (mut words, mut places) = ([0_u16; LONGEST + 1], [0_u16; LONGEST + 1]);
        let (mut word, mut place) = (0_u16, 0_u16);
        for ((count, first), at) in code.counts.iter().zip(&mut words).zip(&mut places) {
            word <<= 1;
            (*first, *at) = (word, place);
            word = word.wrapping_add(*count);
            place += count;
        }
        for (symbol, length) in (0_u16..).zip(lengths).filter(|(_, length)| **length > 0) {
            let at = usize::from(*length);
            let (word, place) = (words.get_mut(at)?, places.get_mut(at)?);
            *code.symbols.get_mut(usize::from(*place))? = symbol;
            code.make_quick(*word, *length, symbol);
            *word = word.wrapping_add(1);
            *place += 1;
        }
        Some(code)
    }

    fn make_quick(&mut self, word: u16, length: u8, symbol: u16) {
        if u32::from(length) <= QUICK {
            // Words come with their first bit lowest.
            let first = usize::from(word.reverse_bits() >> (16 - length));
            let entries = self.quick.iter_mut().skip(first).step_by(1 << length);
            entries.for_each(|entry| *entry = symbol << LENGTH_BITS | u16::from(length));
        }
    }

    /// Whether every sequence of bits begins with a word. Too many words are no code either.
    fn is_complete(&self) -> bool {
        let mut left = 1_i32;
        for count in self.counts.iter().skip(1) {
            left = left * 2 - i32::from(*count);
            if left < 0 {
                return false;
            }
        }
        left == 0
    }

    /// The next symbol, of bits that are held; `None` when there are too few, or nothing has this word.
    pub(super) fn next(&self, bits: &mut Bits<'_>) -> Option<u16> {
        let entry = *self.quick.get(bits.peek(QUICK))?;
        if entry != 0 {
            bits.skip(u32::from(entry & ((1 << LENGTH_BITS) - 1)))?;
            return Some(entry >> LENGTH_BITS);
        }
        let (mut word, mut first, mut place) = (0, 0, 0);
        let ahead = bits.peek(16);
        for (length, count) in (0_u32..).zip(&self.counts).skip(1) {
            word |= ahead >> (length - 1) & 1;
            let count = usize::from(*count);
            if word < first + count {
                bits.skip(length)?;
                return self.symbols.get(place + word - first).copied();
            }
            place += count;
            first = (first + count) << 1;
            word <<= 1;
        }
        None
    }
}
