//! Fields of a metric. A value of the wrong type is an error; what a kind does not have reads as nil and is not set.

use agent_otlp::{Metric, MetricKind};

use super::fields::MetricField;
use super::scalar::{low_i32, whole};
use crate::error::Eval;
use crate::value::{Records, Value};

pub(super) fn get<'v>(metric: &'v Metric<'_>, field: MetricField) -> Value<'v> {
    match field {
        MetricField::Temporality if has_temporality(metric) => {
            Value::Int(metric.aggregation_temporality().into())
        }
        MetricField::Monotonic if metric.kind() == Some(MetricKind::Sum) => {
            Value::Bool(metric.is_monotonic())
        }
        MetricField::Temporality | MetricField::Monotonic => Value::Nil,
        MetricField::Points => match metric.point_list() {
            Some((kind, list)) => Value::Records(Records::Wire(points_of(kind), list)),
            None => Value::Nil,
        },
        MetricField::Description => Value::string(metric.description()),
        MetricField::Metadata => whole(metric.metadata()),
        MetricField::Name => Value::string(metric.name()),
        MetricField::Type => Value::Int(match metric.kind() {
            None => 0,
            Some(MetricKind::Gauge) => 1,
            Some(MetricKind::Sum) => 2,
            Some(MetricKind::Histogram) => 3,
            Some(MetricKind::ExponentialHistogram) => 4,
            Some(MetricKind::Summary) => 5,
        }),
        MetricField::Unit => Value::string(metric.unit()),
    }
}

/// What the points of a kind are called.
const fn points_of(kind: MetricKind) -> &'static str {
    match kind {
        MetricKind::Gauge | MetricKind::Sum => "number data points",
        MetricKind::Histogram => "histogram data points",
        MetricKind::ExponentialHistogram => "exponential histogram data points",
        MetricKind::Summary => "summary data points",
    }
}

fn has_temporality(metric: &Metric<'_>) -> bool {
    matches!(metric.kind(), Some(MetricKind::Sum | MetricKind::Histogram | MetricKind::ExponentialHistogram))
}

pub(super) fn set(metric: &mut Metric<'_>, field: MetricField, value: Value<'_>) -> Eval<()> {
    match field {
        MetricField::Temporality => metric.set_aggregation_temporality(low_i32(value.int()?)),
        MetricField::Monotonic => metric.set_is_monotonic(value.bool()?),
        MetricField::Points => {
            let Some(kind) = metric.kind() else { return Ok(()) };
            match &value {
                Value::Records(Records::Wire(name, list)) if *name == points_of(kind) => {
                    metric.set_point_list(list);
                }
                _ => return Err(value.not(points_of(kind))),
            }
        }
        MetricField::Description => metric.set_description(&value.text()?),
        MetricField::Name => metric.set_name(&value.text()?),
        MetricField::Unit => metric.set_unit(&value.text()?),
        MetricField::Type | MetricField::Metadata => {}
    }
    Ok(())
}
