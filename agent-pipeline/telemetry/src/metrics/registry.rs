//! What is measured now: series by metric and attributes.
//!
//! A counter is kept under its attributes for the life of the process, so that a component that replaces another goes
//! on where that one stopped. A gauge lives as long as its [`Registration`]. Readers look here when they collect; the
//! data path only touches the atomics that it was handed.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use opentelemetry::KeyValue;
use opentelemetry::metrics::Histogram as Instrument;

use super::table::{self, Kind, Metric};

/// Sorted by key.
pub(super) type Attributes = Arc<[KeyValue]>;

/// Makes attributes of pairs.
pub(super) fn attributes(pairs: &[(&'static str, &str)]) -> Attributes {
    let mut attributes: Vec<KeyValue> =
        pairs.iter().map(|(key, value)| KeyValue::new(*key, Arc::<str>::from(*value))).collect();
    attributes.sort_by(|a, b| a.key.cmp(&b.key));
    attributes.into()
}

/// A counter that components add to: one relaxed atomic. Clones count together.
///
/// [`Counter::default`] counts for nobody.
#[derive(Clone, Debug, Default)]
pub struct Counter(Arc<AtomicU64>);

impl Counter {
    /// Counts `n` more.
    pub fn add(&self, n: u64) {
        self.0.fetch_add(n, Ordering::Relaxed);
    }

    /// Counts `n` more items; for lengths.
    pub fn add_items(&self, n: usize) {
        self.add(u64::try_from(n).unwrap_or(u64::MAX));
    }

    /// What was counted since the process started.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A distribution that components record to. Costs the SDK's work for each value: for batches, not for items.
///
/// [`Histogram::default`] records for nobody.
#[derive(Clone, Debug, Default)]
pub struct Histogram {
    instruments: Instruments,
    attributes: Attributes,
}

impl Histogram {
    /// Records one value.
    pub fn record(&self, value: u64) {
        for instrument in self.instruments.load().iter() {
            instrument.record(value, &self.attributes);
        }
    }
}

/// The instruments of one histogram, one for each way it is collected; none when its level is off.
pub(super) type Instruments = Arc<ArcSwap<Vec<Instrument<u64>>>>;

/// Keeps gauges registered; they vanish when it is dropped.
#[must_use = "what it stands for vanishes when it is dropped"]
pub struct Registration {
    registry: Arc<Registry>,
    ids: Vec<(&'static str, u64)>,
}

impl Registration {
    /// Lets this one stand for what `other` stands for too.
    pub(super) fn join(mut self, mut other: Self) -> Self {
        self.ids.append(&mut other.ids);
        self
    }
}

impl std::fmt::Debug for Registration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Registration").field("ids", &self.ids).finish_non_exhaustive()
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        for (name, id) in &self.ids {
            let mut series = self.registry.series();
            let list = series.entry(name).or_default();
            let gone = list.iter().position(|one| one.id == *id).map(|index| list.remove(index));
            drop(series);
            // A gauge may own what has a registration itself.
            drop(gone);
        }
    }
}

/// Where a value comes from.
#[derive(Clone)]
pub(super) enum Value {
    Counter(Arc<AtomicU64>),
    Gauge(Arc<dyn Fn() -> Option<u64> + Send + Sync>),
    Seconds(Arc<dyn Fn() -> Option<f64> + Send + Sync>),
}

struct Series {
    id: u64,
    attributes: Attributes,
    value: Value,
}

impl Series {
    fn is_orphan(&self) -> bool {
        matches!(&self.value, Value::Counter(count) if Arc::strong_count(count) == 1)
    }
}

/// Every series of the process.
pub(super) struct Registry {
    series: Mutex<HashMap<&'static str, Vec<Series>>>,
    next_id: AtomicU64,
    histograms: HashMap<&'static str, Instruments>,
}

impl Default for Registry {
    fn default() -> Self {
        let histograms = table::all().filter(|metric| matches!(metric.kind, Kind::Histogram(_)));
        Self {
            series: Mutex::default(),
            next_id: AtomicU64::default(),
            histograms: histograms.map(|metric| (metric.name, Instruments::default())).collect(),
        }
    }
}

impl Registry {
    fn series(&self) -> MutexGuard<'_, HashMap<&'static str, Vec<Series>>> {
        self.series.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn id(&self) -> u64 {
        self.next_id.fetch_add(1, Ordering::Relaxed)
    }

    /// The counter of these attributes, from wherever it stands.
    pub(super) fn counter(&self, metric: &'static Metric, attributes: Attributes) -> Counter {
        let mut series = self.series();
        let list = series.entry(metric.name).or_default();
        if let Some(counter) = find(list, &attributes) {
            return counter;
        }
        let attributes = if make_room(list, metric.series()) { attributes } else { overflow() };
        if let Some(counter) = find(list, &attributes) {
            return counter;
        }
        let counter = Counter::default();
        list.push(Series { id: self.id(), attributes, value: Value::Counter(Arc::clone(&counter.0)) });
        counter
    }

    /// Has `value` asked at each collection. Of several with the same attributes the newest counts.
    pub(super) fn watch(
        self: &Arc<Self>,
        metric: &'static Metric,
        attributes: Attributes,
        value: Value,
    ) -> Registration {
        let mut registration = Registration { registry: Arc::clone(self), ids: Vec::new() };
        let mut series = self.series();
        let list = series.entry(metric.name).or_default();
        if list.len() < metric.series() {
            let id = self.id();
            list.push(Series { id, attributes, value });
            registration.ids.push((metric.name, id));
        }
        registration
    }

    /// A histogram of these attributes.
    pub(super) fn histogram(&self, metric: &'static Metric, attributes: Attributes) -> Histogram {
        let instruments = self.instruments(metric.name).cloned().unwrap_or_default();
        Histogram { instruments, attributes }
    }

    /// The instruments of a histogram, to be replaced.
    pub(super) fn instruments(&self, name: &str) -> Option<&Instruments> {
        self.histograms.get(name)
    }

    /// The series of a metric, oldest first. Taken out of the lock, so that asking a gauge may register and drop.
    pub(super) fn snapshot(&self, name: &str) -> Vec<(Attributes, Value)> {
        let series = self.series();
        let list = series.get(name).map_or(&[][..], Vec::as_slice);
        list.iter().map(|one| (Arc::clone(&one.attributes), one.value.clone())).collect()
    }
}

fn find(list: &[Series], attributes: &Attributes) -> Option<Counter> {
    list.iter().find_map(|one| match &one.value {
        Value::Counter(count) if one.attributes == *attributes => Some(Counter(Arc::clone(count))),
        _ => None,
    })
}

/// Whether one more series fits, if need be in the place of the oldest counter that nobody holds.
fn make_room(list: &mut Vec<Series>, limit: usize) -> bool {
    if list.len() < limit {
        return true;
    }
    let orphan = list.iter().position(Series::is_orphan);
    orphan.map(|index| list.remove(index)).is_some()
}

fn overflow() -> Attributes {
    [KeyValue::new("otel.metric.overflow", true)].into()
}
