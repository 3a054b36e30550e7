//! Settings of `metricstransform` (the Collector's `metricstransformprocessor`, v0.145.0).

use std::collections::BTreeMap;

use agent_config::{Validate, Validator};
use agent_ottl::pattern;
use serde::Deserialize;

use agent_ottl::aggregate::Aggregation;

/// The `metricstransform` section.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// What to do, in this order. Default: nothing.
    pub transforms: Vec<TransformConfig>,
}

/// Something to do with the metrics that match.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TransformConfig {
    /// The name of the metrics, or a pattern. Required.
    pub include: String,
    /// `strict`, the default, or `regexp`.
    pub match_type: String,
    /// What attributes of points have to be, as `match_type` says; an absent one counts as empty. Default: anything.
    pub experimental_match_labels: BTreeMap<String, String>,
    /// `insert`, `update`, `combine` or `group`. Required.
    pub action: String,
    /// The name to give; for `regexp` with `$1` and `${name}`. Required for `insert`.
    pub new_name: String,
    /// `group`: attributes for the new resource. Required there.
    pub group_resource_labels: Option<BTreeMap<String, String>>,
    /// `combine`: how equal points become one. Default: the first stays.
    pub aggregation_type: String,
    /// Accepted as in the Collector, without effect there and here.
    pub submatch_case: String,
    /// What to do with the metrics that result, in this order.
    pub operations: Vec<OperationConfig>,
}

/// Something to do with one metric. Which fields belong to it depends on `action`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OperationConfig {
    /// What to do: one of those that the README lists. Required.
    pub action: String,
    /// The attribute to work on.
    pub label: String,
    /// The attribute to add, or the new name of `label`.
    pub new_label: String,
    /// The attributes to keep.
    pub label_set: Vec<String>,
    /// How points that no longer differ become one. Default: the first stays.
    pub aggregation_type: String,
    /// The values that become `new_value`.
    pub aggregated_values: Vec<String>,
    /// The value to give; `{{version}}` is the version of the agent.
    pub new_value: String,
    /// Values to replace.
    pub value_actions: Vec<ValueActionConfig>,
    /// What to multiply values with.
    pub experimental_scale: f64,
    /// The value whose points are deleted.
    pub label_value: String,
}

/// A value and what replaces it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ValueActionConfig {
    /// The value.
    pub value: String,
    /// What replaces it; `{{version}}` is the version of the agent.
    pub new_value: String,
}

/// The names of operations, as the Collector lists them.
const OPERATIONS: [&str; 7] = [
    "add_label",
    "update_label",
    "delete_label_value",
    "toggle_scalar_data_type",
    "experimental_scale_value",
    "aggregate_labels",
    "aggregate_label_values",
];
const ACTIONS: [&str; 4] = ["insert", "update", "combine", "group"];
const MATCH_TYPES: [&str; 2] = ["strict", "regexp"];
const SUBMATCH_CASES: [&str; 2] = ["lower", "upper"];

/// Tells it when a value is none of these.
fn check_one_of(field: &str, given: &str, allowed: &[&str], before: &str, at: &mut Validator<'_>) {
    if !allowed.contains(&given) {
        let allowed: Vec<_> = allowed.iter().map(|name| format!("{name:?}")).collect();
        at.error(field, format!("{before}{field:?} must be in [{}]", allowed.join(" ")));
    }
}

fn check_optional(field: &str, given: &str, allowed: &[&str], before: &str, at: &mut Validator<'_>) {
    if !given.is_empty() {
        check_one_of(field, given, allowed, before, at);
    }
}

impl TransformConfig {
    fn validate(&self, at: &mut Validator<'_>) {
        if self.include.is_empty() {
            at.error("include", "missing required field \"include\"");
        }
        check_optional("match_type", &self.match_type, &MATCH_TYPES, "", at);
        if self.match_type == "regexp" {
            if let Err(error) = pattern::compile(&self.include) {
                at.error(
                    "include",
                    format!("\"include\", error parsing regexp: {error}: `{}`", self.include),
                );
            }
            for (label, text) in &self.experimental_match_labels {
                if let Err(error) = pattern::compile(text) {
                    at.field("experimental_match_labels")
                        .error(label, format!("error parsing regexp: {error}: `{text}`"));
                }
            }
        }
        check_one_of("action", &self.action, &ACTIONS, "", at);
        let missing =
            |field: &str| format!("missing required field {field:?} while \"action\" is {}", self.action);
        if self.action == "insert" && self.new_name.is_empty() {
            at.error("new_name", missing("new_name"));
        }
        if self.action == "group" && self.group_resource_labels.is_none() {
            at.error("group_resource_labels", missing("group_resource_labels"));
        }
        check_optional("aggregation_type", &self.aggregation_type, &Aggregation::NAMES, "", at);
        check_optional("submatch_case", &self.submatch_case, &SUBMATCH_CASES, "", at);
        let mut at = at.field("operations");
        for (index, operation) in self.operations.iter().enumerate() {
            operation.validate(index, &mut at.index(index));
        }
    }
}

impl OperationConfig {
    fn validate(&self, index: usize, at: &mut Validator<'_>) {
        let before = format!("operation {}: ", index + 1);
        check_one_of("action", &self.action, &OPERATIONS, &before, at);
        let needs = |action: &str, absent: bool| absent && self.action == action;
        for (field, missing) in [
            ("label", needs("update_label", self.label.is_empty())),
            ("new_label", needs("add_label", self.new_label.is_empty())),
            ("new_value", needs("add_label", self.new_value.is_empty())),
            ("experimental_scale", needs("experimental_scale_value", self.experimental_scale == 0.0)),
        ] {
            if missing {
                let action = &self.action;
                let problem =
                    format!("{before}missing required field {field:?} while \"action\" is {action}");
                at.error(field, problem);
            }
        }
        check_optional("aggregation_type", &self.aggregation_type, &Aggregation::NAMES, &before, at);
    }
}

impl Validate for Config {
    fn validate(&self, at: &mut Validator<'_>) {
        let mut at = at.field("transforms");
        for (index, transform) in self.transforms.iter().enumerate() {
            transform.validate(&mut at.index(index));
        }
    }
}
