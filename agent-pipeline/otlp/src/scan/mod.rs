//! The one pass over received bytes: is it an OTLP export request, and how many items does it hold?
//!
//! Two readers share the work. `table` knows every rule and message, from the schema tables, and is the
//! only one that can refuse. `hot` recognises the shapes that real telemetry is made of and says yes or
//! "not sure"; what it is not sure of goes to `table`. So a mistake in `hot` could only accept too much, which
//! is what the property tests look for.

mod hot;
mod path;
mod table;

#[cfg(test)]
mod tests;

use crate::error::Malformed;
use crate::wire::Fields;
use crate::{DecodeError, Signal, schema};

/// What is wrong, and the address of the byte where it was seen.
///
/// The address (not an offset) lets the readers work on plain sub-slices; it is only ever subtracted.
#[derive(Debug)]
struct Fail {
    at: usize,
    reason: Malformed,
}

impl Fail {
    #[cold]
    fn new(at: &[u8], reason: Malformed) -> Self {
        Self { at: at.as_ptr().addr(), reason }
    }
}

/// Validates an export request and counts its items (spans, data points, log records).
pub(crate) fn scan(signal: Signal, bytes: &[u8]) -> Result<usize, DecodeError> {
    hot::request(signal, bytes).map_err(|fail| {
        let offset = fail.at.saturating_sub(bytes.as_ptr().addr()).min(bytes.len());
        let path = path::locate(schema::request(signal), bytes, offset);
        DecodeError { offset, path, reason: fail.reason }
    })
}

/// Items in the fields of one validated resource entry.
pub(crate) fn count_entry(signal: Signal, entry: &[u8]) -> usize {
    Fields::new(entry).filter(|f| f.number == 2).map(|f| count_scope(signal, f.value.bytes())).sum()
}

/// Items in the bytes of one validated scope entry.
pub(crate) fn count_scope(signal: Signal, scope: &[u8]) -> usize {
    match signal {
        Signal::Traces | Signal::Logs => Fields::new(scope).filter(|f| f.number == 2).count(),
        Signal::Metrics => {
            Fields::new(scope).filter(|f| f.number == 2).map(|f| count_metric(f.value.bytes())).sum()
        }
    }
}

/// Data points in the bytes of one validated metric.
pub(crate) fn count_metric(metric: &[u8]) -> usize {
    let (mut kind, mut points) = (0, 0);
    for field in Fields::new(metric).filter(|f| matches!(f.number, 5 | 7 | 9 | 10 | 11)) {
        if kind != field.number {
            (kind, points) = (field.number, 0);
        }
        points += Fields::new(field.value.bytes()).filter(|f| f.number == 1).count();
    }
    points
}
