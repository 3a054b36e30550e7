//! Streams of metric points over time: their identity, and a bounded table of what is known of each.
//!
//! An identity is a hash of 128 bits with keys of its own in every process, so that a stream costs the same few bytes
//! however long its attributes are, and nobody can make two streams meet. A table that is full forgets the streams
//! that were silent the longest, an eighth of its size at a time.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::hash::{BuildHasher, DefaultHasher, Hasher, RandomState};

use agent_otlp::{Attributes, Metric, ScopeCtx};

use agent_ottl::identity;

/// The identity of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct StreamId(u64, u64);

/// Makes identities; two of them do not agree.
#[derive(Clone, Debug, Default)]
pub(crate) struct Identities {
    first: RandomState,
    second: RandomState,
}

/// What the points of a metric have in common.
#[derive(Clone, Debug)]
pub(crate) struct MetricId {
    first: DefaultHasher,
    second: DefaultHasher,
}

impl Identities {
    /// By resource attributes, scope name and version, and the metric's name, unit, kind, temporality and monotonicity.
    pub(crate) fn metric(&self, ctx: &ScopeCtx<'_>, metric: &Metric<'_>) -> MetricId {
        let mut bytes = Vec::with_capacity(256);
        identity::put_set(ctx.resource().attributes().iter().collect(), &mut bytes);
        for text in [ctx.scope().name(), ctx.scope().version(), metric.name(), metric.unit()] {
            identity::put_text(text, &mut bytes);
        }
        bytes.push(metric.kind().map_or(0, |kind| kind as u8 + 1));
        bytes.extend_from_slice(&metric.aggregation_temporality().to_le_bytes());
        bytes.push(u8::from(metric.is_monotonic()));
        let mut id = MetricId { first: self.first.build_hasher(), second: self.second.build_hasher() };
        id.write(&bytes);
        id
    }
}

impl MetricId {
    /// Adds the attributes of a point, and whatever else tells its stream from others.
    pub(crate) fn point(&self, attributes: &Attributes<'_>, more: &[u8]) -> StreamId {
        let mut bytes = Vec::with_capacity(128);
        bytes.extend_from_slice(more);
        identity::put_set(attributes.iter().collect(), &mut bytes);
        let mut id = self.clone();
        id.write(&bytes);
        id.whole()
    }

    /// The identity of the metric itself.
    pub(crate) fn whole(&self) -> StreamId {
        StreamId(self.first.finish(), self.second.finish())
    }

    fn write(&mut self, bytes: &[u8]) {
        self.first.write(bytes);
        self.second.write(bytes);
    }
}

/// What is known of each stream, with the time when it was last heard of.
#[derive(Debug)]
pub(crate) struct Streams<S> {
    table: HashMap<StreamId, (u64, S)>,
    limit: usize,
}

impl<S> Streams<S> {
    pub(crate) fn new(limit: usize) -> Self {
        Self { table: HashMap::new(), limit }
    }

    pub(crate) fn len(&self) -> usize {
        self.table.len()
    }

    pub(crate) fn get_mut(&mut self, id: StreamId) -> Option<&mut S> {
        self.table.get_mut(&id).map(|(_, state)| state)
    }

    /// Notes that a stream was heard of.
    pub(crate) fn touch(&mut self, id: StreamId, time: u64) {
        if let Some((last, _)) = self.table.get_mut(&id) {
            *last = time;
        }
    }

    /// Adds a stream. Returns how many others had to be forgotten for it.
    pub(crate) fn insert(&mut self, id: StreamId, time: u64, state: S) -> usize {
        let forgotten = if self.table.len() >= self.limit { self.make_room() } else { 0 };
        self.table.insert(id, (time, state));
        forgotten
    }

    /// Forgets what was last heard of before `time`. Returns how many streams that were.
    pub(crate) fn forget_before(&mut self, time: u64) -> usize {
        let before = self.table.len();
        self.table.retain(|_, (last, _)| *last >= time);
        before - self.table.len()
    }

    fn make_room(&mut self) -> usize {
        let mut times: Vec<u64> = self.table.values().map(|(time, _)| *time).collect();
        let count = (times.len() / 8).max(1).min(times.len());
        if count == 0 {
            return 0;
        }
        let (_, latest, _) = times.select_nth_unstable(count - 1);
        let latest = *latest;
        let before = self.table.len();
        // Many may share that time: no more of them go than have to.
        let mut left = count;
        self.table.retain(|_, (time, _)| {
            let goes = *time <= latest && left > 0;
            left -= usize::from(goes);
            !goes
        });
        before - self.table.len()
    }
}
