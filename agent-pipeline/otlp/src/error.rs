//! Why bytes or text are not OTLP, and what a batch refuses.
//!
//! Texts name the place and the rule, never the data: a telemetry value can be a secret.

use crate::Signal;

/// A rule of the protobuf wire format, or of OTLP, that the input breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// The input ends inside a field, or a length reaches past the message that holds it.
    #[error("field is longer than the message that holds it")]
    Truncated,
    /// A varint of more than 64 bits, or cut off.
    #[error("invalid varint")]
    Varint,
    /// A field key with number 0, above 2^29 - 1, or with wire type 6 or 7.
    #[error("invalid field key")]
    Key,
    /// A known field with the wire type of another kind.
    #[error("wrong wire type for this field")]
    WireType,
    /// An end of group without its start, or the other way round.
    #[error("group is not closed properly")]
    Group,
    /// A string that is not UTF-8.
    #[error("string is not valid UTF-8")]
    Utf8,
    /// A trace id that is neither empty nor 16 bytes.
    #[error("trace id must have 16 bytes or none")]
    TraceId,
    /// A span id that is neither empty nor 8 bytes.
    #[error("span id must have 8 bytes or none")]
    SpanId,
    /// More than [`crate::MAX_VALUE_DEPTH`] values, or unknown groups, inside each other.
    #[error("values are nested too deeply")]
    Depth,
}

/// Protobuf bytes that are not an OTLP export request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path} at byte {offset}: {reason}")]
pub struct DecodeError {
    /// Distance of the offending byte from the start of the request.
    pub offset: usize,
    /// The fields that lead there, as `resource_spans[0].scope_spans[2].spans[1].name`.
    pub path: String,
    /// The rule that is broken.
    pub reason: Malformed,
}

/// Text that is not an OTLP/JSON export request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} column {column}: {reason}")]
pub struct JsonError {
    /// Line of the offending text, from 1; 0 when the place is unknown.
    pub line: usize,
    /// Column of the offending text, from 1; 0 when the place is unknown.
    pub column: usize,
    /// What is wrong there.
    pub reason: String,
}

/// Batches of two signals cannot become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cannot append a batch of {other} to a batch of {signal}")]
pub struct SignalMismatch {
    /// The signal of the batch that was to grow; it is unchanged.
    pub signal: Signal,
    /// The signal of the batch that was to be added.
    pub other: Signal,
}
