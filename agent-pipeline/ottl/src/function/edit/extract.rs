//! New metrics out of the parts of histograms and summaries.

use agent_otlp::{DataPoint, Metric, MetricKind, NewMetrics, NumberValue, PointKind};

use super::metric::{METRIC, TOO_MANY, known_temporality, temporality};
use crate::context::{Context, Record};
use crate::error::Eval;
use crate::function::args::Args;
use crate::function::{Kind, Param, failed};

const MONOTONIC: Param = Param::of("monotonic", Kind::LiteralBool);
const SUFFIX: Param = Param::optional("suffix", Kind::Text);
const TEMPORALITY: Param = Param::of("string_agg_temp", Kind::LiteralText);

editor!(
    CONVERT_SUMMARY_COUNT_VAL_TO_SUM, "convert_summary_count_val_to_sum", [TEMPORALITY, MONOTONIC, SUFFIX],
    |args, record| summary_to_sum(args, record, Part::Count),
    [r#"convert_summary_count_val_to_sum("delta", false)"#,
        r#"[{"name":"q","summary":{"dataPoints":[{"count":"4","sum":10.0}]}}]"#,
        r#"[{"name":"q","summary":{"dataPoints":[{"count":"4","sum":10.0}]}},{"name":"q_count","sum":{"dataPoints":[{"asInt":"4"}],"aggregationTemporality":1}}]"#],
    contexts: &[Context::DataPoint],
    prepare: Some(known_temporality),
);
editor!(
    CONVERT_SUMMARY_QUANTILE_VAL_TO_GAUGE, "convert_summary_quantile_val_to_gauge",
    [Param::optional("attribute_key", Kind::Text), SUFFIX], quantiles_to_gauge,
    ["convert_summary_quantile_val_to_gauge()",
        r#"[{"name":"q","summary":{"dataPoints":[{"count":"1","sum":2.0,"quantileValues":[{"quantile":0.5,"value":2.0}]}]}}]"#,
        r#"[{"name":"q","summary":{"dataPoints":[{"count":"1","sum":2.0,"quantileValues":[{"quantile":0.5,"value":2.0}]}]}},{"name":"q.quantiles","gauge":{"dataPoints":[{"attributes":[{"key":"quantile","value":{"doubleValue":0.5}}],"asDouble":2.0}]}}]"#],
    contexts: METRIC,
);
editor!(
    CONVERT_SUMMARY_SUM_VAL_TO_SUM, "convert_summary_sum_val_to_sum", [TEMPORALITY, MONOTONIC, SUFFIX],
    |args, record| summary_to_sum(args, record, Part::Sum),
    [r#"convert_summary_sum_val_to_sum("cumulative", true)"#,
        r#"[{"name":"q","summary":{"dataPoints":[{"count":"4","sum":10.0}]}}]"#,
        r#"[{"name":"q","summary":{"dataPoints":[{"count":"4","sum":10.0}]}},{"name":"q_sum","sum":{"dataPoints":[{"asDouble":10.0}],"aggregationTemporality":2,"isMonotonic":true}}]"#],
    contexts: &[Context::DataPoint],
    prepare: Some(known_temporality),
);
editor!(
    EXTRACT_COUNT_METRIC, "extract_count_metric", [MONOTONIC, SUFFIX],
    |args, record| extract(args, record, Part::Count),
    [r#"extract_count_metric(true) where name == "h""#,
        r#"[{"name":"h","unit":"ms","histogram":{"dataPoints":[{"count":"6"}],"aggregationTemporality":1}}]"#,
        r#"[{"name":"h","unit":"ms","histogram":{"dataPoints":[{"count":"6"}],"aggregationTemporality":1}},{"name":"h_count","unit":"1","sum":{"dataPoints":[{"asInt":"6"}],"aggregationTemporality":1,"isMonotonic":true}}]"#],
    contexts: METRIC,
);
editor!(
    EXTRACT_SUM_METRIC, "extract_sum_metric", [MONOTONIC, SUFFIX],
    |args, record| extract(args, record, Part::Sum),
    [r#"extract_sum_metric(false) where name == "h""#,
        r#"[{"name":"h","unit":"ms","histogram":{"dataPoints":[{"count":"6","sum":2.5}],"aggregationTemporality":1}}]"#,
        r#"[{"name":"h","unit":"ms","histogram":{"dataPoints":[{"count":"6","sum":2.5}],"aggregationTemporality":1}},{"name":"h_sum","unit":"ms","sum":{"dataPoints":[{"asDouble":2.5}],"aggregationTemporality":1}}]"#],
    contexts: METRIC,
);

/// What of a point becomes a metric.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Count,
    Sum,
}

impl Part {
    fn of(self, point: &DataPoint<'_>) -> Option<NumberValue> {
        match self {
            Self::Count => Some(NumberValue::Int(point.count().cast_signed())),
            Self::Sum => point.sum().map(NumberValue::Double),
        }
    }

    /// The editor that makes a metric of it.
    const fn editor(self) -> &'static str {
        match self {
            Self::Count => "extract_count_metric",
            Self::Sum => "extract_sum_metric",
        }
    }

    const fn suffix(self) -> &'static str {
        match self {
            Self::Count => "_count",
            Self::Sum => "_sum",
        }
    }
}

/// A number point with the attributes and times of another.
pub(super) fn like(point: &DataPoint<'_>) -> DataPoint<'static> {
    let mut new = DataPoint::empty(PointKind::Number);
    for (key, value) in point.attributes().iter() {
        new.attributes_mut().insert(key.to_owned(), value.clone().into_owned());
    }
    new.set_start_time_unix_nano(point.start_time_unix_nano());
    new.set_time_unix_nano(point.time_unix_nano());
    new
}

fn points(metric: &Metric<'_>, part: Part) -> Vec<DataPoint<'static>> {
    let point = |point: DataPoint<'_>| {
        let value = part.of(&point)?;
        let mut new = like(&point);
        new.set_value(value);
        Some(new)
    };
    metric.points().filter_map(point).collect()
}

/// A new metric with description and unit of another.
fn derived(metric: &Metric<'_>, suffix: &str) -> Metric<'static> {
    let mut new = Metric::empty();
    new.set_name(&format!("{}{suffix}", metric.name()));
    new.set_description(metric.description());
    new.set_unit(metric.unit());
    new
}

fn push(new: &mut NewMetrics, metric: &Metric<'_>) -> Eval<()> {
    if new.push(metric) { Ok(()) } else { Err(TOO_MANY) }
}

fn extract(args: &mut Args<'_, '_>, record: &mut dyn Record<'_>, part: Part) -> Eval<()> {
    let monotonic = args.bool_or_false(0)?;
    let suffix = args.text_or(1, part.suffix())?;
    record.metric(&mut |metric, new| {
        let temporality = match metric.kind() {
            Some(MetricKind::Histogram | MetricKind::ExponentialHistogram) => {
                metric.aggregation_temporality()
            }
            Some(MetricKind::Summary) => 2,
            _ => {
                return failed(part.editor(), "a histogram, exponential histogram or summary is needed");
            }
        };
        let points = points(metric, part);
        if points.is_empty() {
            return Ok(());
        }
        let mut sum = derived(metric, &suffix);
        if part == Part::Count {
            sum.set_unit("1");
        }
        sum.set_points(MetricKind::Sum, &points);
        sum.set_aggregation_temporality(temporality);
        sum.set_is_monotonic(monotonic);
        push(new, &sum)
    })
}

fn summary_to_sum(args: &mut Args<'_, '_>, record: &mut dyn Record<'_>, part: Part) -> Eval<()> {
    let temporality = temporality(&args.text(0)?);
    let monotonic = args.bool_or_false(1)?;
    let suffix = args.text_or(2, part.suffix())?;
    record.metric(&mut |metric, new| {
        if metric.kind() != Some(MetricKind::Summary) {
            return Ok(());
        }
        let mut sum = derived(metric, &suffix);
        sum.set_points(MetricKind::Sum, &points(metric, part));
        sum.set_aggregation_temporality(temporality);
        sum.set_is_monotonic(monotonic);
        push(new, &sum)
    })
}

fn quantiles_to_gauge(args: &mut Args<'_, '_>, record: &mut dyn Record<'_>) -> Eval<()> {
    let key = args.text_or(0, "quantile")?;
    let suffix = args.text_or(1, ".quantiles")?;
    record.metric(&mut |metric, new| {
        if metric.kind() != Some(MetricKind::Summary) {
            return Ok(());
        }
        let mut points = Vec::new();
        for point in metric.points() {
            for (quantile, value) in point.quantiles() {
                let mut gauge = like(&point);
                gauge.attributes_mut().upsert(key.clone().into_owned(), quantile);
                gauge.set_value(NumberValue::Double(value));
                points.push(gauge);
            }
        }
        let mut gauge = derived(metric, &suffix);
        gauge.set_points(MetricKind::Gauge, &points);
        push(new, &gauge)
    })
}
