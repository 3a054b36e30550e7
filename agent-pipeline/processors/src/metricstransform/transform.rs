//! One transform over a batch.

use std::collections::BTreeMap;

use agent_component::{BuildContext, BuildError};
use agent_config::ComponentId;
use agent_otlp::{Batch, Metric, Verdict};
use tracing::warn;

use super::TransformConfig;
use super::combine::combine;
use super::filter::{Filter, keep_if};
use super::operation::Operation;
use agent_ottl::aggregate::Aggregation;

/// See the file's head.
#[derive(Debug)]
pub(super) struct Transform {
    id: ComponentId,
    filter: Filter,
    action: Action,
    /// Empty: the name stays.
    new_name: String,
    operations: Vec<Operation>,
}

#[derive(Debug)]
enum Action {
    Insert,
    Update,
    Combine(Option<Aggregation>),
    Group(BTreeMap<String, String>),
}

impl Transform {
    pub(super) fn build(
        config: &TransformConfig,
        index: usize,
        context: &BuildContext,
    ) -> Result<Self, BuildError> {
        let version = context.host.build.version;
        let action = match &*config.action {
            "insert" => Action::Insert,
            "combine" => Action::Combine(Aggregation::parse(&config.aggregation_type)),
            "group" => Action::Group(config.group_resource_labels.clone().unwrap_or_default()),
            _ => Action::Update,
        };
        Ok(Self {
            id: context.id.clone(),
            filter: Filter::build(config, &format!("transforms[{index}]"))?,
            action,
            new_name: config.new_name.clone(),
            operations: config.operations.iter().map(|config| Operation::new(config, version)).collect(),
        })
    }

    /// Works on the batch; metrics that are to have resources of their own go to `grouped`.
    pub(super) fn apply(&self, batch: &mut Batch, grouped: &mut Vec<Batch>) {
        match &self.action {
            Action::Update => batch.edit_metrics(|_, metric| self.update(metric)),
            Action::Insert => batch.edit_metric_lists(|_, metrics| self.insert(metrics)),
            Action::Combine(how) => batch.edit_metric_lists(|_, metrics| self.combine(metrics, *how)),
            Action::Group(labels) => {
                let part = self.group(batch, labels);
                if part.metrics() > 0 {
                    grouped.push(part);
                }
            }
        }
    }

    fn update(&self, metric: &mut Metric<'_>) -> Verdict {
        if !self.filter.matches(metric) {
            return Verdict::Keep;
        }
        self.change(metric, self.filter.matches_all(metric))
    }

    fn insert(&self, metrics: &mut Vec<Metric<'_>>) {
        let copies = metrics.iter().filter(|metric| self.filter.matches(metric)).filter_map(|metric| {
            let mut copy = metric.duplicate();
            self.filter.narrow(&mut copy);
            (self.change(&mut copy, true) == Verdict::Keep).then_some(copy)
        });
        let copies: Vec<_> = copies.collect();
        metrics.extend(copies);
    }

    fn combine(&self, metrics: &mut Vec<Metric<'_>>, how: Option<Aggregation>) {
        match combine(metrics, &self.filter, &self.new_name, how) {
            Ok(None) => {}
            Ok(Some(mut combined)) => {
                if self.change(&mut combined, true) == Verdict::Keep {
                    metrics.push(combined);
                }
            }
            Err(reason) => warn!(component = %self.id, reason, "Metrics stay as they are"),
        }
    }

    /// Takes what matches out of the batch.
    fn group(&self, batch: &mut Batch, labels: &BTreeMap<String, String>) -> Batch {
        let mut part = batch.clone();
        batch.edit_metrics(|_, metric| keep_if(!self.filter.matches(metric)));
        part.edit_metrics(|_, metric| {
            let matches = self.filter.matches(metric);
            self.filter.narrow(metric);
            keep_if(matches)
        });
        part.edit_scopes(|ctx| ctx.scope_mut().set_schema_url(""));
        part.edit_resources(|resource| {
            resource.set_schema_url("");
            for (key, value) in labels {
                resource.attributes_mut().upsert(key.clone(), value.clone());
            }
        });
        part
    }

    /// Renames the metric and runs the operations; what concerns it as a whole only if `whole` is set. A metric that
    /// loses its last point that way is dropped.
    fn change(&self, metric: &mut Metric<'_>, whole: bool) -> Verdict {
        let was_empty = metric.point_count() == 0;
        if whole && !self.new_name.is_empty() {
            let name = self.filter.expand(&self.new_name, metric.name());
            metric.set_name(&name);
        }
        for operation in &self.operations {
            operation.apply(metric, &self.filter, whole);
        }
        keep_if(was_empty || metric.point_count() > 0)
    }
}
