//! What programs see of one thing that they run on: to be read, and to be changed.

use agent_otlp::{AnyValue, DataPoint, Metric, NewMetrics, Span};

use super::fields::Root;
use super::map::MapEdit;
use crate::error::{Eval, EvalError};
use crate::value::Value;

/// The root is not always a map.
pub(crate) struct NoMap;

/// What may be read of a record. Roots were checked against the context when the program was compiled; one that is not of
/// this record reads as nil.
pub(crate) trait Look {
    /// What a root holds.
    fn get(&self, root: Root) -> Eval<Value<'_>>;
    /// The member under a key, where the root is always a map.
    fn member(&self, root: Root, key: &str) -> Result<Option<&AnyValue<'_>>, NoMap>;
    /// The body of a log record, to be looked into without taking it apart.
    fn body(&self) -> Option<&AnyValue<'_>> {
        None
    }
    /// Runs `f` on the metric.
    fn read_metric(&self, f: &mut dyn FnMut(&Metric<'_>)) {
        let _ = f;
    }
}

/// A record that statements change. What it holds may live as long as `'e`: mostly as the bytes received, so that values
/// can be moved within the record without being copied.
pub(crate) trait Record<'e>: Look {
    /// What a root holds, without a tie to this reference.
    fn apart(&self, root: Root) -> Eval<Value<'e>>;
    /// The same for a member, as [`Look::member`] finds it.
    fn member_apart(&self, root: Root, key: &str) -> Result<Option<AnyValue<'e>>, NoMap>;
    /// Puts a value where the root is no map. One of the wrong type is refused or ignored, as the context has it.
    fn set(&mut self, root: Root, value: Value<'e>) -> Eval<()>;
    /// The map of a root that is always one, to be changed.
    fn map_mut(&mut self, root: Root) -> Option<MapEdit<'_, 'e>>;
    /// Runs `f` on the metric.
    fn metric(&mut self, f: &mut dyn FnMut(&mut Metric<'_>, &mut NewMetrics) -> Eval<()>) -> Eval<()> {
        let _ = f;
        Err(EvalError::Limit("there is no metric here"))
    }
    /// Runs `f` on the data point.
    fn point(&mut self, f: &mut dyn FnMut(&mut DataPoint<'_>)) {
        let _ = f;
    }
    /// Runs `f` on the span.
    fn span(&mut self, f: &mut dyn FnMut(&mut Span<'_>)) {
        let _ = f;
    }
}
