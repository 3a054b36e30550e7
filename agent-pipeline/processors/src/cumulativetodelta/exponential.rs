//! Exponential histograms: the scale may have become coarser and the zero bucket wider since the point before.

use agent_otlp::DataPoint;

use super::value::{Difference, Value};
use crate::buckets::{Buckets, index_of};

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
            let last = index_of(self.zero_threshold, before.scale);
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
            positive: added(&self.positive, &before.positive),
            negative: added(&self.negative, &before.negative),
            ..*self
        })))
    }

    pub(super) fn write_buckets(&self, point: &mut DataPoint<'_>) {
        point.set_zero_count(self.zero_count);
        point.set_positive(self.positive.offset(), &self.positive.counts);
        point.set_negative(self.negative.offset(), &self.negative.counts);
    }
}

/// The longest list of differences that is written as the Collector writes it, see [`added`].
const MAX_SHIFTED: usize = 4096;

/// What was added to each bucket; one that lost something counts as unchanged.
///
/// The Collector (v0.145.0) puts more empty buckets before a difference than belong there, from the second difference
/// on and more each time. That is done here too, so that both agents write the same, up to a length at which there can
/// be no wish for it; longer lists are right.
fn added(now: &Buckets, before: &Buckets) -> Buckets {
    let added = || {
        let added = now.indexed().map(|(index, count)| (index, count.saturating_sub(before.get(index))));
        added.filter(|(_, added)| *added > 0)
    };
    let Some((start, _)) = added().next() else { return Buckets::default() };
    let mut counts = Vec::new();
    for (index, added) in added() {
        let gap = usize::try_from(index - start).unwrap_or_default();
        let zeros = if counts.is_empty() { 0 } else { gap + counts.len() };
        if counts.len() + zeros >= MAX_SHIFTED {
            return exactly_added(now, before, start);
        }
        counts.resize(counts.len() + zeros, 0);
        counts.push(added);
    }
    Buckets { start, counts }
}

fn exactly_added(now: &Buckets, before: &Buckets, start: i64) -> Buckets {
    let from = now.indexed().skip_while(|(index, _)| *index < start);
    Buckets { start, counts: from.map(|(index, count)| count.saturating_sub(before.get(index))).collect() }
}
