//! Metrics as a whole: their kind, copies, scale.

use agent_otlp::{DataPoint, Metric, MetricKind, NumberValue, Verdict};

use crate::context::{Context, Record};
use crate::error::{Eval, EvalError};
use crate::function::args::{Args, Prepared};
use crate::function::{Kind, Literals, Param, failed};
use crate::value::Value;

pub(super) const METRIC: &[Context] = &[Context::Metric];

/// The error of an edit that adds without end.
pub(super) const TOO_MANY: EvalError = EvalError::Limit("too many metrics were added to one scope");

editor!(
    CONVERT_GAUGE_TO_SUM, "convert_gauge_to_sum",
    [Param::of("string_agg_temp", Kind::LiteralText), Param::of("monotonic", Kind::LiteralBool)], |args, record| {
        let (temporality, monotonic) = (temporality(&args.text(0)?), args.bool_or_false(1)?);
        record.metric(&mut |metric, _| {
            if metric.kind() == Some(MetricKind::Gauge) {
                metric.convert(MetricKind::Sum);
                metric.set_aggregation_temporality(temporality);
                metric.set_is_monotonic(monotonic);
            }
            Ok(())
        })
    },
    [r#"convert_gauge_to_sum("cumulative", true)"#, r#"[{"gauge":{"dataPoints":[{"asInt":"1"}]}}]"#,
        r#"[{"sum":{"dataPoints":[{"asInt":"1"}],"aggregationTemporality":2,"isMonotonic":true}}]"#],
    contexts: METRIC,
    prepare: Some(known_temporality),
);
editor!(
    CONVERT_SUM_TO_GAUGE, "convert_sum_to_gauge", [], |_, record| record.metric(&mut |metric, _| {
        if metric.kind() == Some(MetricKind::Sum) {
            metric.convert(MetricKind::Gauge);
        }
        Ok(())
    }),
    ["convert_sum_to_gauge()", r#"[{"sum":{"dataPoints":[{"asInt":"1"}],"aggregationTemporality":2}}]"#,
        r#"[{"gauge":{"dataPoints":[{"asInt":"1"}]}}]"#],
    contexts: METRIC,
);
editor!(
    COPY_METRIC, "copy_metric", [
        Param::optional("name", Kind::Text),
        Param::optional("description", Kind::Text),
        Param::optional("unit", Kind::Text),
    ], copy_metric,
    [r#"copy_metric(name="b") where name == "a""#, r#"[{"name":"a","gauge":{"dataPoints":[{"asInt":"1"}]}}]"#,
        r#"[{"name":"a","gauge":{"dataPoints":[{"asInt":"1"}]}},{"name":"b","gauge":{"dataPoints":[{"asInt":"1"}]}}]"#],
    contexts: METRIC,
);
editor!(
    MERGE_HISTOGRAM_BUCKETS, "merge_histogram_buckets", [Param::of("bound", Kind::Double)], |args, record| {
        let bound = args.double(0)?;
        record.point(&mut |point| merge_buckets(point, bound));
        Ok(())
    },
    ["merge_histogram_buckets(1.0)",
        r#"[{"histogram":{"dataPoints":[{"count":"6","bucketCounts":["1","2","3"],"explicitBounds":[1.0,5.0]}]}}]"#,
        r#"[{"histogram":{"dataPoints":[{"count":"6","bucketCounts":["3","3"],"explicitBounds":[5.0]}]}}]"#],
    contexts: &[Context::DataPoint],
);
editor!(
    SCALE_METRIC, "scale_metric",
    [Param::of("multiplier", Kind::Double), Param::optional("unit", Kind::Text)], scale_metric,
    [r#"scale_metric(0.001, "s")"#, r#"[{"unit":"ms","gauge":{"dataPoints":[{"asInt":"1500"}]}}]"#,
        r#"[{"unit":"s","gauge":{"dataPoints":[{"asInt":"1"}]}}]"#],
    contexts: METRIC,
);

pub(super) fn known_temporality(literals: &Literals<'_>) -> Result<Prepared, String> {
    match literals.text(0).unwrap_or_default() {
        "cumulative" | "delta" => Ok(Prepared::Nothing),
        other => Err(format!("unknown aggregation temporality: {other}")),
    }
}

pub(super) fn temporality(name: &str) -> i32 {
    if name == "delta" { 1 } else { 2 }
}

fn copy_metric(args: &mut Args<'_, '_>, record: &mut dyn Record<'_>) -> Eval<()> {
    let mut text = |index| args.look(index).map(Value::text).transpose();
    let (name, description, unit) = (text(0)?, text(1)?, text(2)?);
    record.metric(&mut |metric, new| {
        let mut copy = metric.duplicate();
        if let Some(name) = &name {
            copy.set_name(name);
        }
        if let Some(description) = &description {
            copy.set_description(description);
        }
        if let Some(unit) = &unit {
            copy.set_unit(unit);
        }
        if new.push(&copy) { Ok(()) } else { Err(TOO_MANY) }
    })
}

fn merge_buckets(point: &mut DataPoint<'_>, bound: f64) {
    let (mut bounds, mut counts) = (point.explicit_bounds(), point.bucket_counts());
    let Some(at) = bounds.iter().position(|other| (other - bound).abs() < 1e-12) else { return };
    if counts.len() != bounds.len() + 1 {
        return;
    }
    let merged = counts.remove(at);
    bounds.remove(at);
    if let Some(next) = counts.get_mut(at) {
        *next = next.saturating_add(merged);
    }
    point.set_explicit_bounds(&bounds);
    point.set_bucket_counts(&counts);
}

fn scale_metric(args: &mut Args<'_, '_>, record: &mut dyn Record<'_>) -> Eval<()> {
    let factor = args.double(0)?;
    let unit = args.look(1).map(Value::text).transpose()?;
    record.metric(&mut |metric, _| {
        match metric.kind() {
            None | Some(MetricKind::ExponentialHistogram) => {
                return failed("scale_metric", "metrics of this type cannot be scaled");
            }
            Some(_) => scale(metric, factor),
        }
        if let Some(unit) = &unit {
            metric.set_unit(unit);
        }
        Ok(())
    })
}

fn scale(metric: &mut Metric<'_>, factor: f64) {
    metric.edit_points(|_, point| {
        if let Some(value) = point.value() {
            point.set_value(scaled(value, factor));
        }
        if point.kind() == agent_otlp::PointKind::Histogram {
            point.set_sum(point.sum().map(|sum| sum * factor));
            point.set_min(point.min().map(|min| min * factor));
            point.set_max(point.max().map(|max| max * factor));
            let bounds: Vec<f64> = point.explicit_bounds().iter().map(|bound| bound * factor).collect();
            point.set_explicit_bounds(&bounds);
            point.edit_exemplars(|exemplar| {
                if let Some(value) = exemplar.value() {
                    exemplar.set_value(scaled(value, factor));
                }
                Verdict::Keep
            });
        }
        if point.kind() == agent_otlp::PointKind::Summary {
            point.set_sum(point.sum().map(|sum| sum * factor));
            let quantiles: Vec<_> =
                point.quantiles().into_iter().map(|(q, value)| (q, value * factor)).collect();
            point.set_quantiles(&quantiles);
        }
        Verdict::Keep
    });
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "the product is cut, as in Go"
)]
fn scaled(value: NumberValue, factor: f64) -> NumberValue {
    match value {
        NumberValue::Int(number) => NumberValue::Int((number as f64 * factor) as i64),
        NumberValue::Double(number) => NumberValue::Double(number * factor),
    }
}
