//! Edits that see all metrics of a scope entry at once, to join them or to put others beside them.

use super::Batch;
use super::scope::{CHILDREN, scope_of, write_scope};
use crate::Signal;
use crate::record::Fate;
use crate::record::{Metric, ScopeCtx};
use crate::wire::{Fields, put_bytes};

impl Batch {
    /// Visits the metrics of every scope entry as a list that may be changed in every way.
    ///
    /// Levels that this empties go, as in [`Batch::edit_metrics`]. A list that is the same afterwards keeps its bytes.
    pub fn edit_metric_lists(&mut self, mut f: impl for<'e> FnMut(&mut ScopeCtx<'e>, &mut Vec<Metric<'e>>)) {
        if self.signal == Signal::Metrics {
            self.rewrite_scopes(|ctx, entry, out| edit_list(ctx, entry, out, &mut f));
        }
    }
}

fn edit_list<'e>(
    ctx: &mut ScopeCtx<'e>,
    entry: &'e [u8],
    out: &mut Vec<u8>,
    f: &mut impl FnMut(&mut ScopeCtx<'e>, &mut Vec<Metric<'e>>),
) -> Fate {
    ctx.enter(scope_of(entry));
    let received =
        || Fields::new(entry).filter(|field| field.number == CHILDREN).map(|field| field.value.bytes());
    let mut metrics: Vec<Metric<'e>> = received().map(Metric::new).collect();
    f(ctx, &mut metrics);
    let untouched = |(metric, raw): (&Metric<'_>, &[u8])| {
        !metric.message.changed() && std::ptr::eq(metric.message.raw(), raw)
    };
    let same = metrics.len() == received().count() && metrics.iter().zip(received()).all(untouched);
    if !same {
        if metrics.is_empty() {
            return Fate::Gone;
        }
        for field in Fields::new(entry).filter(|field| field.number != CHILDREN) {
            out.extend_from_slice(field.raw);
        }
        let mut content = Vec::new();
        for metric in &metrics {
            content.clear();
            metric.message.encode(&mut content);
            put_bytes(out, CHILDREN, &content);
        }
    }
    write_scope(ctx, entry, !same, out)
}
