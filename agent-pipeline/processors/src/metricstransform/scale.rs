//! `experimental_scale_value`: a point whose values are all multiplied.

use std::f64::consts::LOG2_E;

use agent_otlp::{DataPoint, NumberValue, PointKind, Verdict};

/// Multiplies what the point says. Integers are cut, summaries stay.
pub(super) fn scale(point: &mut DataPoint<'_>, factor: f64) {
    match point.kind() {
        PointKind::Number => {
            if let Some(value) = point.value() {
                point.set_value(scaled(value, factor));
            }
            return;
        }
        PointKind::Summary => return,
        PointKind::Histogram => {
            let bounds: Vec<f64> = point.explicit_bounds().into_iter().map(|bound| bound * factor).collect();
            point.set_explicit_bounds(&bounds);
        }
        PointKind::ExponentialHistogram => buckets(point, factor),
    }
    point.set_sum(point.sum().map(|sum| sum * factor));
    point.set_min(point.min().map(|min| min * factor));
    point.set_max(point.max().map(|max| max * factor));
    point.edit_exemplars(|exemplar| {
        if let Some(value) = exemplar.value() {
            exemplar.set_value(scaled(value, factor));
        }
        Verdict::Keep
    });
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "the fraction of an integer goes, what is too large is cut"
)]
fn scaled(value: NumberValue, factor: f64) -> NumberValue {
    match value {
        NumberValue::Int(number) => NumberValue::Int((number as f64 * factor) as i64),
        NumberValue::Double(number) => NumberValue::Double(number * factor),
    }
}

/// Moves the buckets; their widths and counts stay.
fn buckets(point: &mut DataPoint<'_>, factor: f64) {
    point.set_zero_threshold(point.zero_threshold() * factor);
    let scale = point.scale();
    let (offset, counts) = point.positive();
    if !counts.is_empty() {
        point.set_positive(moved(offset, scale, factor), &counts);
    }
    let (offset, counts) = point.negative();
    if !counts.is_empty() {
        point.set_negative(moved(offset, scale, factor), &counts);
    }
}

/// The bucket that the middle of this one falls into once it is multiplied.
#[expect(clippy::cast_possible_truncation, reason = "what is beyond every index is cut")]
fn moved(offset: i32, scale: i32, factor: f64) -> i32 {
    let base = (-f64::from(scale)).exp2().exp2();
    let edge = |index: f64| base.powf(index);
    let middle = f64::midpoint(edge(f64::from(offset)), edge(f64::from(offset) + 1.0)) * factor;
    ((middle.ln() * LOG2_E * f64::from(scale).exp2()).ceil() - 1.0) as i32
}
