//! Bits of a deflate stream, the lowest of each byte first.

/// What is left of a stream.
#[derive(Clone, Copy)]
pub(super) struct Bits<'a> {
    input: &'a [u8],
    /// Where in `input` the bits behind those in `held` begin.
    at: usize,
    /// The next bits, `count` of them; higher ones are of those that follow, or zero.
    held: u64,
    count: u32,
}

impl<'a> Bits<'a> {
    pub(super) fn of(input: &'a [u8]) -> Self {
        Self { input, at: 0, held: 0, count: 0 }
    }

    /// Takes up bits until at least 56 are held, which is more than a match with its distance needs, or all that there are.
    pub(super) fn fill(&mut self) {
        let rest = self.input.get(self.at..).unwrap_or_default();
        if let Some(next) = rest.first_chunk() {
            self.held |= u64::from_le_bytes(*next) << self.count;
            let bytes = (63 - self.count) / 8;
            self.at += bytes as usize;
            self.count += bytes * 8;
        } else {
            for byte in rest {
                if self.count > 56 {
                    break;
                }
                self.held |= u64::from(*byte) << self.count;
                self.at += 1;
                self.count += 8;
            }
        }
    }

    /// The next `count` bits of those that are held, at most 16; `None` when there are not so many.
    pub(super) fn held(&mut self, count: u32) -> Option<usize> {
        let bits = self.peek(count);
        self.skip(count)?;
        Some(bits)
    }

    /// The same, of all that there are.
    pub(super) fn take(&mut self, count: u32) -> Option<usize> {
        if self.count < count {
            self.fill();
        }
        self.held(count)
    }

    /// What the next bits are, at most 16, zeros behind the end of the stream.
    pub(super) fn peek(&self, count: u32) -> usize {
        let [low, high, ..] = (self.held & ((1 << count) - 1)).to_le_bytes();
        usize::from(u16::from_le_bytes([low, high]))
    }

    pub(super) fn skip(&mut self, count: u32) -> Option<()> {
        self.count = self.count.checked_sub(count)?;
        self.held >>= count;
        Some(())
    }

    /// Passes over repetitions of what was read since `before`, as far as bits are held; how many there were.
    pub(super) fn skip_repeated(&mut self, before: Self) -> usize {
        let word = before.count.saturating_sub(self.count);
        if word == 0 {
            return 0;
        }
        // Both begin with the same bits for as long as the word is repeated.
        let same = (before.held ^ self.held).trailing_zeros().min(self.count);
        let times = same / word;
        if self.skip(times * word).is_none() {
            return 0;
        }
        times as usize
    }

    /// The bytes that have not been begun.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.input.get(self.at - (self.count / 8) as usize..).unwrap_or_default()
    }
}
