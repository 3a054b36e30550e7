//! A set of numbers from 0 on, one bit each.

/// The set; it grows up to the largest number in it.
#[derive(Debug, Default)]
pub(super) struct Bits {
    words: Vec<u64>,
}

impl Bits {
    /// Adds a number; false if it was there.
    pub(super) fn insert(&mut self, number: u64) -> bool {
        let Ok(at) = usize::try_from(number / 64) else { return false };
        if self.words.len() <= at {
            self.words.resize(at + 1, 0);
        }
        let Some(word) = self.words.get_mut(at) else { return false };
        let bit = 1 << (number % 64);
        let new = *word & bit == 0;
        *word |= bit;
        new
    }

    /// Whether a number is there.
    pub(super) fn contains(&self, number: u64) -> bool {
        usize::try_from(number / 64)
            .ok()
            .and_then(|at| self.words.get(at))
            .is_some_and(|word| word >> (number % 64) & 1 == 1)
    }

    /// How many numbers there are.
    pub(super) fn len(&self) -> u64 {
        self.words.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    /// How many numbers there are from one on.
    pub(super) fn len_from(&self, first: u64) -> u64 {
        let (at, skipped) = (usize::try_from(first / 64).unwrap_or(usize::MAX), first % 64);
        let words = self.words.get(at..).unwrap_or_default();
        let before = words.first().map_or(0, |word| word & !(u64::MAX << skipped));
        words.iter().map(|word| u64::from(word.count_ones())).sum::<u64>() - u64::from(before.count_ones())
    }

    /// One more than the largest number; 0 when there is none.
    pub(super) fn end(&self) -> u64 {
        let last = (0..).zip(&self.words).filter(|(_, word)| **word != 0).last();
        last.map_or(0, |(at, word)| at * 64 + 64 - u64::from(word.leading_zeros()))
    }

    /// The numbers that are here and not in `other`, in words of 64.
    fn words_without<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = u64> + 'a {
        let others = other.words.iter().copied().chain(std::iter::repeat(0));
        self.words.iter().zip(others).map(|(word, other)| word & !other)
    }

    /// How many numbers are here and not in `other`.
    pub(super) fn count_without(&self, other: &Self) -> u64 {
        self.words_without(other).map(|word| u64::from(word.count_ones())).sum()
    }

    /// The first number that is here and not in `other`.
    pub(super) fn first_without(&self, other: &Self) -> Option<u64> {
        let (at, word) = (0..).zip(self.words_without(other)).find(|(_, word)| *word != 0)?;
        Some(at * 64 + u64::from(word.trailing_zeros()))
    }
}
