//! Points of one metric joined by their attributes.

use agent_otlp::{Metric, MetricKind, Verdict};

use super::metric::METRIC;
use crate::aggregate::{self, Aggregation};
use crate::context::Record;
use crate::error::Eval;
use crate::function::args::{Args, Prepared};
use crate::function::{Kind, Literals, Param, failed};

/// `AGGREGATION_TEMPORALITY_DELTA` of OTLP.
const DELTA: i32 = 1;
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

fn known_function(literals: &Literals<'_>) -> Result<Prepared, String> {
    let name = literals.text(0).unwrap_or_default();
    let message =
        || format!("invalid aggregation function: '{name}', valid options: [sum max min mean median count]");
    Aggregation::parse(name).map(|_| Prepared::Nothing).ok_or_else(message)
}

fn on_attributes(args: &mut Args<'_, '_>, record: &mut dyn Record<'_>) -> Eval<()> {
    let function = Aggregation::parse(&args.text(0)?).unwrap_or(Aggregation::Sum);
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

fn on_attribute_value(args: &mut Args<'_, '_>, record: &mut dyn Record<'_>) -> Eval<()> {
    let function = Aggregation::parse(&args.text(0)?).unwrap_or(Aggregation::Sum);
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
fn aggregate(metric: &mut Metric<'_>, function: Aggregation) {
    let Some(kind) = metric.kind() else { return };
    let is_delta = metric.aggregation_temporality() == DELTA;
    let joined = aggregate::aggregate(metric.points().collect(), is_delta, Some(function));
    if joined.len() == metric.point_count() {
        return;
    }
    let mut replacement = Metric::empty();
    replacement.set_points(kind, &joined);
    let list = replacement.point_list().map(|(_, list)| list.into_owned());
    drop(joined);
    if let Some(list) = list {
        metric.set_point_list(&list);
    }
}
