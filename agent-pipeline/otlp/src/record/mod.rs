//! The decoded levels: resource, scope, and the records of the three signals.
//!
//! All are views over bytes with an overlay of changes ([`message::Message`]): a getter scans the bytes, a setter
//! adds to the overlay, and only a level whose overlay is not empty is ever encoded again. Fields this
//! crate does not know stay where they are.

#[macro_use]
mod accessors;
mod exemplar;
mod item;
mod kind;
mod lazy;
mod list;
mod log;
mod message;
mod metric;
mod parts;
mod point;
mod resource;
mod scope;
mod span;
mod splice;

#[cfg(test)]
mod tests;

pub use exemplar::Exemplar;
pub use item::Item;
pub use kind::MetricKind;
pub use list::WireList;
pub use log::LogRecord;
pub(crate) use message::Message;
pub use metric::Metric;
pub use parts::{SpanEvent, SpanLink};
pub use point::{DataPoint, NumberValue, PointKind};
pub use resource::Resource;
pub use scope::{Scope, ScopeCtx};
pub use span::Span;
pub(crate) use splice::{Fate, splice};

/// What becomes of a record after an edit saw it.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It stays, with whatever was changed in it.
    Keep,
    /// It is removed.
    Drop,
}
