//! Taking items off the front of a batch.
//!
//! Follows the Collector's batch processor (v0.145): what fits moves whole; an entry, scope or metric that has to
//! be cut is written twice, the front part without the schema url of the level that was cut, the remainder with it.
//!
//! Cutting copies the entry that is cut. To keep many small cuts of one huge entry from copying its remainder
//! each time, the remainder is cut further right away, into pieces of 1, 2, 4, ... times the size asked for: every
//! record is copied a logarithmic number of times.

use bytes::Bytes;

use super::Batch;
use super::chunk::Chunk;
use super::entry::Entry;
use crate::record::{Metric, MetricKind};
use crate::wire::{self, Fields};
use crate::{Signal, scan};

impl Batch {
    /// Removes the first `max_items` items and returns them, with the resources, scopes and metrics around
    /// them. Returns everything when there are not more than that.
    ///
    /// Entries without items travel with the items before them. No record is decoded.
    #[must_use]
    pub fn split_front(&mut self, max_items: usize) -> Self {
        if max_items >= self.items {
            return std::mem::replace(self, Self::empty(self.signal));
        }
        let mut front = Self::empty(self.signal);
        if max_items == 0 {
            return front;
        }
        let mut rest = std::mem::take(&mut self.chunks).into_iter();
        let mut remaining = Vec::new();
        for chunk in rest.by_ref() {
            let wanted = max_items - front.items;
            if chunk.items() > wanted {
                if wanted == 0 {
                    remaining.push(chunk);
                } else {
                    cut_chunk(self.signal, &chunk, wanted, max_items, &mut front, &mut remaining);
                }
                break;
            }
            front.items += chunk.items();
            front.chunks.push(chunk);
        }
        remaining.extend(rest);
        self.items -= front.items;
        self.chunks = remaining;
        front
    }
}

/// Puts the first `wanted` items of a chunk that has more into `front`, the others into `remaining`.
fn cut_chunk(
    signal: Signal,
    chunk: &Chunk,
    wanted: usize,
    size: usize,
    front: &mut Batch,
    remaining: &mut Vec<Chunk>,
) {
    if !chunk.is_received() {
        if let Some(entry) = chunk.entries().next() {
            cut_entry(signal, chunk, &entry, (wanted, size), front, remaining);
        }
        return;
    }
    let tail = chunk.tail();
    let mut fields = Fields::new(tail);
    let mut taken = 0;
    loop {
        let start = tail.len() - fields.rest().len();
        let Some(field) = fields.next() else { break };
        if field.number != 1 {
            continue;
        }
        let items = scan::count_entry(signal, field.value.bytes());
        if taken + items <= wanted {
            taken += items;
            continue;
        }
        if start > 0 {
            front.chunks.push(Chunk::received(tail.slice(..start), taken));
            front.items += taken;
        }
        let end = tail.len() - fields.rest().len();
        let mut behind = chunk.items() - taken;
        if taken < wanted {
            cut_entry(
                signal,
                chunk,
                &Entry::received(field.value.bytes()),
                (wanted - taken, size),
                front,
                remaining,
            );
            behind -= items;
            if end < tail.len() {
                remaining.push(Chunk::received(tail.slice(end..), behind));
            }
        } else {
            remaining.push(Chunk::received(tail.slice(start..), behind));
        }
        return;
    }
}

/// Cuts one entry after `wanted` items; what is left is cut into growing multiples of `size`.
fn cut_entry(
    signal: Signal,
    chunk: &Chunk,
    entry: &Entry<'_>,
    (wanted, size): (usize, usize),
    front: &mut Batch,
    remaining: &mut Vec<Chunk>,
) {
    let resource = entry.resource.as_deref();
    let mut rest = chunk.share(entry);
    let mut left = scan::count_entry(signal, &rest);
    let mut cut_off = |rest: &mut Bytes, take: usize| {
        let (mut before, mut after) = (Vec::new(), Vec::with_capacity(rest.len()));
        cut_resource(signal, rest, take, &mut before, &mut after);
        left -= take;
        *rest = Bytes::from(after);
        (Chunk::entry(resource, None, Bytes::from(before), take), left)
    };
    let (piece, mut left) = cut_off(&mut rest, wanted);
    front.chunks.push(piece);
    front.items += wanted;
    let mut take = size;
    while left > take {
        let (piece, behind) = cut_off(&mut rest, take);
        remaining.push(piece);
        left = behind;
        take = take.saturating_mul(2);
    }
    remaining.push(Chunk::entry(resource, entry.head_schema_url, rest, left));
}

/// Cuts the fields of a resource entry, the resource excluded.
fn cut_resource(signal: Signal, fields: &[u8], items: usize, before: &mut Vec<u8>, after: &mut Vec<u8>) {
    let weigh = |scope: &[u8]| scan::count_scope(signal, scope);
    cut(fields, (2, Some(3)), items, (before, after), weigh, |scope, items, before, after| {
        let parts = (before, after);
        if signal == Signal::Metrics {
            cut(scope, (2, Some(3)), items, parts, scan::count_metric, cut_metric);
        } else {
            // A span or log record weighs 1 and is never cut.
            cut(scope, (2, Some(3)), items, parts, |_| 1, |_, _, _, _| {});
        }
    });
}

/// Cuts a metric between its points; both parts keep name, description, unit, metadata, temporality, monotonic.
fn cut_metric(metric: &[u8], items: usize, before: &mut Vec<u8>, after: &mut Vec<u8>) {
    let Some((kind, data)) = Metric::new(metric).into_data() else { return };
    for field in Fields::new(metric).filter(|field| MetricKind::from_number(field.number).is_none()) {
        before.extend_from_slice(field.raw);
        after.extend_from_slice(field.raw);
    }
    let (mut data_before, mut data_after) = (Vec::new(), Vec::with_capacity(data.len()));
    cut(&data, (1, None), items, (&mut data_before, &mut data_after), |_| 1, |_, _, _, _| {});
    wire::put_bytes(before, kind.number(), &data_before);
    wire::put_bytes(after, kind.number(), &data_after);
}

/// Distributes the children of a message: the first `items` by weight go to `before`, the others to `after`, and the
/// one across the border is cut by `descend`. Other fields go to both, except `only_after`.
fn cut(
    message: &[u8],
    (child, only_after): (u32, Option<u32>),
    items: usize,
    (before, after): (&mut Vec<u8>, &mut Vec<u8>),
    weigh: impl Fn(&[u8]) -> usize,
    mut descend: impl FnMut(&[u8], usize, &mut Vec<u8>, &mut Vec<u8>),
) {
    let mut taken = 0;
    for field in Fields::new(message) {
        if field.number != child {
            after.extend_from_slice(field.raw);
            if Some(field.number) != only_after {
                before.extend_from_slice(field.raw);
            }
            continue;
        }
        let weight = if taken < items { weigh(field.value.bytes()) } else { usize::MAX };
        if weight <= items - taken {
            before.extend_from_slice(field.raw);
            taken += weight;
        } else if taken == items {
            after.extend_from_slice(field.raw);
        } else {
            let (mut front, mut back) = (Vec::new(), Vec::with_capacity(field.raw.len()));
            descend(field.value.bytes(), items - taken, &mut front, &mut back);
            wire::put_bytes(before, child, &front);
            wire::put_bytes(after, child, &back);
            taken = items;
        }
    }
}
