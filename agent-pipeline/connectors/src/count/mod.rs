//! `count`: counts what passes and hands the counts on as metrics (the Collector's `countconnector`, v0.145.0).
//!
//! Conditions are evaluated once for each record; then one pass over the lazy views counts. Nothing of the batch is
//! copied but the attributes of resources and the values that are counted by. Nothing is held: the answer that travels
//! back is that of the receiving pipelines.

mod config;
mod level;
mod metric;
mod values;

#[cfg(test)]
mod tests;

use std::ops::ControlFlow;

use agent_component::{
    Accepted, BoxFuture, BuildContext, BuildError, ConnectorComponent, ConsumeError, ConsumeResult, Consumer,
    FanOut, Holder, Info, Next, Telemetry,
};
use agent_config::PipelineId;
use agent_otlp::{Batch, BatchBuilder, Resource, ScopeRef, Signal};
use agent_ottl::Context;

pub use config::{AttributeConfig, Config, MetricConfig, Metrics};
use level::{Level, Walk};

use crate::error_mode::refused;

/// The name of the scope that counts are of, as in the Collector, so that queries go on working.
const SCOPE: &str = "github.com/open-telemetry/opentelemetry-collector-contrib/connector/countconnector";

/// The `count` connector of one signal.
#[derive(Debug)]
pub struct Count {
    /// The outer one first.
    levels: Vec<Level>,
    outputs: FanOut,
}

impl ConnectorComponent for Count {
    const INFO: Info = Info::stable("count");
    const PAIRS: &'static [(Signal, Signal)] = &[
        (Signal::Traces, Signal::Metrics),
        (Signal::Metrics, Signal::Metrics),
        (Signal::Logs, Signal::Metrics),
    ];
    type Config = Config;

    fn build(
        config: &Config,
        _: &BuildContext,
        (from, _): (Signal, Signal),
        outputs: Vec<(PipelineId, Next)>,
    ) -> Result<Self, BuildError> {
        let levels = match from {
            Signal::Traces => vec![
                Level::new("spans", Context::Span, &config.spans)?,
                Level::new("spanevents", Context::SpanEvent, &config.spanevents)?,
            ],
            Signal::Metrics => vec![
                Level::new("metrics", Context::Metric, &config.metrics)?,
                Level::new("datapoints", Context::DataPoint, &config.datapoints)?,
            ],
            Signal::Logs => vec![Level::new("logs", Context::Log, &config.logs)?],
        };
        Ok(Self { levels, outputs: FanOut::new(outputs.into_iter().map(|(_, next)| next)) })
    }
}

impl Count {
    /// The counts, resource by resource. A condition that fails refuses the batch, as in the Collector.
    fn count(&self, batch: &mut Batch) -> Result<Batch, ConsumeError> {
        let mut refusal = None;
        let walks = self.levels.iter().map(|level| {
            let walk = level.walk(batch, &mut |failure| {
                refusal = Some(refused(failure));
                ControlFlow::Break(())
            });
            walk.map(|walk| (level.context(), walk))
        });
        let walks: Result<Vec<_>, _> = walks.collect();
        match (walks, refusal) {
            (Ok(mut walks), _) => Ok(counts(batch, &mut walks)),
            (Err(_), Some(refusal)) => Err(refusal),
            (Err(stopped), None) => Err(ConsumeError::retryable(stopped.to_string())),
        }
    }
}

/// Counts the records of each resource.
fn counts(batch: &Batch, walks: &mut [(Context, Walk<'_>)]) -> Batch {
    let mut out = BatchBuilder::new(Signal::Metrics);
    for entry in batch.resources() {
        let resource = entry.resource();
        for (context, walk) in walks.iter_mut().filter(|(_, walk)| !walk.is_idle()) {
            walk.enter();
            for scope in entry.scopes() {
                see(*context, walk, &scope, &resource);
            }
        }
        if !walks.iter().any(|(_, walk)| walk.has_counted()) {
            continue;
        }
        out.resource(|counted| {
            for (key, value) in resource.attributes().iter() {
                counted.attributes_mut().insert(key.to_owned(), value.clone().into_owned());
            }
        });
        out.scope(|scope| scope.set_name(SCOPE));
        for (_, walk) in walks.iter() {
            walk.write(&mut out);
        }
    }
    out.build()
}

/// Shows a level's records in one scope entry, in the order in which conditions saw them.
fn see(context: Context, walk: &mut Walk<'_>, entry: &ScopeRef<'_>, resource: &Resource<'_>) {
    let scope = entry.scope();
    match context {
        Context::Log => entry.log_records().for_each(|record| {
            walk.see([record.time_unix_nano()], &[&record, &scope, resource]);
        }),
        Context::Span => entry.spans().for_each(|span| {
            let times = [span.start_time_unix_nano(), span.end_time_unix_nano()];
            walk.see(times, &[&span, &scope, resource]);
        }),
        Context::SpanEvent => entry.spans().for_each(|span| {
            span.events().for_each(|event| {
                walk.see([event.time_unix_nano()], &[&event, &scope, resource]);
            });
        }),
        Context::Metric => entry.metrics().for_each(|_| walk.see([], &[&scope, resource])),
        Context::DataPoint => entry.metrics().for_each(|metric| {
            metric.points().for_each(|point| {
                walk.see([point.time_unix_nano()], &[&point, &scope, resource]);
            });
        }),
        Context::Scope | Context::Resource => {}
    }
}

impl Consumer for Count {
    fn consume(&self, mut data: Telemetry) -> BoxFuture<'_, ConsumeResult> {
        Box::pin(async move {
            data.batch = self.count(&mut data.batch)?;
            if data.batch.is_empty() {
                data.settle();
                return Ok(Accepted::default());
            }
            // Points that the backend rejected are none of the caller's items.
            self.outputs.consume(data).await.map(|_| Accepted::default())
        })
    }
}

impl Holder for Count {}
