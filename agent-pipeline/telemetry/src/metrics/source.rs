//! One way of collecting: the SDK's provider with a reader that is asked when somebody wants numbers.
//!
//! The providers of the SDK cannot change what they were built with, so there is one for each temporality, resource and
//! level in use. Their asynchronous instruments read the registry; a new one therefore goes on where the last one was.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use agent_config::document::MetricsLevel;
use opentelemetry::metrics::{AsyncInstrument, Histogram, Meter, MeterProvider as _};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::reader::MetricReader;
use opentelemetry_sdk::metrics::{
    Instrument, InstrumentKind, ManualReader, Pipeline, SdkMeterProvider, Stream, Temporality,
};

use super::registry::{Attributes, Registry, Value};
use super::table::{self, Kind, Metric};

/// The instrumentation scope of all metrics.
const SCOPE: &str = "kubeagent";

/// What tells one way of collecting from another.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Key {
    pub(super) temporality: Temporality,
    /// Which of several readers that may not share one: what a delta reader collected is gone for the others.
    pub(super) lane: usize,
    pub(super) level: MetricsLevel,
    pub(super) resource: Vec<KeyValue>,
}

/// A way of collecting.
pub(super) struct Source {
    pub(super) key: Key,
    reader: Reader,
    histograms: HashMap<&'static str, Histogram<u64>>,
    /// Collections end with it.
    _provider: SdkMeterProvider,
}

impl Source {
    pub(super) fn new(key: Key, registry: &Arc<Registry>, version: &'static str) -> Self {
        let reader = Reader(Arc::new(ManualReader::builder().with_temporality(key.temporality).build()));
        let resource = Resource::builder_empty().with_attributes(key.resource.iter().cloned()).build();
        let provider = SdkMeterProvider::builder()
            .with_resource(resource)
            .with_reader(reader.clone())
            .with_view(limited)
            .build();
        let meter =
            provider.meter_with_scope(InstrumentationScope::builder(SCOPE).with_version(version).build());
        let (mut histograms, observed) = (HashMap::new(), Observed::default());
        for metric in table::all().filter(|metric| metric.level <= key.level) {
            if let Kind::Histogram(bounds) = metric.kind {
                histograms.insert(metric.name, histogram(&meter, metric, bounds));
                continue;
            }
            observe(&meter, metric, &observed);
            // A new instrument holds room for all the series it may ever have, a hundred kilobytes; one that was
            // collected holds what it needs. There is nothing to collect yet, so nothing is lost by it.
            let _ = reader.collect(&mut ResourceMetrics::default());
        }
        let _ = observed.set(Arc::downgrade(registry));
        Self { key, reader, histograms, _provider: provider }
    }

    /// All metrics as they are now.
    pub(super) fn collect(&self) -> Result<ResourceMetrics, opentelemetry_sdk::error::OTelSdkError> {
        let mut metrics = ResourceMetrics::default();
        self.reader.collect(&mut metrics)?;
        Ok(metrics)
    }

    /// Whether each collection tells everything since the start.
    pub(super) fn is_cumulative(&self) -> bool {
        self.key.temporality == Temporality::Cumulative
    }

    pub(super) fn histogram(&self, name: &str) -> Option<Histogram<u64>> {
        self.histograms.get(name).cloned()
    }
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source").field("key", &self.key).finish_non_exhaustive()
    }
}

/// The limit of the table for the SDK, with one more for the overflow. Its own is 2000 whatever is needed.
fn limited(instrument: &Instrument) -> Option<Stream> {
    let metric = table::all().find(|metric| metric.name == instrument.name())?;
    Stream::builder().with_cardinality_limit(metric.series() + 1).build().ok()
}

fn histogram(meter: &Meter, metric: &Metric, bounds: &[f64]) -> Histogram<u64> {
    let histogram =
        meter.u64_histogram(metric.name).with_description(metric.description).with_unit(metric.unit);
    histogram.with_boundaries(bounds.to_vec()).build()
}

/// The registry that instruments look at, once all of them are made.
type Observed = Arc<OnceLock<Weak<Registry>>>;

fn observe(meter: &Meter, metric: &'static Metric, observed: &Observed) {
    let Metric { name, description, unit, .. } = *metric;
    let observed = Arc::clone(observed);
    match metric.kind {
        Kind::Counter => {
            let counter = meter.u64_observable_counter(name).with_description(description).with_unit(unit);
            counter.with_callback(move |to| whole(name, &observed, to)).build();
        }
        Kind::Gauge => {
            let gauge = meter.u64_observable_gauge(name).with_description(description).with_unit(unit);
            gauge.with_callback(move |to| whole(name, &observed, to)).build();
        }
        Kind::SecondsCounter => {
            let counter = meter.f64_observable_counter(name).with_description(description).with_unit(unit);
            counter.with_callback(move |to| seconds(name, &observed, to)).build();
        }
        Kind::Seconds => {
            let gauge = meter.f64_observable_gauge(name).with_description(description).with_unit(unit);
            gauge.with_callback(move |to| seconds(name, &observed, to)).build();
        }
        Kind::Histogram(_) => {}
    }
}

fn series(name: &str, observed: &Observed) -> Vec<(Attributes, Value)> {
    observed.get().and_then(Weak::upgrade).map_or_else(Vec::new, |registry| registry.snapshot(name))
}

fn whole(name: &str, observed: &Observed, to: &dyn AsyncInstrument<u64>) {
    for (attributes, value) in series(name, observed) {
        let now = match value {
            Value::Counter(count) => Some(count.load(Ordering::Relaxed)),
            Value::Gauge(read) => read(),
            Value::Seconds(_) => None,
        };
        if let Some(now) = now {
            to.observe(now, &attributes);
        }
    }
}

fn seconds(name: &str, observed: &Observed, to: &dyn AsyncInstrument<f64>) {
    for (attributes, value) in series(name, observed) {
        if let Value::Seconds(read) = value
            && let Some(now) = read()
        {
            to.observe(now, &attributes);
        }
    }
}

/// The SDK takes its reader into possession, and we ask it: a shared one.
#[derive(Clone, Debug)]
struct Reader(Arc<ManualReader>);

impl MetricReader for Reader {
    fn register_pipeline(&self, pipeline: Weak<Pipeline>) {
        self.0.register_pipeline(pipeline);
    }

    fn collect(&self, metrics: &mut ResourceMetrics) -> OTelSdkResult {
        self.0.collect(metrics)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn temporality(&self, kind: InstrumentKind) -> Temporality {
        self.0.temporality(kind)
    }
}
