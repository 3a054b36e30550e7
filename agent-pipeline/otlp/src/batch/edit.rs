//! Changing resources and records.
//!
//! Each visit sees lazy views. An entry where nothing changed keeps its bytes, down to the pointer. An entry
//! where something did is written again: changed records are encoded, all between them is copied in runs.

use bytes::Bytes;

use super::Batch;
use super::chunk::Chunk;
use super::entry::Entry;
use super::scope::{CHILDREN, Each, Visit, edit_scope, has_children, pass_scope};
use crate::record::{
    DataPoint, Fate, Item, LogRecord, Message, Metric, Resource, ScopeCtx, Span, Verdict, splice,
};
use crate::wire::Fields;
use crate::{Signal, scan};

/// What became of an entry's fields besides the resource.
enum Rest {
    Same,
    New(Vec<u8>),
    /// Nothing is left of the entry.
    Gone,
}

impl Batch {
    /// Visits every resource, which may be changed. Records are neither decoded nor copied; an entry without a
    /// resource gets one when attributes are added.
    pub fn edit_resources(&mut self, mut f: impl FnMut(&mut Resource<'_>)) {
        self.rewrite(|_, resource| {
            f(resource);
            Rest::Same
        });
    }

    /// Visits every resource, which may be changed, or dropped with all that is under it.
    pub fn filter_resources(&mut self, mut f: impl FnMut(&mut Resource<'_>) -> Verdict) {
        self.rewrite(|_, resource| match f(resource) {
            Verdict::Keep => Rest::Same,
            Verdict::Drop => Rest::Gone,
        });
    }

    /// Visits every scope, which may be changed, with the resource around it. No record is decoded.
    pub fn edit_scopes(&mut self, mut f: impl for<'e> FnMut(&mut ScopeCtx<'e>)) {
        self.rewrite(|rest, resource| {
            let mut ctx = ScopeCtx::new(std::mem::replace(resource, Resource::new(&[], "")));
            let mut out = Vec::new();
            let changed =
                splice(rest, CHILDREN, &mut out, |scope, out| pass_scope(&mut ctx, scope, out, &mut f));
            *resource = ctx.into_resource();
            if changed { Rest::New(out) } else { Rest::Same }
        });
    }

    /// Visits every span, which may be changed or dropped, with the resource and scope around it.
    ///
    /// Scope entries whose last span was dropped go, and so do resource entries whose last scope entry went; those
    /// that came without any stay. Does nothing to a batch of another signal. What is read from the resource or scope
    /// lives as long as the span, so it can be put into it without copying the text.
    pub fn edit_spans(&mut self, mut f: impl for<'e> FnMut(&mut ScopeCtx<'e>, &mut Span<'e>) -> Verdict) {
        self.edit_records(Signal::Traces, |ctx, raw, out| {
            let mut span = Span::new(raw);
            let fate = Fate::of(f(ctx, &mut span), &span.message, out);
            span.message.leave();
            fate
        });
    }

    /// Visits every log record, as [`Batch::edit_spans`] does spans.
    pub fn edit_log_records(
        &mut self,
        mut f: impl for<'e> FnMut(&mut ScopeCtx<'e>, &mut LogRecord<'e>) -> Verdict,
    ) {
        self.edit_records(Signal::Logs, |ctx, raw, out| {
            let mut record = LogRecord::new(raw);
            let verdict = f(ctx, &mut record);
            record.settle();
            let fate = Fate::of(verdict, &record.message, out);
            record.message.leave();
            fate
        });
    }

    /// Visits every metric, as [`Batch::edit_spans`] does spans; those without data points too.
    pub fn edit_metrics(&mut self, mut f: impl for<'e> FnMut(&mut ScopeCtx<'e>, &mut Metric<'e>) -> Verdict) {
        self.edit_records(Signal::Metrics, |ctx, raw, out| {
            let mut metric = Metric::new(raw);
            let verdict = f(ctx, &mut metric);
            Fate::of(verdict, &metric.message, out)
        });
    }

    /// Visits every data point of every metric, as [`Batch::edit_spans`] does spans. A metric whose last point was
    /// dropped goes.
    pub fn edit_data_points(
        &mut self,
        mut f: impl for<'e> FnMut(&mut ScopeCtx<'e>, &mut Metric<'e>, &mut DataPoint<'_>) -> Verdict,
    ) {
        self.edit_records(Signal::Metrics, |ctx, raw, out| {
            let mut metric = Metric::new(raw);
            let mut dropped = false;
            metric.edit_points(|metric, point| {
                let verdict = f(ctx, metric, point);
                dropped |= verdict == Verdict::Drop;
                verdict
            });
            let verdict = if dropped && metric.point_count() == 0 { Verdict::Drop } else { Verdict::Keep };
            Fate::of(verdict, &metric.message, out)
        });
    }

