//! Edits of metrics that add metrics.

use super::Batch;
use super::scope::{CHILDREN, Visit};
use crate::Signal;
use crate::record::{Fate, Metric, ScopeCtx, Verdict};
use crate::wire;

/// How many metrics may be added to one scope entry by one edit. An edit that adds a metric for each it sees, those it
/// added included, ends here.
const MAX_ADDED: usize = 10_000;

/// Metrics to be appended to the scope entry that is being visited.
#[derive(Debug, Default)]
pub struct NewMetrics {
    waiting: std::collections::VecDeque<Vec<u8>>,
    added: usize,
}

impl NewMetrics {
    /// Adds a metric at the end of the scope entry. Returns `false`, and does nothing, when it already got too many.
    pub fn push(&mut self, metric: &Metric<'_>) -> bool {
        if self.added == MAX_ADDED {
            return false;
        }
        self.added += 1;
        let mut bytes = Vec::new();
        metric.message.encode(&mut bytes);
        self.waiting.push_back(bytes);
        true
    }
}

struct Growing<F> {
    f: F,
    new: NewMetrics,
}

impl<F> Visit for Growing<F>
where
    F: for<'e, 'm> FnMut(&mut ScopeCtx<'e>, &mut Metric<'m>, &mut NewMetrics) -> Verdict,
{
    fn record<'e>(&mut self, ctx: &mut ScopeCtx<'e>, raw: &'e [u8], out: &mut Vec<u8>) -> Fate {
        let mut metric = Metric::new(raw);
        let verdict = (self.f)(ctx, &mut metric, &mut self.new);
        Fate::of(verdict, &metric.message, out)
    }

    fn finish(&mut self, ctx: &mut ScopeCtx<'_>) -> Vec<u8> {
        let (mut out, mut content) = (Vec::new(), Vec::new());
        while let Some(bytes) = self.new.waiting.pop_front() {
            let mut metric = Metric::new(&bytes);
            let verdict = (self.f)(ctx, &mut metric, &mut self.new);
            content.clear();
            match Fate::of(verdict, &metric.message, &mut content) {
                Fate::Same => wire::put_bytes(&mut out, CHILDREN, &bytes),
                Fate::New => wire::put_bytes(&mut out, CHILDREN, &content),
                Fate::Gone => {}
            }
        }
        self.new.added = 0;
        out
    }
}

impl Batch {
    /// Visits every metric, as [`Batch::edit_metrics`] does. Metrics handed to [`NewMetrics`] are appended to the
    /// scope entry and visited too, after those that were there.
    pub fn edit_and_add_metrics(
        &mut self,
        f: impl for<'e, 'm> FnMut(&mut ScopeCtx<'e>, &mut Metric<'m>, &mut NewMetrics) -> Verdict,
    ) {
        self.visit_records(Signal::Metrics, &mut Growing { f, new: NewMetrics::default() });
    }
}
