//! Points that become one: what `aggregate_on_...` and `metricstransform` do with points that no longer differ
//! (the Collector's `internal/coreinternal/aggregateutil`, v0.145.0).
//!
//! The first point of a group gives everything that is not computed. Groups stand in the order of their first points.

mod distributions;
mod numbers;

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use agent_otlp::{DataPoint, PointKind};

use crate::identity;

/// How numbers become one. Distributions are always added up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aggregation {
    /// Their sum; to an integer only integers are added.
    Sum,
    /// Their sum by their number.
    Mean,
    /// The least.
    Min,
    /// The greatest.
    Max,
    /// The one in the middle, or the mean of the two.
    Median,
    /// How many they are; a single one stays.
    Count,
}

impl Aggregation {
    /// The names, as the Collector lists them.
    pub const NAMES: [&str; 6] = ["sum", "mean", "min", "max", "median", "count"];

    /// The one with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "sum" => Self::Sum,
            "mean" => Self::Mean,
            "min" => Self::Min,
            "max" => Self::Max,
            "median" => Self::Median,
            "count" => Self::Count,
            _ => return None,
        })
    }
}

/// Joins the points of equal attributes, time and shape; of equal start too where they are deltas. Without an
/// aggregation the first of each group stays as it is. Summaries cannot be joined and stay.
pub fn aggregate<'p>(
    points: Vec<DataPoint<'p>>,
    deltas: bool,
    how: Option<Aggregation>,
) -> Vec<DataPoint<'p>> {
    let mut by_key: HashMap<Vec<u8>, usize> = HashMap::new();
    let mut groups: Vec<Vec<DataPoint<'p>>> = Vec::new();
    for point in points {
        let next = groups.len();
        match groups.get_mut(*by_key.entry(key(&point, deltas)).or_insert(next)) {
            Some(group) if point.kind() != PointKind::Summary => group.push(point),
            _ => groups.push(vec![point]),
        }
    }
    groups.into_iter().filter_map(|group| merge(group, how)).collect()
}

/// The same for points that are to be joined.
fn key(point: &DataPoint<'_>, deltas: bool) -> Vec<u8> {
    let mut key = Vec::with_capacity(128);
    key.extend_from_slice(&point.time_unix_nano().to_le_bytes());
    if deltas {
        key.extend_from_slice(&point.start_time_unix_nano().to_le_bytes());
    }
    if matches!(point.kind(), PointKind::Histogram | PointKind::ExponentialHistogram) {
        key.extend([u8::from(point.min().is_some()), u8::from(point.max().is_some())]);
        key.extend_from_slice(&point.flags().to_le_bytes());
        key.extend_from_slice(&point.scale().to_le_bytes());
        key.extend_from_slice(&point.positive().0.to_le_bytes());
        key.extend_from_slice(&point.negative().0.to_le_bytes());
        let bounds = point.explicit_bounds();
        key.extend_from_slice(&bounds.len().to_le_bytes());
        key.extend(bounds.iter().flat_map(|bound| bound.to_bits().to_le_bytes()));
    }
    identity::put_set(point.attributes().iter().collect(), &mut key);
    key
}

fn merge<'p>(group: Vec<DataPoint<'p>>, how: Option<Aggregation>) -> Option<DataPoint<'p>> {
    let mut group = group.into_iter();
    let mut first = group.next()?;
    let others: Vec<DataPoint<'p>> = group.collect();
    match first.kind() {
        PointKind::Number => numbers::merge(&mut first, &others, how),
        PointKind::Histogram | PointKind::ExponentialHistogram => distributions::merge(&mut first, &others),
        PointKind::Summary => {}
    }
    Some(first)
}

/// Moves the start of `point` to the earlier one of the two.
fn begin_with(point: &mut DataPoint<'_>, other: &DataPoint<'_>) {
    point.set_start_time_unix_nano(point.start_time_unix_nano().min(other.start_time_unix_nano()));
}