    /// Visits every item, which is whatever the batch counts, as the visit of that kind does.
    pub fn edit_items(
        &mut self,
        mut f: impl for<'r, 'e, 'p> FnMut(&'r mut ScopeCtx<'e>, Item<'r, 'e, 'p>) -> Verdict,
    ) {
        match self.signal {
            Signal::Traces => self.edit_spans(|ctx, span| f(ctx, Item::Span(span))),
            Signal::Logs => self.edit_log_records(|ctx, record| f(ctx, Item::LogRecord(record))),
            Signal::Metrics => {
                self.edit_data_points(|ctx, metric, point| f(ctx, Item::DataPoint(metric, point)));
            }
        }
    }

    /// Visits the records of every scope entry as bytes.
    fn edit_records(
        &mut self,
        signal: Signal,
        visit: impl for<'e> FnMut(&mut ScopeCtx<'e>, &'e [u8], &mut Vec<u8>) -> Fate,
    ) {
        self.visit_records(signal, &mut Each(visit));
    }

    /// Visits the records of every scope entry as bytes, and lets the visitor add some at its end.
    pub(super) fn visit_records(&mut self, signal: Signal, visit: &mut impl Visit) {
        if self.signal == signal {
            self.rewrite_scopes(|ctx, scope, out| edit_scope(ctx, scope, out, visit));
        }
    }

    /// Visits every scope entry as bytes.
    pub(super) fn rewrite_scopes(
        &mut self,
        mut edit: impl for<'e> FnMut(&mut ScopeCtx<'e>, &'e [u8], &mut Vec<u8>) -> Fate,
    ) {
        self.rewrite(|rest, resource| {
            let mut ctx = ScopeCtx::new(std::mem::replace(resource, Resource::new(&[], "")));
            let mut out = Vec::new();
            let changed = splice(rest, CHILDREN, &mut out, |scope, out| edit(&mut ctx, scope, out));
            *resource = ctx.into_resource();
            match changed {
                false => Rest::Same,
                // Changed and without children: the last of them was dropped.
                true if !has_children(&out) => Rest::Gone,
                true => Rest::New(out),
            }
        });
    }

    /// Visits every entry: its fields besides the resource, and the resource. Keeps what did not change.
    fn rewrite(&mut self, mut visit: impl for<'e> FnMut(&'e [u8], &mut Resource<'e>) -> Rest) {
        let signal = self.signal;
        let before = std::mem::take(&mut self.chunks);
        let mut after = Vec::with_capacity(before.len());
        for chunk in before {
            if chunk.is_received() {
                rewrite_received(signal, chunk, &mut after, &mut visit);
                continue;
            }
            let outcome = match chunk.entries().next() {
                Some(entry) => rewrite_entry(signal, &chunk, &entry, chunk.items(), &mut visit),
                None => Outcome::Same,
            };
            match outcome {
                Outcome::Same => after.push(chunk),
                Outcome::New(new) => after.push(new),
                Outcome::Gone => {}
            }
        }
        self.items = after.iter().map(Chunk::items).sum();
        self.chunks = after;
    }
}

enum Outcome {
    Same,
    New(Chunk),
    Gone,
}

/// Rewrites the entries of a chunk as received; unchanged neighbours stay together in one slice.
fn rewrite_received(
    signal: Signal,
    chunk: Chunk,
    after: &mut Vec<Chunk>,
    visit: &mut impl for<'e> FnMut(&'e [u8], &mut Resource<'e>) -> Rest,
) {
    let tail = chunk.tail().clone();
    let mut fields = Fields::new(&tail);
    let single = fields.clone().take(2).count() < 2;
    // The run of unchanged fields: from where, and the items in it.
    let (mut run, mut run_items, mut changed) = (0, 0, false);
    loop {
        let start = tail.len() - fields.rest().len();
        let Some(field) = fields.next() else { break };
        if field.number != 1 {
            continue;
        }
        let bytes = field.value.bytes();
        let items = if single { chunk.items() } else { scan::count_entry(signal, bytes) };
        let outcome = rewrite_entry(signal, &chunk, &Entry::received(bytes), items, visit);
        if matches!(outcome, Outcome::Same) {
            run_items += items;
            continue;
        }
        changed = true;
        if start > run {
            after.push(Chunk::received(tail.slice(run..start), run_items));
        }
        (run, run_items) = (tail.len() - fields.rest().len(), 0);
        if let Outcome::New(new) = outcome {
            after.push(new);
        }
    }
    if !changed {
        after.push(chunk);
    } else if run < tail.len() {
        after.push(Chunk::received(tail.slice(run..), run_items));
    }
}

fn rewrite_entry(
    signal: Signal,
    chunk: &Chunk,
    entry: &Entry<'_>,
    items: usize,
    visit: &mut impl for<'e> FnMut(&'e [u8], &mut Resource<'e>) -> Rest,
) -> Outcome {
    let mut resource = Resource::new(entry.resource_bytes(), entry.schema_url());
    let rest = visit(&entry.rest, &mut resource);
    let edited = resource.message.changed().then(|| {
        let mut out = Vec::with_capacity(entry.resource_bytes().len() + 128);
        resource.message.encode(&mut out);
        out
    });
    let (mut tail, items) = match rest {
        Rest::Gone => return Outcome::Gone,
        Rest::Same if edited.is_none() && !resource.schema_url_changed() => return Outcome::Same,
        Rest::Same => (chunk.share(entry), items),
        Rest::New(bytes) => {
            let items = scan::count_entry(signal, &bytes);
            (Bytes::from(bytes), items)
        }
    };
    let mut schema_url = entry.head_schema_url;
    if resource.schema_url_changed() {
        if entry.rest_schema_url.is_some() {
            let mut without = Message::new(&tail, 0);
            without.replace(3, |_| {});
            let mut out = Vec::with_capacity(tail.len());
            without.encode(&mut out);
            tail = Bytes::from(out);
        }
        schema_url = Some(resource.schema_url()).filter(|url| !url.is_empty());
    }
    let bytes = edited.as_deref().or(entry.resource.as_deref());
    let chunk = Chunk::entry(bytes, schema_url, tail, items);
    resource.message.leave();
    Outcome::New(chunk)
}
