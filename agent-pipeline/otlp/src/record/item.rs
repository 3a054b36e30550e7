//! What a batch counts, whichever signal it is of.

use super::{DataPoint, LogRecord, Metric, Span};

/// One item of a batch, to be changed.
#[derive(Debug)]
pub enum Item<'r, 'e, 'p> {
    /// A span.
    Span(&'r mut Span<'e>),
    /// A log record.
    LogRecord(&'r mut LogRecord<'e>),
    /// A data point, and the metric around it.
    DataPoint(&'r mut Metric<'e>, &'r mut DataPoint<'p>),
}
