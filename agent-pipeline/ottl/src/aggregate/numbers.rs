//! Numbers: the type of the first decides, as in the Collector, whatever the others are.

use agent_otlp::{DataPoint, NumberValue};

use super::{Aggregation, begin_with};

pub(super) fn merge(first: &mut DataPoint<'_>, others: &[DataPoint<'_>], how: Option<Aggregation>) {
    let Some(value) = first.value() else { return };
    let result = match (value, how) {
        (value, None) => value,
        (NumberValue::Double(number), Some(how)) => {
            NumberValue::Double(doubles(number, others.iter().map(as_double).collect(), how))
        }
        (NumberValue::Int(number), Some(how)) => NumberValue::Int(ints(number, others, how)),
    };
    first.set_value(result);
    for other in others {
        begin_with(first, other);
    }
}

/// A single number is not counted: it stays, as in the Collector.
#[expect(clippy::cast_precision_loss, reason = "nobody counts that far")]
fn doubles(first: f64, mut others: Vec<f64>, how: Aggregation) -> f64 {
    let count = others.len() + 1;
    match how {
        Aggregation::Sum => others.iter().fold(first, |sum, other| sum + other),
        Aggregation::Mean => others.iter().fold(first, |sum, other| sum + other) / count as f64,
        Aggregation::Max => {
            others.into_iter().fold(first, |a, b| if a.is_nan() || b.is_nan() { f64::NAN } else { a.max(b) })
        }
        Aggregation::Min => {
            others.into_iter().fold(first, |a, b| if a.is_nan() || b.is_nan() { f64::NAN } else { a.min(b) })
        }
        Aggregation::Median => {
            others.push(first);
            // A NaN stands before every number.
            others.sort_unstable_by(|a, b| b.is_nan().cmp(&a.is_nan()).then(a.total_cmp(b)));
            match middle(&others) {
                (low, None) => low,
                (low, Some(high)) => f64::midpoint(low, high),
            }
        }
        Aggregation::Count if others.is_empty() => first,
        Aggregation::Count => count as f64,
    }
}

fn ints(first: i64, others: &[DataPoint<'_>], how: Aggregation) -> i64 {
    let count = i64::try_from(others.len()).unwrap_or(i64::MAX).saturating_add(1);
    // To an integer a sum adds integers only.
    let sum = || others.iter().filter_map(only_int).fold(first, i64::wrapping_add);
    match how {
        Aggregation::Sum => sum(),
        Aggregation::Mean => sum().wrapping_div(count),
        Aggregation::Max => others.iter().map(as_int).fold(first, i64::max),
        Aggregation::Min => others.iter().map(as_int).fold(first, i64::min),
        Aggregation::Median => {
            let mut all: Vec<i64> = others.iter().map(as_int).chain([first]).collect();
            all.sort_unstable();
            match middle(&all) {
                (low, None) => low,
                (low, Some(high)) => low.wrapping_add(high) / 2,
            }
        }
        Aggregation::Count if others.is_empty() => first,
        Aggregation::Count => count,
    }
}

/// The middle of a sorted list, which is not empty; two of an even number.
fn middle<N: Copy + Default>(sorted: &[N]) -> (N, Option<N>) {
    let at = sorted.len() / 2;
    let upper = sorted.get(at).copied().unwrap_or_default();
    let lower = at.checked_sub(1).and_then(|below| sorted.get(below)).copied();
    match lower {
        Some(lower) if sorted.len().is_multiple_of(2) => (lower, Some(upper)),
        _ => (upper, None),
    }
}

#[expect(clippy::cast_precision_loss, reason = "the nearest double, as in the Collector")]
fn as_double(point: &DataPoint<'_>) -> f64 {
    match point.value() {
        None => 0.0,
        Some(NumberValue::Int(number)) => number as f64,
        Some(NumberValue::Double(number)) => number,
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the fraction goes, what is too large is cut")]
fn as_int(point: &DataPoint<'_>) -> i64 {
    match point.value() {
        None => 0,
        Some(NumberValue::Int(number)) => number,
        Some(NumberValue::Double(number)) => number as i64,
    }
}

fn only_int(point: &DataPoint<'_>) -> Option<i64> {
    if let Some(NumberValue::Int(number)) = point.value() { Some(number) } else { None }
}
