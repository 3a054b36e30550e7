//! Rate limiting of events that repeat.
//!
//! Counted for each call site together with its message and component. What was held back is said once, at the
//! end of the interval, with `suppressed` and the sums of the fields that count items: a loss may be summed up,
//! never hidden.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hash, RandomState};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tracing::Level;

use crate::json::{begin, push_key};
use crate::parts::{COUNTS, Parts};

/// Different events in one interval that are told apart; beyond it, those of a call site share one count.
const MAX_ENTRIES: usize = 512;
/// Bytes of a message that are kept for a summary.
const MAX_HEAD: usize = 1024;

/// How many equal events are written in an interval.
///
/// Our default is the Collector's for `service::telemetry::logs::sampling` (v0.145.0): the first 10, then every
/// 100th, in 10 s.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sampling {
    /// So many are written at first.
    pub initial: u64,
    /// Then every so many; 0 writes no more in this interval.
    pub thereafter: u64,
    /// Length of the interval; zero switches sampling off.
    pub tick: Duration,
}

impl Default for Sampling {
    fn default() -> Self {
        Self { initial: 10, thereafter: 100, tick: Duration::from_secs(10) }
    }
}

/// What to do with an event.
pub(crate) struct Verdict {
    /// Whether to write it.
    pub(crate) write: bool,
    /// What was held back in intervals that have ended; to be written before it.
    pub(crate) due: Vec<Summary>,
}

/// Events that were held back.
pub(crate) struct Summary {
    level: Level,
    msg: String,
    component: String,
    suppressed: u64,
    counts: [Option<u64>; COUNTS.len()],
}

struct Entry {
    began: Duration,
    seen: u64,
    held: Option<Box<Summary>>,
}

struct Table {
    sampling: Option<Sampling>,
    entries: HashMap<u64, Entry>,
    /// No interval with something held back ends before this.
    next_due: Option<Duration>,
}

/// Counts events.
pub(crate) struct Sampler {
    table: Mutex<Table>,
    hasher: RandomState,
}

impl Sampler {
    pub(crate) fn new(sampling: Option<Sampling>) -> Self {
        let table = Table { sampling, entries: HashMap::new(), next_due: None };
        Self { table: Mutex::new(table), hasher: RandomState::new() }
    }

    /// Changes the limits; what was held back under the old ones is returned.
    pub(crate) fn set(&self, sampling: Option<Sampling>) -> Vec<Summary> {
        let mut table = self.table();
        table.sampling = sampling;
        table.take(|_| true)
    }

    /// Counts an event at `now` and judges it.
    pub(crate) fn admit(&self, level: Level, callsite: &impl Hash, parts: &Parts, now: Duration) -> Verdict {
        let key = self.key(callsite, &parts.msg, &parts.component);
        let mut table = self.table();
        let Some(sampling) = table.sampling.filter(|sampling| !sampling.tick.is_zero()) else {
            return Verdict { write: true, due: Vec::new() };
        };
        let mut due = table.take_due(now);
        let mut key = key;
        if table.entries.len() >= MAX_ENTRIES && !table.entries.contains_key(&key) {
            due.extend(table.take(|entry| now.saturating_sub(entry.began) >= sampling.tick));
            if table.entries.len() >= MAX_ENTRIES {
                key = self.key(callsite, "", "");
            }
        }
        let entry = table.entries.entry(key).or_insert(Entry { began: now, seen: 0, held: None });
        if now.saturating_sub(entry.began) >= sampling.tick {
            due.extend(entry.held.take().map(|summary| *summary));
            *entry = Entry { began: now, seen: 0, held: None };
        }
        entry.seen += 1;
        let beyond = entry.seen.saturating_sub(sampling.initial);
        if beyond == 0 || (sampling.thereafter > 0 && beyond.is_multiple_of(sampling.thereafter)) {
            return Verdict { write: true, due };
        }
        entry.held.get_or_insert_with(|| Box::new(Summary::of(level, parts))).add(parts);
        let end = entry.began + sampling.tick;
        table.next_due = Some(table.next_due.map_or(end, |known| known.min(end)));
        Verdict { write: false, due }
    }

    /// What was held back in intervals that ended before `now`, and whether there is more to come.
    pub(crate) fn sweep(&self, now: Duration) -> (Vec<Summary>, bool) {
        let mut table = self.table();
        let due = table.take_due(now);
        (due, table.next_due.is_some())
    }

    /// Everything that was held back, for the end of the process.
    pub(crate) fn drain(&self) -> Vec<Summary> {
        self.table().take(|_| true)
    }

    fn key(&self, callsite: &impl Hash, msg: &str, component: &str) -> u64 {
        self.hasher.hash_one((callsite, msg, component))
    }

    fn table(&self) -> std::sync::MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    fn take_due(&mut self, now: Duration) -> Vec<Summary> {
        let Some(sampling) = self.sampling else { return Vec::new() };
        if self.next_due.is_none_or(|due| now < due) {
            return Vec::new();
        }
        self.take(|entry| now.saturating_sub(entry.began) >= sampling.tick)
    }

    /// Removes entries; gives what they held back.
    fn take(&mut self, mut which: impl FnMut(&Entry) -> bool) -> Vec<Summary> {
        let gone: Vec<Entry> =
            self.entries.extract_if(|_, entry| which(entry)).map(|(_, entry)| entry).collect();
        let tick = self.sampling.unwrap_or_default().tick;
        let holding = self.entries.values().filter(|entry| entry.held.is_some());
        self.next_due = holding.map(|entry| entry.began + tick).min();
        gone.into_iter().filter_map(|entry| entry.held).map(|summary| *summary).collect()
    }
}

impl Summary {
    fn of(level: Level, parts: &Parts) -> Self {
        Self {
            level,
            msg: head(&parts.msg).to_owned(),
            component: if parts.component.len() <= MAX_HEAD {
                parts.component.clone()
            } else {
                String::new()
            },
            suppressed: 0,
            counts: [None; COUNTS.len()],
        }
    }

    fn add(&mut self, parts: &Parts) {
        self.suppressed += 1;
        for (sum, count) in self.counts.iter_mut().zip(parts.counts) {
            if let Some(count) = count {
                *sum = Some(sum.unwrap_or(0).saturating_add(count));
            }
        }
    }

    /// The line that says so, without its end.
    pub(crate) fn line(&self, at: Timestamp) -> String {
        let mut line = begin(self.level, at, &self.msg);
        line.push_str(&self.component);
        line.push_str(",\"suppressed\":");
        line.push_str(&self.suppressed.to_string());
        for (name, sum) in COUNTS.iter().zip(self.counts) {
            if let Some(sum) = sum {
                push_key(&mut line, name);
                line.push_str(&sum.to_string());
            }
        }
        line.push('}');
        line
    }
}

/// The beginning of an escaped text, not cut inside an escape (the longest is `\uXXXX`).
fn head(escaped: &str) -> &str {
    if escaped.len() <= MAX_HEAD {
        return escaped;
    }
    let head = escaped.get(..escaped.floor_char_boundary(MAX_HEAD)).unwrap_or_default();
    match head.rfind('\\') {
        // `\\` may be one escape or the end of one: step before every backslash in a row.
        Some(place) if head.len() - place < 6 => {
            head.get(..=place).unwrap_or_default().trim_end_matches('\\')
        }
        _ => head,
    }
}
