//! Exponential histograms: the scale may have become coarser and the zero bucket wider since the point before.

use std::f64::consts::LOG2_E;

use agent_otlp::DataPoint;

use super::value::{Difference, Value};

/// An exponential histogram without what cannot be subtracted.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Exponential {
    pub(super) count: u64,
    pub(super) sum: f64,
    zero_count: u64,
    zero_threshold: f64,
    scale: i32,
    positive: Buckets,
    negative: Buckets,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Buckets {
    /// The index of the first bucket.
    offset: i64,
    counts: Vec<u64>,
}

impl Exponential {
    pub(super) fn of(point: &DataPoint<'_>) -> Self {
        Self {
            count: point.count(),
            sum: point.sum().unwrap_or_default(),
            zero_count: point.zero_count(),
            zero_threshold: point.zero_threshold(),
            scale: point.scale(),
            positive: Buckets::new(point.positive()),
            negative: Buckets::new(point.negative()),
        }
    }

    pub(super) fn since(&self, before: &Self) -> Difference {
        // Merging only adds to the count, widens the zero bucket and makes the scale coarser.
        if self.count < before.count
            || self.zero_threshold < before.zero_threshold
            || self.scale > before.scale
        {
            return Difference::Refused;
        }
        let mut before = before.clone();
        if self.zero_threshold > before.zero_threshold {
            let last = last_below(self.zero_threshold, before.scale);
            let zeros = before.positive.trim(last).wrapping_add(before.negative.trim(last));
            before.zero_count = before.zero_count.wrapping_add(zeros);
        }
        if self.scale < before.scale {
            let bits = i64::from(before.scale) - i64::from(self.scale);
            before.positive = before.positive.coarser(bits);
            before.negative = before.negative.coarser(bits);
        }
        Difference::Value(Value::Exponential(Box::new(Self {
            count: self.count - before.count,
            sum: self.sum - before.sum,
            zero_count: self.zero_count.wrapping_sub(before.zero_count),
            positive: self.positive.since(&before.positive),
            negative: self.negative.since(&before.negative),
            ..*self
        })))
    }

    pub(super) fn write_buckets(&self, point: &mut DataPoint<'_>) {
        point.set_zero_count(self.zero_count);
        point.set_positive(self.positive.offset(), &self.positive.counts);
        point.set_negative(self.negative.offset(), &self.negative.counts);
    }
}

/// The last bucket of this scale that lies below the threshold.
#[expect(clippy::cast_possible_truncation, reason = "what is beyond every index is cut")]
fn last_below(threshold: f64, scale: i32) -> i64 {
    let index = (threshold.ln() * LOG2_E * f64::from(scale).exp2()).ceil() - 1.0;
    i64::from(index as i32)
}

/// The longest list of differences that is written as the Collector writes it, see [`Buckets::since`].
const MAX_SHIFTED: usize = 4096;

impl Buckets {
    fn new((offset, counts): (i32, Vec<u64>)) -> Self {
        Self { offset: i64::from(offset), counts }
    }

    fn offset(&self) -> i32 {
        i32::try_from(self.offset).unwrap_or_default()
    }

    /// Takes away the buckets up to `last`; returns what was in them.
    fn trim(&mut self, last: i64) -> u64 {
        let Ok(count) = usize::try_from(last - self.offset + 1) else { return 0 };
        let count = count.min(self.counts.len());
        self.offset += i64::try_from(count).unwrap_or_default();
        self.counts.drain(..count).fold(0, u64::wrapping_add)
    }

    /// The same counts in buckets 2^bits times as wide.
    fn coarser(&self, bits: i64) -> Self {
        let bits = u32::try_from(bits).unwrap_or(63).min(63);
        let offset = self.offset >> bits;
        let mut counts: Vec<u64> = Vec::new();
        for (index, count) in self.indexed() {
            let at = usize::try_from((index >> bits) - offset).unwrap_or_default();
            counts.resize(counts.len().max(at + 1), 0);
            if let Some(bucket) = counts.get_mut(at) {
                *bucket = bucket.wrapping_add(count);
            }
        }
        Self { offset, counts }
    }

    fn indexed(&self) -> impl Iterator<Item = (i64, u64)> {
        (self.offset..).zip(self.counts.iter().copied())
    }

    fn get(&self, index: i64) -> u64 {
        usize::try_from(index - self.offset)
            .ok()
            .and_then(|at| self.counts.get(at))
            .copied()
            .unwrap_or_default()
    }

    /// What was added to each bucket; one that lost something counts as unchanged.
    ///
    /// The Collector (v0.145.0) puts more empty buckets before a difference than belong there, from the second
    /// difference on and more each time. That is done here too, so that both agents write the same, up to a length at
    /// which there can be no wish for it; longer lists are right.
    fn since(&self, before: &Self) -> Self {
        let added = || {
            let added = self.indexed().map(|(index, count)| (index, count.saturating_sub(before.get(index))));
            added.filter(|(_, added)| *added > 0)
        };
        let Some((offset, _)) = added().next() else { return Self::default() };
        let mut counts = Vec::new();
        for (index, added) in added() {
            let gap = usize::try_from(index - offset).unwrap_or_default();
            let zeros = if counts.is_empty() { 0 } else { gap + counts.len() };
            if counts.len() + zeros >= MAX_SHIFTED {
                return self.exactly_since(before, offset);
            }
            counts.resize(counts.len() + zeros, 0);
            counts.push(added);
        }
        Self { offset, counts }
    }

    fn exactly_since(&self, before: &Self, offset: i64) -> Self {
        let from = self.indexed().skip_while(|(index, _)| *index < offset);
        Self { offset, counts: from.map(|(index, count)| count.saturating_sub(before.get(index))).collect() }
    }
}
