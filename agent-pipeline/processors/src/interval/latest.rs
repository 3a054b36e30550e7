//! The newest point of every stream, under the metric, scope and resource it came with.
//!
//! Pure bookkeeping without clock or task. What describes points is held once for all of them.

use agent_otlp::{Batch, BatchBuilder, DataPoint, Metric, MetricKind, ScopeCtx, Signal};
use indexmap::IndexMap;

use crate::streams::{Identities, StreamId};
use agent_ottl::identity;

/// See the file's head.
#[derive(Debug, Default)]
pub(super) struct Latest {
    identities: Identities,
    homes: IndexMap<Vec<u8>, Home>,
    points: usize,
}

/// A resource and scope with its metrics.
#[derive(Debug)]
struct Home {
    /// Holds resource and scope, and no metric.
    entry: Batch,
    metrics: IndexMap<StreamId, Held>,
}

/// A metric without points, and its points, each in a metric of its own that nobody looks at.
#[derive(Debug)]
struct Held {
    kind: MetricKind,
    metric: Metric<'static>,
    points: IndexMap<StreamId, (u64, Metric<'static>)>,
}

impl Latest {
    /// How many points are held.
    pub(super) fn len(&self) -> usize {
        self.points
    }

    /// Holds the points of a metric that are newer than those held of the same streams.
    pub(super) fn hold(&mut self, ctx: &ScopeCtx<'_>, metric: &Metric<'_>, kind: MetricKind) {
        let id = self.identities.metric(ctx, metric);
        let home = self.homes.entry(home_id(ctx)).or_insert_with(|| Home::new(ctx));
        let held = home.metrics.entry(id.whole()).or_insert_with(|| Held::new(metric, kind));
        for point in metric.points() {
            let time = point.time_unix_nano();
            let stream = id.point(point.attributes(), &[]);
            match held.points.get_mut(&stream) {
                Some((last, _)) if time <= *last => {}
                Some(newest) => *newest = (time, alone(&point, kind)),
                None => {
                    held.points.insert(stream, (time, alone(&point, kind)));
                    self.points += 1;
                }
            }
        }
    }

    /// Everything that is held, which is then forgotten.
    pub(super) fn take(&mut self) -> Batch {
        self.points = 0;
        let mut out = BatchBuilder::new(Signal::Metrics);
        for home in std::mem::take(&mut self.homes).into_values() {
            home.write(&mut out);
        }
        out.build()
    }
}

fn home_id(ctx: &ScopeCtx<'_>) -> Vec<u8> {
    let mut id = Vec::with_capacity(256);
    identity::put_set(ctx.resource().attributes().iter().collect(), &mut id);
    identity::put_set(ctx.scope().attributes().iter().collect(), &mut id);
    identity::put_text(ctx.scope().name(), &mut id);
    identity::put_text(ctx.scope().version(), &mut id);
    id
}

/// The point in a metric that does not borrow.
fn alone(point: &DataPoint<'_>, kind: MetricKind) -> Metric<'static> {
    let mut metric = Metric::empty();
    metric.set_points(kind, [point]);
    metric
}

impl Home {
    fn new(ctx: &ScopeCtx<'_>) -> Self {
        let mut entry = BatchBuilder::new(Signal::Metrics);
        entry.resource(|resource| *resource = ctx.resource().clone());
        entry.scope(|scope| *scope = ctx.scope().clone());
        Self { entry: entry.build(), metrics: IndexMap::new() }
    }

    fn write(self, out: &mut BatchBuilder) {
        for entry in self.entry.resources() {
            out.resource(|resource| *resource = entry.resource());
            for scope in entry.scopes() {
                out.scope(|out| *out = scope.scope());
                self.metrics.values().for_each(|held| held.write(out));
            }
        }
    }
}

impl Held {
    fn new(origin: &Metric<'_>, kind: MetricKind) -> Self {
        let mut metric = Metric::empty();
        metric.set_name(origin.name());
        metric.set_description(origin.description());
        metric.set_unit(origin.unit());
        metric.set_points(kind, []);
        metric.set_aggregation_temporality(origin.aggregation_temporality());
        metric.set_is_monotonic(origin.is_monotonic());
        Self { kind, metric, points: IndexMap::new() }
    }

    fn write(&self, out: &mut BatchBuilder) {
        let origin = &self.metric;
        out.metric(self.kind, |metric| {
            metric.set_name(origin.name());
            metric.set_description(origin.description());
            metric.set_unit(origin.unit());
            metric.set_aggregation_temporality(origin.aggregation_temporality());
            metric.set_is_monotonic(origin.is_monotonic());
        });
        for (_, holder) in self.points.values() {
            for point in holder.points() {
                out.point(|out| *out = point);
            }
        }
    }
}
