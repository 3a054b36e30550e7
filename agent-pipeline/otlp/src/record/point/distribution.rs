//! What histogram and summary points have: count, sum, extremes, explicit buckets, quantiles.

use super::{DataPoint, PointKind};
use crate::record::WireList;
use crate::wire::{self, Value};

impl DataPoint<'_> {
    /// How many values went into a histogram or summary point; 0 for a number.
    pub fn count(&self) -> u64 {
        if self.kind == PointKind::Number { 0 } else { self.message.bits(4) }
    }

    /// Sets [`Self::count`]; does nothing for a number point.
    pub fn set_count(&mut self, count: u64) {
        if self.kind != PointKind::Number {
            self.message.set_fixed64(4, count);
        }
    }

    /// The sum of the values of a histogram or summary point. A summary always has one, 0 if unset.
    pub fn sum(&self) -> Option<f64> {
        match self.kind {
            PointKind::Number => None,
            PointKind::Summary => Some(self.message.double(5).unwrap_or_default()),
            PointKind::Histogram | PointKind::ExponentialHistogram => self.message.double(5),
        }
    }

    /// Sets [`Self::sum`]; does nothing for a number point.
    pub fn set_sum(&mut self, sum: Option<f64>) {
        if self.kind != PointKind::Number {
            self.message.set_double(5, sum);
        }
    }

    const fn extremes(&self) -> Option<(u32, u32)> {
        match self.kind {
            PointKind::Histogram => Some((11, 12)),
            PointKind::ExponentialHistogram => Some((12, 13)),
            PointKind::Number | PointKind::Summary => None,
        }
    }

    /// The least value of a histogram point.
    pub fn min(&self) -> Option<f64> {
        self.extremes().and_then(|(min, _)| self.message.double(min))
    }

    /// Sets [`Self::min`]; does nothing for kinds that have none.
    pub fn set_min(&mut self, value: Option<f64>) {
        if let Some((min, _)) = self.extremes() {
            self.message.set_double(min, value);
        }
    }

    /// The greatest value of a histogram point.
    pub fn max(&self) -> Option<f64> {
        self.extremes().and_then(|(_, max)| self.message.double(max))
    }

    /// Sets [`Self::max`]; does nothing for kinds that have none.
    pub fn set_max(&mut self, value: Option<f64>) {
        if let Some((_, max)) = self.extremes() {
            self.message.set_double(max, value);
        }
    }

    /// The counts of an explicit histogram's buckets; empty for other kinds.
    pub fn bucket_counts(&self) -> Vec<u64> {
        if self.kind == PointKind::Histogram { self.fixed64_list(6).collect() } else { Vec::new() }
    }

    /// Sets [`Self::bucket_counts`]; does nothing for other kinds.
    pub fn set_bucket_counts(&mut self, counts: &[u64]) {
        if self.kind == PointKind::Histogram && self.bucket_counts() != counts {
            self.set_fixed64_list(6, counts.iter().copied());
        }
    }

    /// The bounds of an explicit histogram's buckets; empty for other kinds.
    pub fn explicit_bounds(&self) -> Vec<f64> {
        if self.kind == PointKind::Histogram {
            self.fixed64_list(7).map(f64::from_bits).collect()
        } else {
            Vec::new()
        }
    }

    /// Sets [`Self::explicit_bounds`]; does nothing for other kinds.
    pub fn set_explicit_bounds(&mut self, bounds: &[f64]) {
        if self.kind == PointKind::Histogram && self.explicit_bounds() != bounds {
            self.set_fixed64_list(7, bounds.iter().map(|bound| bound.to_bits()));
        }
    }

    /// The quantiles of a summary with their values; empty for other kinds.
    pub fn quantiles(&self) -> Vec<(f64, f64)> {
        if self.kind != PointKind::Summary {
            return Vec::new();
        }
        let double = |bytes, number| wire::last(bytes, number).map(Value::double).unwrap_or_default();
        self.message.list(6).map(|pair| (double(pair, 1), double(pair, 2))).collect()
    }

    /// Sets [`Self::quantiles`]; does nothing for other kinds.
    pub fn set_quantiles(&mut self, quantiles: &[(f64, f64)]) {
        if self.kind != PointKind::Summary || self.quantiles() == quantiles {
            return;
        }
        self.message.replace(6, |field| {
            let mut pair = Vec::new();
            for (quantile, value) in quantiles {
                pair.clear();
                wire::put_double(&mut pair, 1, *quantile);
                wire::put_double(&mut pair, 2, *value);
                wire::put_bytes(field, 6, &pair);
            }
        });
    }

    /// The quantiles as a whole; `None` for other kinds.
    pub fn quantile_list(&self) -> Option<WireList<'_>> {
        (self.kind == PointKind::Summary).then(|| self.message.wire_list(6))
    }

    /// Replaces the quantiles; returns `false`, and does nothing, when these are none.
    pub fn set_quantile_list(&mut self, quantiles: &WireList<'_>) -> bool {
        self.kind == PointKind::Summary && quantiles.put(6, &mut self.message)
    }

    /// A list of eight-byte numbers, packed or not.
    fn fixed64_list(&self, number: u32) -> impl Iterator<Item = u64> {
        self.message.values(number).flat_map(|value| {
            let (one, packed) = match value {
                Value::Len(bytes) => (None, bytes.as_chunks::<8>().0),
                other => (Some(other.bits()), [].as_slice()),
            };
            one.into_iter().chain(packed.iter().map(|bytes| u64::from_le_bytes(*bytes)))
        })
    }

    fn set_fixed64_list(&mut self, number: u32, values: impl ExactSizeIterator<Item = u64>) {
        self.message.replace(number, |field| {
            if values.len() != 0 {
                wire::put_len_header(field, number, values.len() * 8);
                for value in values {
                    field.extend_from_slice(&value.to_le_bytes());
                }
            }
        });
    }
}
