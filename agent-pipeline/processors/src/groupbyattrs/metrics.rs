//! Metrics: the points are grouped, and a metric is made anew around those of each group.

use agent_otlp::{Batch, BatchBuilder, DataPoint, Metric, MetricKind, ResourceRef, ScopeRef, Signal};

use super::groups::Groups;
use super::take;

/// A metric of a group: the first of its name and kind, and all points.
struct Grouped<'m> {
    metric: &'m Metric<'m>,
    kind: MetricKind,
    points: Vec<DataPoint<'m>>,
}

/// The metrics of one scope, where their points can be borrowed from.
struct Source<'b> {
    resource: usize,
    scope: ScopeRef<'b>,
    metrics: Vec<Metric<'b>>,
}

pub(super) fn regroup(resources: &[ResourceRef<'_>], keys: &[String]) -> Batch {
    let mut sources = Vec::new();
    for (resource, entry) in resources.iter().enumerate() {
        for scope in entry.scopes() {
            let metrics = scope.metrics().collect();
            sources.push(Source { resource, scope, metrics });
        }
    }
    let mut groups = Groups::new(resources);
    for Source { resource, scope, metrics } in &sources {
        for metric in metrics {
            let Some(kind) = metric.kind() else { continue };
            for mut point in metric.points() {
                let moved = take(keys, point.attributes_mut());
                groups.add(*resource, moved, scope, |metrics| add(metrics, metric, kind, point));
            }
        }
    }
    let mut out = BatchBuilder::new(Signal::Metrics);
    groups.write(&mut out, |metrics, out| metrics.into_iter().for_each(|metric| metric.write(out)));
    out.build()
}

fn add<'m>(metrics: &mut Vec<Grouped<'m>>, metric: &'m Metric<'m>, kind: MetricKind, point: DataPoint<'m>) {
    let same = |grouped: &&mut Grouped<'m>| grouped.kind == kind && grouped.metric.name() == metric.name();
    match metrics.iter_mut().find(same) {
        Some(grouped) => grouped.points.push(point),
        None => metrics.push(Grouped { metric, kind, points: vec![point] }),
    }
}

impl Grouped<'_> {
    fn write(self, out: &mut BatchBuilder) {
        let Self { metric: origin, kind, points } = self;
        out.metric(kind, |metric| {
            metric.set_name(origin.name());
            metric.set_description(origin.description());
            metric.set_unit(origin.unit());
            metric.set_aggregation_temporality(origin.aggregation_temporality());
            metric.set_is_monotonic(origin.is_monotonic());
            for (key, value) in origin.metadata().iter() {
                metric.metadata_mut().upsert(key.to_owned(), value.clone().into_owned());
            }
        });
        for point in points {
            out.point(|out| *out = point);
        }
    }
}
