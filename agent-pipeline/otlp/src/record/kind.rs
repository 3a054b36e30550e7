//! The kinds of metrics and the fields that hold their data.

use super::PointKind;
use crate::wire;

/// What a metric measures, which decides the shape of its points.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug)]
pub enum MetricKind {
    /// A value at a time.
    Gauge,
    /// A value that accumulates.
    Sum,
    /// Counts in buckets with explicit bounds.
    Histogram,
    /// Counts in buckets of exponential width.
    ExponentialHistogram,
    /// Quantiles computed by the source.
    Summary,
}

impl MetricKind {
    pub(crate) const fn from_number(number: u32) -> Option<Self> {
        Some(match number {
            5 => Self::Gauge,
            7 => Self::Sum,
            9 => Self::Histogram,
            10 => Self::ExponentialHistogram,
            11 => Self::Summary,
            _ => return None,
        })
    }

    pub(crate) const fn number(self) -> u32 {
        match self {
            Self::Gauge => 5,
            Self::Sum => 7,
            Self::Histogram => 9,
            Self::ExponentialHistogram => 10,
            Self::Summary => 11,
        }
    }

    /// A metric that has nothing but this kind.
    pub(crate) fn empty(self) -> Vec<u8> {
        let mut bytes = Vec::new();
        wire::put_bytes(&mut bytes, self.number(), &[]);
        bytes
    }

    /// The shape of the points of such a metric.
    pub const fn points(self) -> PointKind {
        match self {
            Self::Gauge | Self::Sum => PointKind::Number,
            Self::Histogram => PointKind::Histogram,
            Self::ExponentialHistogram => PointKind::ExponentialHistogram,
            Self::Summary => PointKind::Summary,
        }
    }
}
