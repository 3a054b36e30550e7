//! What a stream has added up to, and how a point is added.

use agent_otlp::{DataPoint, NumberValue, PointKind};

use super::exponential::Exponential;

/// The total of a stream.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Total {
    Int(i64),
    Double(f64),
    Histogram(Box<Histogram>),
    Exponential(Box<Exponential>),
}

/// The total of an explicit histogram.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Histogram {
    statistics: Statistics,
    bounds: Vec<f64>,
    buckets: Vec<u64>,
}

/// What both kinds of histograms have. What one point lacks, the total lacks from there on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Statistics {
    count: u64,
    sum: Option<f64>,
    min: Option<f64>,
    max: Option<f64>,
}

impl Statistics {
    pub(super) fn of(point: &DataPoint<'_>) -> Self {
        Self { count: point.count(), sum: point.sum(), min: point.min(), max: point.max() }
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.count = self.count.wrapping_add(other.count);
        self.sum = self.sum.zip(other.sum).map(|(a, b)| a + b);
        self.min =
            self.min.zip(other.min).map(|(a, b)| if a.is_nan() || b.is_nan() { f64::NAN } else { a.min(b) });
        self.max =
            self.max.zip(other.max).map(|(a, b)| if a.is_nan() || b.is_nan() { f64::NAN } else { a.max(b) });
    }

    pub(super) fn write(&self, point: &mut DataPoint<'_>) {
        point.set_count(self.count);
        point.set_sum(self.sum);
        point.set_min(self.min);
        point.set_max(self.max);
    }
}

impl Total {
    pub(super) fn of(point: &DataPoint<'_>) -> Self {
        match point.kind() {
            PointKind::Histogram => Self::Histogram(Box::new(Histogram {
                statistics: Statistics::of(point),
                bounds: point.explicit_bounds(),
                buckets: point.bucket_counts(),
            })),
            PointKind::ExponentialHistogram => Self::Exponential(Box::new(Exponential::of(point))),
            PointKind::Number | PointKind::Summary => match point.value() {
                Some(NumberValue::Double(number)) => Self::Double(number),
                Some(NumberValue::Int(number)) => Self::Int(number),
                None => Self::Int(0),
            },
        }
    }

    /// Adds a point of the same stream. Another type of number, or other bounds, begin anew.
    pub(super) fn add(&mut self, other: Self) {
        match (&mut *self, other) {
            (Self::Int(total), Self::Int(number)) => *total = total.wrapping_add(number),
            (Self::Double(total), Self::Double(number)) => *total += number,
            (Self::Histogram(total), Self::Histogram(other)) if total.bounds == other.bounds => {
                total.statistics.add(&other.statistics);
                for (bucket, other) in total.buckets.iter_mut().zip(&other.buckets) {
                    *bucket = bucket.wrapping_add(*other);
                }
            }
            (Self::Exponential(total), Self::Exponential(other)) => total.add(*other),
            (total, other) => *total = other,
        }
    }

    /// Writes the total into the point that was added last.
    pub(super) fn write(&self, point: &mut DataPoint<'_>) {
        match self {
            Self::Int(number) => point.set_value(NumberValue::Int(*number)),
            Self::Double(number) => point.set_value(NumberValue::Double(*number)),
            Self::Histogram(total) => {
                total.statistics.write(point);
                point.set_bucket_counts(&total.buckets);
            }
            Self::Exponential(total) => total.write(point),
        }
    }
}
