#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod batch;
mod build;
mod error;
mod json;
mod record;
mod scan;
mod schema;
mod signal;
#[cfg(test)]
mod testing;
mod value;
mod view;
mod wire;

pub use batch::{Batch, NewMetrics};
pub use build::BatchBuilder;
pub use error::{DecodeError, JsonError, Malformed, SignalMismatch};
pub use record::{
    DataPoint, Exemplar, Item, LogRecord, Metric, MetricKind, NumberValue, PointKind, Resource, Scope,
    ScopeCtx, Span, SpanEvent, SpanLink, Verdict, WireList,
};
pub use signal::{Signal, UnknownSignal};
pub use value::{AnyValue, Attributes};
pub use view::{ResourceRef, ScopeRef};

/// How many `AnyValue` messages may lie inside each other, in an attribute or a log body.
///
/// Deeper than what protobuf libraries commonly allow (100 messages, so about 32 levels of key-value lists),
/// because the Collector relays what it can decode, and bounded because every reader below here recurses.
pub const MAX_VALUE_DEPTH: usize = 128;
