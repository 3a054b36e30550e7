//! Programs and conditions on one item at a time, for a caller who makes the pass.

use std::ops::ControlFlow;

use agent_otlp::{Item, NewMetrics, ScopeCtx};

use super::expr::ArgExpr;
use super::group::{Conditions, OnFailure, Program, Stopped};
use super::statement::EditorCall;
use crate::context::{Context, LogRecordView, PointRecord, Record, Root, SpanRecord};

impl Context {
    /// Whether its records are what a batch counts.
    const fn is_of_items(self) -> bool {
        matches!(self, Self::Log | Self::Span | Self::DataPoint)
    }

    /// Whether a root is of the record itself, not of what surrounds it.
    const fn owns(self, root: Root) -> bool {
        matches!(
            (self, root),
            (_, Root::Cache)
                | (Self::Log, Root::Log(_))
                | (Self::Span, Root::Span(_))
                | (Self::DataPoint, Root::Point(_))
        )
    }
}

impl Program {
    /// Whether it may be run item by item, with other work on the same item before and after: it is for spans, log records
    /// or data points, and changes nothing but these.
    pub fn is_by_item(&self) -> bool {
        self.context().is_of_items() && self.calls().all(|call| call.changes_only(self.context()))
    }

    /// Runs the group on one item. Does nothing to one of another context.
    ///
    /// # Errors
    /// `on_failure` ended the run.
    pub fn run_on<'e>(
        &self,
        ctx: &mut ScopeCtx<'e>,
        item: &mut Item<'_, 'e, '_>,
        on_failure: &mut OnFailure<'_>,
    ) -> Result<(), Stopped> {
        let run = |record: &mut dyn Record| self.on_record(record, on_failure);
        match on(self.context(), ctx, item, run) {
            Some(ControlFlow::Break(())) => Err(Stopped),
            _ => Ok(()),
        }
    }
}

impl Conditions {
    /// Whether they are for spans, log records or data points.
    pub fn is_by_item(&self) -> bool {
        self.context().is_of_items()
    }

    /// Whether one holds for an item. None does for one of another context.
    ///
    /// # Errors
    /// `on_failure` ended the run.
    pub fn hold_on<'e>(
        &self,
        ctx: &mut ScopeCtx<'e>,
        item: &mut Item<'_, 'e, '_>,
        on_failure: &mut OnFailure<'_>,
    ) -> Result<bool, Stopped> {
        match on(self.context(), ctx, item, |record| self.hold(record, on_failure)) {
            Some(ControlFlow::Break(())) => Err(Stopped),
            Some(ControlFlow::Continue(holds)) => Ok(holds),
            None => Ok(false),
        }
    }
}

impl EditorCall {
    /// Whether all it changes is of the record. What takes no target may change anything of a metric.
    fn changes_only(&self, context: Context) -> bool {
        let mut targets = self.args.iter().filter_map(|arg| match arg {
            ArgExpr::Target(path) => Some(path.root),
            _ => None,
        });
        let first = targets.next();
        first.map_or(context != Context::DataPoint, |root| context.owns(root))
            && targets.all(|root| context.owns(root))
    }
}

/// Calls `f` with the item as a record of the context; `None` when it is of another one.
fn on<'e, T>(
    context: Context,
    ctx: &mut ScopeCtx<'e>,
    item: &mut Item<'_, 'e, '_>,
    f: impl FnOnce(&mut dyn Record<'_>) -> T,
) -> Option<T> {
    let cache = Vec::new();
    Some(match (context, item) {
        (Context::Log, Item::LogRecord(record)) => f(&mut LogRecordView { ctx, record, cache }),
        (Context::Span, Item::Span(span)) => f(&mut SpanRecord { ctx, span, cache }),
        (Context::DataPoint, Item::DataPoint(metric, point)) => {
            f(&mut PointRecord { ctx, metric, point, new: &mut NewMetrics::default(), cache })
        }
        _ => return None,
    })
}
