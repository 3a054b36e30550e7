//! Points of one metric joined by their attributes.

use std::collections::HashMap;

use agent_otlp::{AnyValue, DataPoint, Metric, MetricKind, NumberValue, PointKind, Verdict};

use super::metric::METRIC;
use crate::context::Record;
use crate::error::Eval;
use crate::function::args::{Args, Literals, Prepared};
use crate::function::{Kind, Param, failed};
use crate::value::write_json;

const FUNCTION: Param = Param::of("aggregation_function", Kind::LiteralText);

editor!(
    AGGREGATE_ON_ATTRIBUTES, "aggregate_on_attributes",
    [FUNCTION, Param::optional("attributes", Kind::LiteralTexts)], on_attributes,
    [r#"aggregate_on_attributes("sum", [])"#,
        r#"[{"gauge":{"dataPoints":[{"attributes":[{"key":"a","value":{"intValue":"1"}}],"asInt":"2"},{"asInt":"3"}]}}]"#,
        r#"[{"gauge":{"dataPoints":[{"asInt":"5"}]}}]"#],
    contexts: METRIC,
    prepare: Some(known_function),
);
editor!(
    AGGREGATE_ON_ATTRIBUTE_VALUE, "aggregate_on_attribute_value", [
        FUNCTION,
        Param::of("attribute", Kind::LiteralText),
        Param::of("values", Kind::LiteralTexts),
        Param::of("new_value", Kind::LiteralText),
    ], on_attribute_value,
    [r#"aggregate_on_attribute_value("max", "a", ["x", "y"], "z")"#,
        r#"[{"gauge":{"dataPoints":[{"attributes":[{"key":"a","value":{"stringValue":"x"}}],"asInt":"2"},{"attributes":[{"key":"a","value":{"stringValue":"y"}}],"asInt":"3"}]}}]"#,
        r#"[{"gauge":{"dataPoints":[{"attributes":[{"key":"a","value":{"stringValue":"z"}}],"asInt":"3"}]}}]"#],
    contexts: METRIC,
    prepare: Some(known_function),
);

/// How the numbers of a group become one.
#[derive(Clone, Copy, Debug)]
enum Function {
    Sum,
    Max,
    Min,
    Mean,
    Median,
    Count,
}

impl Function {
    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "sum" => Self::Sum,
            "max" => Self::Max,
            "min" => Self::Min,
            "mean" => Self::Mean,
            "median" => Self::Median,
            "count" => Self::Count,
            _ => return None,
        })
    }

    #[expect(clippy::cast_possible_wrap, reason = "a count of points is small")]
    fn ints(self, mut values: Vec<i64>) -> i64 {
        let count = values.len().max(1) as i64;
        let sum = || values.iter().fold(0_i64, |sum, value| sum.wrapping_add(*value));
        match self {
            Self::Sum => sum(),
            Self::Mean => sum() / count,
            Self::Count => count,
            Self::Max => values.into_iter().max().unwrap_or_default(),
            Self::Min => values.into_iter().min().unwrap_or_default(),
            Self::Median => {
                values.sort_unstable();
                let at = |index: usize| values.get(index).copied().unwrap_or_default();
                let middle = values.len() / 2;
                if values.len().is_multiple_of(2) {
                    at(middle.saturating_sub(1)).wrapping_add(at(middle)) / 2
                } else {
                    at(middle)
                }
            }
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "a count of points is small")]
    fn doubles(self, mut values: Vec<f64>) -> f64 {
        let count = values.len().max(1) as f64;
        match self {
            Self::Sum => values.iter().sum(),
            Self::Mean => values.iter().sum::<f64>() / count,
            Self::Count => count,
            Self::Max => values.into_iter().fold(f64::NEG_INFINITY, f64::max),
            Self::Min => values.into_iter().fold(f64::INFINITY, f64::min),
            Self::Median => {
                values.sort_unstable_by(f64::total_cmp);
                let at = |index: usize| values.get(index).copied().unwrap_or_default();
                let middle = values.len() / 2;
                if values.len().is_multiple_of(2) {
                    f64::midpoint(at(middle.saturating_sub(1)), at(middle))
                } else {
                    at(middle)
                }
            }
        }
    }
}

fn known_function(literals: &Literals<'_>) -> Result<Prepared, String> {
    let name = literals.text(0).unwrap_or_default();
    let message =
        || format!("invalid aggregation function: '{name}', valid options: [sum max min mean median count]");
    Function::of(name).map(|_| Prepared::Nothing).ok_or_else(message)
}

fn on_attributes(args: &mut Args<'_>, record: &mut dyn Record) -> Eval<()> {
    let function = Function::of(&args.text(0)?).unwrap_or(Function::Sum);
    let keep = (!args.is_missing(1)).then(|| args.texts(1)).transpose()?;
    record.metric(&mut |metric, _| {
        check(metric, "aggregate_on_attributes")?;
        if let Some(keep) = &keep {
            metric.edit_points(|_, point| {
                point.attributes_mut().retain_keys(|key| keep.iter().any(|kept| kept == key));
                Verdict::Keep
            });
        }
        aggregate(metric, function);
        Ok(())
    })
}

