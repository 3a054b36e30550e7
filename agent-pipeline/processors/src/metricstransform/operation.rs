//! The operations on one metric.

use std::collections::{HashMap, HashSet};

use agent_otlp::{AnyValue, Attributes, DataPoint, Metric, MetricKind, NumberValue, PointKind, Verdict};

use super::OperationConfig;
use super::filter::{Filter, keep_if};
use super::scale::scale;
use agent_ottl::aggregate::{Aggregation, aggregate};

/// See the file's head.
#[derive(Debug)]
pub(super) enum Operation {
    AddLabel {
        label: String,
        value: String,
    },
    UpdateLabel {
        label: String,
        new_label: Option<String>,
        values: HashMap<String, String>,
    },
    DeleteLabelValue {
        label: String,
        value: String,
    },
    ToggleScalarDataType,
    ScaleValue(f64),
    AggregateLabels {
        keep: HashSet<String>,
        how: Option<Aggregation>,
    },
    AggregateLabelValues {
        label: String,
        values: HashSet<String>,
        new_value: String,
        how: Option<Aggregation>,
    },
}

impl Operation {
    /// The operation of a validated configuration.
    pub(super) fn new(config: &OperationConfig, version: &str) -> Self {
        let versioned = |text: &str| text.replace("{{version}}", version);
        let how = Aggregation::parse(&config.aggregation_type);
        let (label, new_value) = (config.label.clone(), versioned(&config.new_value));
        match &*config.action {
            "add_label" => Self::AddLabel { label: config.new_label.clone(), value: new_value },
            "update_label" => {
                let values = config.value_actions.iter();
                let values =
                    values.map(|action| (action.value.clone(), versioned(&action.new_value))).collect();
                let new_label =
                    Some(config.new_label.clone()).filter(|new| !new.is_empty() && *new != config.label);
                Self::UpdateLabel { label, new_label, values }
            }
            "delete_label_value" => Self::DeleteLabelValue { label, value: config.label_value.clone() },
            "toggle_scalar_data_type" => Self::ToggleScalarDataType,
            "experimental_scale_value" => Self::ScaleValue(config.experimental_scale),
            "aggregate_labels" => {
                Self::AggregateLabels { keep: config.label_set.iter().cloned().collect(), how }
            }
            _ => {
                let values = config.aggregated_values.iter().cloned().collect();
                Self::AggregateLabelValues { label, values, new_value, how }
            }
        }
    }

    /// Works on the metric. What changes it as a whole is left out when `whole` is not set.
    pub(super) fn apply(&self, metric: &mut Metric<'_>, filter: &Filter, whole: bool) {
        match self {
            Self::UpdateLabel { label, new_label, values } => {
                edit_matching(metric, filter, |point| {
                    update_label(point.attributes_mut(), label, new_label.as_deref(), values);
                });
            }
            Self::ToggleScalarDataType => edit_matching(metric, filter, toggle),
            Self::ScaleValue(factor) => edit_matching(metric, filter, |point| scale(point, *factor)),
            Self::AddLabel { .. }
            | Self::DeleteLabelValue { .. }
            | Self::AggregateLabels { .. }
            | Self::AggregateLabelValues { .. }
                if !whole => {}
            Self::AddLabel { label, value } => edit(metric, |point| {
                point.attributes_mut().insert(label.clone(), value.clone());
            }),
            Self::DeleteLabelValue { label, value } => metric.edit_points(|_, point| {
                let text = point.attributes().get(label).map(|value| value.as_str().unwrap_or_default());
                keep_if(text != Some(value))
            }),
            // Summaries cannot be joined.
            Self::AggregateLabels { .. } | Self::AggregateLabelValues { .. }
                if metric.kind() == Some(MetricKind::Summary) => {}
            Self::AggregateLabels { keep, how } => {
                edit(metric, |point| point.attributes_mut().retain_keys(|key| keep.contains(key)));
                join(metric, *how);
            }
            Self::AggregateLabelValues { label, values, new_value, how } => {
                edit(metric, |point| {
                    let text = point.attributes().get(label).map(|value| value.as_str().unwrap_or_default());
                    if text.is_some_and(|text| values.contains(text)) {
                        point.attributes_mut().update(label, new_value.clone());
                    }
                });
                join(metric, *how);
            }
        }
    }
}

fn edit(metric: &mut Metric<'_>, mut f: impl FnMut(&mut DataPoint<'_>)) {
    metric.edit_points(|_, point| {
        f(point);
        Verdict::Keep
    });
}

fn edit_matching(metric: &mut Metric<'_>, filter: &Filter, mut f: impl FnMut(&mut DataPoint<'_>)) {
    edit(metric, |point| {
        if filter.matches_point(point.attributes()) {
            f(point);
        }
    });
}

fn update_label(
    attributes: &mut Attributes<'_>,
    label: &str,
    new_label: Option<&str>,
    values: &HashMap<String, String>,
) {
    let Some(value) = attributes.get(label) else { return };
    let new_value = values.get(value.as_str().unwrap_or_default()).cloned();
    if let Some(new_label) = new_label {
        attributes.rename(label, new_label.to_owned());
    }
    if let Some(new_value) = new_value {
        attributes.update(new_label.unwrap_or(label), AnyValue::from(new_value));
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "that is the operation: the fraction goes, what is too large is cut"
)]
fn toggle(point: &mut DataPoint<'_>) {
    if point.kind() == PointKind::Number {
        match point.value() {
            None => {}
            Some(NumberValue::Int(number)) => point.set_value(NumberValue::Double(number as f64)),
            Some(NumberValue::Double(number)) => point.set_value(NumberValue::Int(number as i64)),
        }
    }
}

/// Joins the points that do not differ.
fn join(metric: &mut Metric<'_>, how: Option<Aggregation>) {
    let Some(kind) = metric.kind() else { return };
    let source = metric.clone();
    let points = aggregate(source.points().collect(), is_delta(&source), how);
    metric.set_points(kind, &points);
}

/// Whether points of different starts are different ones.
pub(super) fn is_delta(metric: &Metric<'_>) -> bool {
    metric.aggregation_temporality() == 1
}
