//! Exponential histograms: brought to one scale and one zero threshold, then added.

use agent_otlp::DataPoint;

use super::total::Statistics;
use crate::buckets::{Buckets, index_of};

/// The most buckets of one side; more make the scale coarser.
const MAX_BUCKETS: i64 = 160;

/// The total of an exponential histogram.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Exponential {
    statistics: Statistics,
    scale: i32,
    zero_count: u64,
    zero_threshold: f64,
    positive: Buckets,
    negative: Buckets,
}

impl Exponential {
    pub(super) fn of(point: &DataPoint<'_>) -> Self {
        Self {
            statistics: Statistics::of(point),
            scale: point.scale(),
            zero_count: point.zero_count(),
            zero_threshold: point.zero_threshold(),
            positive: Buckets::new(point.positive()),
            negative: Buckets::new(point.negative()),
        }
    }

    pub(super) fn add(&mut self, mut other: Self) {
        let scale = self.scale.min(other.scale);
        self.coarsen(scale);
        other.coarsen(scale);
        let fits = fitting(scale, &self.positive, &other.positive).min(fitting(
            scale,
            &self.negative,
            &other.negative,
        ));
        self.coarsen(fits);
        other.coarsen(fits);
        if self.zero_threshold < other.zero_threshold {
            self.widen(other.zero_threshold);
        } else if other.zero_threshold < self.zero_threshold {
            other.widen(self.zero_threshold);
        }
        self.positive = merged(&self.positive, &other.positive);
        self.negative = merged(&self.negative, &other.negative);
        self.zero_count = self.zero_count.wrapping_add(other.zero_count);
        self.statistics.add(&other.statistics);
    }

    fn coarsen(&mut self, scale: i32) {
        let bits = i64::from(self.scale) - i64::from(scale);
        if bits > 0 {
            self.positive = self.positive.coarser(bits);
            self.negative = self.negative.coarser(bits);
            self.scale = scale;
        }
    }

    /// Counts as zero what lies in the buckets up to the one that holds `threshold`.
    fn widen(&mut self, threshold: f64) {
        let last = index_of(threshold, self.scale);
        let zeros = self.positive.trim(last).wrapping_add(self.negative.trim(last));
        self.zero_count = self.zero_count.wrapping_add(zeros);
        self.zero_threshold = upper_bound(last, self.scale);
    }

    pub(super) fn write(&self, point: &mut DataPoint<'_>) {
        self.statistics.write(point);
        point.set_scale(self.scale);
        point.set_zero_count(self.zero_count);
        point.set_zero_threshold(self.zero_threshold);
        point.set_positive(self.positive.offset(), &self.positive.counts);
        point.set_negative(self.negative.offset(), &self.negative.counts);
    }
}

#[expect(clippy::cast_precision_loss, reason = "an index has 32 bits")]
fn upper_bound(index: i64, scale: i32) -> f64 {
    ((index + 1) as f64 * (-f64::from(scale)).exp2()).exp2()
}

/// The finest scale, not above this one, at which both together have no more buckets than allowed.
fn fitting(mut scale: i32, a: &Buckets, b: &Buckets) -> i32 {
    let Some(mut filled) = a.filled_with(b) else { return scale };
    while filled.end - filled.start > MAX_BUCKETS {
        filled = filled.start / 2..filled.end / 2;
        scale = scale.saturating_sub(1);
    }
    scale
}

fn merged(a: &Buckets, b: &Buckets) -> Buckets {
    let Some(filled) = a.filled_with(b) else { return Buckets::default() };
    let start = filled.start;
    Buckets { start, counts: filled.map(|index| a.get(index).wrapping_add(b.get(index))).collect() }
}
