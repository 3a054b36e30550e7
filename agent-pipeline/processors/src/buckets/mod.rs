//! Buckets of exponential width: what histograms of different scales and zero thresholds have in common.

use std::ops::Range;

/// The counts of one side of an exponential histogram.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Buckets {
    /// The index of the first bucket.
    pub(crate) start: i64,
    pub(crate) counts: Vec<u64>,
}

impl Buckets {
    pub(crate) fn new((offset, counts): (i32, Vec<u64>)) -> Self {
        Self { start: i64::from(offset), counts }
    }

    /// The index of the first bucket, as OTLP writes it.
    pub(crate) fn offset(&self) -> i32 {
        i32::try_from(self.start).unwrap_or_default()
    }

    /// Takes away the buckets up to `last`; returns what was in them.
    pub(crate) fn trim(&mut self, last: i64) -> u64 {
        let Ok(count) = usize::try_from(last - self.start + 1) else { return 0 };
        let count = count.min(self.counts.len());
        self.start += i64::try_from(count).unwrap_or_default();
        self.counts.drain(..count).fold(0, u64::wrapping_add)
    }

    /// The same counts in buckets 2^bits times as wide.
    pub(crate) fn coarser(&self, bits: i64) -> Self {
        let bits = u32::try_from(bits).unwrap_or(63).min(63);
        let start = self.start >> bits;
        let mut counts: Vec<u64> = Vec::new();
        for (index, count) in self.indexed() {
            let at = usize::try_from((index >> bits) - start).unwrap_or_default();
            counts.resize(counts.len().max(at + 1), 0);
            if let Some(bucket) = counts.get_mut(at) {
                *bucket = bucket.wrapping_add(count);
            }
        }
        Self { start, counts }
    }

    /// The counts with their indexes.
    pub(crate) fn indexed(&self) -> impl Iterator<Item = (i64, u64)> {
        (self.start..).zip(self.counts.iter().copied())
    }

    /// What is in a bucket; 0 for one that is not there.
    pub(crate) fn get(&self, index: i64) -> u64 {
        usize::try_from(index - self.start)
            .ok()
            .and_then(|at| self.counts.get(at))
            .copied()
            .unwrap_or_default()
    }

    /// From the first to behind the last bucket with something in it; `None` when there is none.
    pub(crate) fn filled(&self) -> Option<Range<i64>> {
        let mut filled = self.indexed().filter(|(_, count)| *count > 0).map(|(index, _)| index);
        let first = filled.next()?;
        Some(first..filled.last().unwrap_or(first) + 1)
    }

    /// The buckets that two have filled together.
    pub(crate) fn filled_with(&self, other: &Self) -> Option<Range<i64>> {
        match (self.filled(), other.filled()) {
            (Some(a), Some(b)) => Some(a.start.min(b.start)..a.end.max(b.end)),
            (a, b) => a.or(b),
        }
    }
}

/// The bucket of this scale that a value above 0 falls into: the last one that lies below the value or holds it.
#[expect(clippy::cast_possible_truncation, reason = "what is beyond every index is cut")]
pub(crate) fn index_of(value: f64, scale: i32) -> i64 {
    let index = (value.log2() * f64::from(scale).exp2()).ceil() - 1.0;
    i64::from(index as i32)
}