fn on_attribute_value(args: &mut Args<'_>, record: &mut dyn Record) -> Eval<()> {
    let function = Function::of(&args.text(0)?).unwrap_or(Function::Sum);
    let (attribute, values, new_value) = (args.text(1)?, args.texts(2)?, args.text(3)?);
    record.metric(&mut |metric, _| {
        check(metric, "aggregate_on_attribute_value")?;
        metric.edit_points(|_, point| {
            let listed = |found: &str| values.iter().any(|value| value == found);
            if point.attributes().get_str(&attribute).is_some_and(listed) {
                point.attributes_mut().update(&attribute, new_value.clone().into_owned());
            }
            Verdict::Keep
        });
        aggregate(metric, function);
        Ok(())
    })
}

fn check(metric: &Metric<'_>, function: &'static str) -> Eval<()> {
    match metric.kind() {
        Some(MetricKind::Summary) => failed(function, "summaries cannot be aggregated"),
        _ => Ok(()),
    }
}

/// Joins the points of each group into its first; does nothing when every point is its own group.
fn aggregate(metric: &mut Metric<'_>, function: Function) {
    let Some(kind) = metric.kind() else { return };
    let by_start = metric.aggregation_temporality() == 1;
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut groups: Vec<Vec<DataPoint<'_>>> = Vec::new();
    for point in metric.points() {
        let place = *places.entry(identity(&point, by_start)).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.push(point),
            None => groups.push(vec![point]),
        }
    }
    if groups.iter().all(|group| group.len() == 1) {
        return;
    }
    let joined: Vec<DataPoint<'_>> = groups.into_iter().filter_map(|group| join(group, function)).collect();
    let mut replacement = Metric::empty();
    replacement.set_points(kind, &joined);
    let list = replacement.point_list().map(|(_, list)| list.into_owned());
    drop(joined);
    if let Some(list) = list {
        metric.set_point_list(&list);
    }
}

/// What points of one group have in common.
fn identity(point: &DataPoint<'_>, by_start: bool) -> String {
    let members =
        point.attributes().iter().map(|(key, value)| (key.to_owned().into(), value.clone().into_owned()));
    let attributes = AnyValue::KvList(members.collect());
    let start = if by_start { point.start_time_unix_nano() } else { 0 };
    // Doubles that JSON does not have make a group of their own text.
    let text = write_json(&attributes).unwrap_or_else(|_| format!("{attributes:?}"));
    if point.kind() == PointKind::Number {
        return format!("{text}|{}|{start}", point.time_unix_nano());
    }
    let extremes = (point.min().is_some(), point.max().is_some(), point.flags());
    let shape = (point.explicit_bounds(), point.scale(), point.positive().0, point.negative().0);
    format!("{text}|{}|{start}|{extremes:?}|{shape:?}", point.time_unix_nano())
}

/// A point that is alone stays as it is, even when points are counted, as in the Collector.
fn join(group: Vec<DataPoint<'_>>, function: Function) -> Option<DataPoint<'_>> {
    let start = group.iter().map(DataPoint::start_time_unix_nano).min()?;
    let values: Vec<NumberValue> = group.iter().filter_map(DataPoint::value).collect();
    let mut points = group.into_iter();
    let mut first = points.next()?;
    if values.len() == 1 {
        return Some(first);
    }
    first.set_start_time_unix_nano(start);
    match first.value() {
        Some(NumberValue::Int(_)) => {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "the first point's type is kept, as in the Collector"
            )]
            let int = |value: &NumberValue| match value {
                NumberValue::Int(number) => *number,
                NumberValue::Double(number) => *number as i64,
            };
            first.set_value(NumberValue::Int(function.ints(values.iter().map(int).collect())));
        }
        Some(NumberValue::Double(_)) => {
            #[expect(
                clippy::cast_precision_loss,
                reason = "the first point's type is kept, as in the Collector"
            )]
            let double = |value: &NumberValue| match value {
                NumberValue::Int(number) => *number as f64,
                NumberValue::Double(number) => *number,
            };
            first.set_value(NumberValue::Double(function.doubles(values.iter().map(double).collect())));
        }
        None => points.for_each(|other| sum_up(&mut first, &other)),
    }
    Some(first)
}

/// Adds a histogram to another with the same buckets.
fn sum_up(first: &mut DataPoint<'_>, other: &DataPoint<'_>) {
    let add = |a: Vec<u64>, b: Vec<u64>| -> Vec<u64> {
        let len = a.len().max(b.len());
        let at = |counts: &[u64], index: usize| counts.get(index).copied().unwrap_or_default();
        (0..len).map(|index| at(&a, index).saturating_add(at(&b, index))).collect()
    };
    let either = |a: Option<f64>, b: Option<f64>, pick: fn(f64, f64) -> f64| match (a, b) {
        (Some(a), Some(b)) => Some(pick(a, b)),
        (a, b) => a.or(b),
    };
    if other.count() == 0 {
        return;
    }
    first.set_count(first.count().saturating_add(other.count()));
    first.set_sum(Some(first.sum().unwrap_or_default() + other.sum().unwrap_or_default()));
    first.set_min(either(first.min(), other.min(), f64::min));
    first.set_max(either(first.max(), other.max(), f64::max));
    first.set_bucket_counts(&add(first.bucket_counts(), other.bucket_counts()));
    first.set_zero_count(first.zero_count().saturating_add(other.zero_count()));
    let ((offset, positive), (low, negative)) = (first.positive(), first.negative());
    first.set_positive(offset, &add(positive, other.positive().1));
    first.set_negative(low, &add(negative, other.negative().1));
}
