//! What became of configurations.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use super::Metrics;
use super::registry::{Counter, Registration, Registry, Value, attributes};
use super::table;

/// What became of a configuration that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reload<'a> {
    /// It runs now; with its hash.
    Applied(&'a str),
    /// It is not valid.
    Rejected,
    /// It is the one that runs.
    Unchanged,
    /// It is valid and could not be started.
    Failed,
}

/// The counts of reloads, made with the process.
pub(super) struct Reloads {
    results: [Counter; 4],
    state: Arc<Mutex<Option<Applied>>>,
    info: Mutex<Option<Registration>>,
    _watched: Registration,
}

#[derive(Clone, Copy)]
struct Applied {
    wall: SystemTime,
    at: Instant,
}

impl Reloads {
    pub(super) fn new(registry: &Arc<Registry>) -> Self {
        let state: Arc<Mutex<Option<Applied>>> = Arc::default();
        let counter = |result| registry.counter(&table::CONFIG_RELOADS, attributes(&[("result", result)]));
        let watch = |metric, read: fn(Applied) -> f64| {
            let state = Arc::clone(&state);
            let read = move || Some(read((*state.lock().unwrap_or_else(PoisonError::into_inner))?));
            registry.watch(metric, attributes(&[]), Value::Seconds(Arc::new(read)))
        };
        let watched = watch(&table::CONFIG_LAST_SUCCESS, |applied| {
            applied.wall.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
        })
        .join(watch(&table::CONFIG_AGE, |applied| applied.at.elapsed().as_secs_f64()));
        let results = ["applied", "rejected", "unchanged", "failed"].map(counter);
        Self { results, info: Mutex::default(), _watched: watched, state }
    }
}

impl Metrics {
    /// Tells what became of a configuration.
    pub fn reloaded(&self, reload: Reload<'_>) {
        let reloads = self.reloads();
        let [applied, rejected, unchanged, failed] = &reloads.results;
        match reload {
            Reload::Rejected => rejected.add(1),
            Reload::Unchanged => unchanged.add(1),
            Reload::Failed => failed.add(1),
            Reload::Applied(hash) => {
                applied.add(1);
                let now = Applied { wall: SystemTime::now(), at: Instant::now() };
                *reloads.state.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
                let one = Value::Gauge(Arc::new(|| Some(1)));
                let info = self.registry().watch(&table::CONFIG_INFO, attributes(&[("hash", hash)]), one);
                *reloads.info.lock().unwrap_or_else(PoisonError::into_inner) = Some(info);
            }
        }
    }
}
