//! What is remembered of a point, and how two points become a difference.

use agent_otlp::{DataPoint, NumberValue, PointKind};

use super::exponential::Exponential;

/// The value of a cumulative point.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Int(i64),
    Double(f64),
    Histogram(Box<Histogram>),
    Exponential(Box<Exponential>),
}

/// An explicit histogram without what cannot be subtracted.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Histogram {
    count: u64,
    sum: f64,
    bounds: Vec<f64>,
    buckets: Vec<u64>,
}

/// What became of a point beside the one before it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Difference {
    /// The difference, or a value to be passed on as it is.
    Value(Value),
    /// The source began anew, or changed its buckets: there is no difference, the new point counts from here on.
    Reset,
    /// The same, but the old point stays the one to compare with.
    Refused,
}

impl Value {
    /// The value of a point; `None` for a NaN, which says that a stream is stale.
    pub(super) fn of(point: &DataPoint<'_>) -> Option<Self> {
        match point.kind() {
            PointKind::Histogram => Some(Self::Histogram(Box::new(Histogram::of(point)))),
            PointKind::ExponentialHistogram => Some(Self::Exponential(Box::new(Exponential::of(point)))),
            PointKind::Number | PointKind::Summary => match point.value() {
                Some(NumberValue::Double(number)) if number.is_nan() => None,
                Some(NumberValue::Double(number)) => Some(Self::Double(number)),
                Some(NumberValue::Int(number)) => Some(Self::Int(number)),
                None => Some(Self::Int(0)),
            },
        }
    }

    /// The difference to the value before. `self` may be completed by what it lacks.
    pub(super) fn since(&mut self, before: &Self) -> Difference {
        match (self, before) {
            (Self::Int(now), Self::Int(before)) if *now >= *before => {
                Difference::Value(Self::Int(now.wrapping_sub(*before)))
            }
            (Self::Double(now), Self::Double(before)) if *now >= *before => {
                Difference::Value(Self::Double(*now - before))
            }
            (Self::Histogram(now), Self::Histogram(before)) => now.since(before),
            (Self::Exponential(now), Self::Exponential(before)) => now.since(before),
            _ => Difference::Reset,
        }
    }

    /// Writes the difference into its point. Least and greatest value go: nobody knows those of the time between.
    pub(super) fn write(&self, point: &mut DataPoint<'_>) {
        match self {
            Self::Int(number) => point.set_value(NumberValue::Int(*number)),
            Self::Double(number) => point.set_value(NumberValue::Double(*number)),
            Self::Histogram(histogram) => {
                write_sum(histogram.count, histogram.sum, point);
                point.set_bucket_counts(&histogram.buckets);
            }
            Self::Exponential(histogram) => {
                write_sum(histogram.count, histogram.sum, point);
                histogram.write_buckets(point);
            }
        }
    }
}

fn write_sum(count: u64, sum: f64, point: &mut DataPoint<'_>) {
    point.set_count(count);
    if point.sum().is_some_and(|sum| !sum.is_nan()) {
        point.set_sum(Some(sum));
    }
    point.set_min(None);
    point.set_max(None);
}

impl Histogram {
    fn of(point: &DataPoint<'_>) -> Self {
        Self {
            count: point.count(),
            sum: point.sum().unwrap_or_default(),
            bounds: point.explicit_bounds(),
            buckets: point.bucket_counts(),
        }
    }

    fn since(&mut self, before: &Self) -> Difference {
        if self.sum.is_nan() {
            self.sum = before.sum;
        }
        if self.buckets.len() != before.buckets.len() || self.bounds != before.bounds {
            return Difference::Reset;
        }
        let mut difference = self.clone();
        // A lower count says that the source began anew; what it has counted since is the difference.
        if self.count >= before.count {
            difference.count -= before.count;
            difference.sum -= before.sum;
            for (bucket, before) in difference.buckets.iter_mut().zip(&before.buckets) {
                *bucket = bucket.wrapping_sub(*before);
            }
        }
        Difference::Value(Value::Histogram(Box::new(difference)))
    }
}
