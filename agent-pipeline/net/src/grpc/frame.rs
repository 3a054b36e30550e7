//! The five bytes before every message: a flag that says whether it is compressed, and its length.
//!
//! Reading takes the whole body of a unary call and gives a slice of it; the message is never copied.

use bytes::Bytes;

/// Bytes before a message.
pub const HEADER_LEN: usize = 5;

/// The one message of a unary call, as it was on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Whether `data` is compressed with the call's `grpc-encoding`.
    pub compressed: bool,
    /// The message without its header.
    pub data: Bytes,
}

/// A body is not the one message of a unary call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// Nothing was sent.
    #[error("the call has no message")]
    Missing,
    /// The body ends inside the header or the message.
    #[error("the message ends after {got} of {expected} bytes")]
    Truncated {
        /// Bytes that the header promises, header included; [`HEADER_LEN`] when even that is cut.
        expected: usize,
        /// Bytes there are.
        got: usize,
    },
    /// The header promises more than is allowed.
    #[error("received message larger than max ({size} vs. {limit})")]
    TooLarge {
        /// Bytes that the header promises.
        size: usize,
        /// The most bytes allowed.
        limit: usize,
    },
    /// The flag is neither 0 nor 1.
    #[error("the compressed flag is {0}")]
    BadFlag(u8),
    /// Something follows the message of a unary call.
    #[error("{0} bytes follow the only message of the call")]
    Trailing(usize),
}

/// The header of a message of `len` bytes; `None` when that does not fit into its four bytes.
pub fn frame_header(compressed: bool, len: usize) -> Option<[u8; HEADER_LEN]> {
    let [a, b, c, d] = u32::try_from(len).ok()?.to_be_bytes();
    Some([u8::from(compressed), a, b, c, d])
}

/// The message of a unary call from its whole body; it may have `limit` bytes at most.
///
/// # Errors
/// The body is no message, more than one, or one that is too large.
pub fn unary_message(mut body: Bytes, limit: usize) -> Result<Message, FrameError> {
    let Some([flag, size @ ..]) = body.first_chunk::<HEADER_LEN>() else {
        return Err(match body.len() {
            0 => FrameError::Missing,
            got => FrameError::Truncated { expected: HEADER_LEN, got },
        });
    };
    let compressed = match flag {
        0 => false,
        1 => true,
        other => return Err(FrameError::BadFlag(*other)),
    };
    let size = usize::try_from(u32::from_be_bytes(*size)).unwrap_or(usize::MAX);
    if size > limit {
        return Err(FrameError::TooLarge { size, limit });
    }
    let expected = size.saturating_add(HEADER_LEN);
    if body.len() < expected {
        return Err(FrameError::Truncated { expected, got: body.len() });
    }
    if body.len() > expected {
        return Err(FrameError::Trailing(body.len() - expected));
    }
    let data = body.split_off(HEADER_LEN);
    Ok(Message { compressed, data })
}
