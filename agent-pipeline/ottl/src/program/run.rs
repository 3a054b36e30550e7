//! Every record of a context in a batch, one after the other.

use agent_otlp::{Batch, Verdict};

use crate::context::{
    Context, EventRecord, LogRecordView, MetricRecord, PointRecord, Record, ResourceRecord, ScopeRecord,
    SpanRecord,
};

/// Calls `f` with every record. One it drops goes; a scope is never dropped.
pub(super) fn visit(context: Context, batch: &mut Batch, f: &mut dyn FnMut(&mut dyn Record) -> Verdict) {
    let cache = Vec::new;
    match context {
        Context::Resource => {
            batch.filter_resources(|resource| f(&mut ResourceRecord { resource, cache: cache() }));
        }
        Context::Scope => batch.edit_scopes(|ctx| {
            f(&mut ScopeRecord { ctx, cache: cache() });
        }),
        Context::Log => {
            batch.edit_log_records(|ctx, record| f(&mut LogRecordView { ctx, record, cache: cache() }));
        }
        Context::Span => batch.edit_spans(|ctx, span| f(&mut SpanRecord { ctx, span, cache: cache() })),
        Context::SpanEvent => batch.edit_spans(|ctx, span| {
            span.edit_events(|span, event| {
                f(&mut EventRecord { ctx, span, event, index: None, cache: cache() })
            });
            Verdict::Keep
        }),
        Context::Metric => batch.edit_and_add_metrics(|ctx, metric, new| {
            f(&mut MetricRecord { ctx, metric, new, cache: cache() })
        }),
        Context::DataPoint => batch.edit_and_add_metrics(|ctx, metric, new| {
            let mut dropped = false;
            metric.edit_points(|metric, point| {
                let verdict = f(&mut PointRecord { ctx, metric, point, new, cache: cache() });
                dropped |= verdict == Verdict::Drop;
                verdict
            });
            if dropped && metric.point_count() == 0 { Verdict::Drop } else { Verdict::Keep }
        }),
    }
}
