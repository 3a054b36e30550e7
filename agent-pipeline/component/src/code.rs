//! gRPC status codes, the common tongue in which a backend's refusal travels back to a client.
//!
//! Not the gRPC protocol itself: framing and trailers are `agent-net`'s. The codes live here because an
//! error on the data path keeps the code that the far end gave, whatever the transport on either side.

/// A gRPC status code (gRPC core, `doc/statuscodes.md`). `Ok` is not among them: it is no error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Code {
    /// The caller gave up.
    Cancelled = 1,
    /// No better code is known.
    Unknown = 2,
    /// The request can never succeed as it is.
    InvalidArgument = 3,
    /// Time ran out before an answer.
    DeadlineExceeded = 4,
    /// Something that was asked for does not exist.
    NotFound = 5,
    /// Something that was to be made exists.
    AlreadyExists = 6,
    /// The caller is known and may not do this.
    PermissionDenied = 7,
    /// A quota or a buffer is used up.
    ResourceExhausted = 8,
    /// The system is in a state that does not allow this.
    FailedPrecondition = 9,
    /// Stopped by a conflict; may be tried again.
    Aborted = 10,
    /// Past the valid range.
    OutOfRange = 11,
    /// Nobody serves this method.
    Unimplemented = 12,
    /// An invariant broke.
    Internal = 13,
    /// Not now; try again.
    Unavailable = 14,
    /// Data was lost beyond recovery.
    DataLoss = 15,
    /// The caller is not known.
    Unauthenticated = 16,
}

impl Code {
    const ALL: [Self; 16] = [
        Self::Cancelled,
        Self::Unknown,
        Self::InvalidArgument,
        Self::DeadlineExceeded,
        Self::NotFound,
        Self::AlreadyExists,
        Self::PermissionDenied,
        Self::ResourceExhausted,
        Self::FailedPrecondition,
        Self::Aborted,
        Self::OutOfRange,
        Self::Unimplemented,
        Self::Internal,
        Self::Unavailable,
        Self::DataLoss,
        Self::Unauthenticated,
    ];

    /// The code with this number; `None` for 0 (`OK`); numbers nobody defined read as [`Code::Unknown`].
    pub fn from_number(number: u32) -> Option<Self> {
        if number == 0 {
            return None;
        }
        Some(Self::ALL.iter().copied().find(|code| code.number() == number).unwrap_or(Self::Unknown))
    }

    /// The number on the wire (`grpc-status`, `google.rpc.Status.code`).
    pub fn number(self) -> u32 {
        self as u32
    }

    /// Whether a client may send the same request again (OTLP specification 1.9, "Failures").
    ///
    /// `ResourceExhausted` is retryable only together with a `RetryInfo`, which the caller has to look at.
    pub fn is_retryable(self) -> bool {
        matches!(
            self,
            Self::Cancelled
                | Self::DeadlineExceeded
                | Self::Aborted
                | Self::OutOfRange
                | Self::Unavailable
                | Self::DataLoss
        )
    }
}
