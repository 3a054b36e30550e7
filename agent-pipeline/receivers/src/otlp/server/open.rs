//! Decompresses bodies: a small one at once, whatever is large aside and one at a time.
//!
//! Decompressing never waits, so on the threads that serve connections a few bodies that become large would keep everybody
//! else waiting, and each would hold its own result, which memory must have room for. Who sends small requests must not
//! notice who sends large ones.

use agent_net::compression::{Codec, DecompressError, decompress, exceeds, glance};
use bytes::Bytes;

use super::aside::aside;

/// A body up to this is tried at once: in a few milliseconds it is done or found to be large.
const SMALL: usize = 128 << 10;
/// What it may become there. Telemetry rarely becomes more than sixteen times as large.
const BECOMES: usize = SMALL * 16;

/// Decompresses a whole body to at most `limit` bytes.
///
/// # Errors
/// Those of [`decompress`].
pub(in crate::otlp) async fn open(codec: Codec, body: Bytes, limit: usize) -> Result<Bytes, DecompressError> {
    if codec == Codec::None {
        return decompress(codec, body, limit);
    }
    let is_small = body.len() <= SMALL;
    if is_small {
        match decompress(codec, body.clone(), limit.min(BECOMES)) {
            Err(DecompressError::TooLarge { .. }) if limit > BECOMES => {
                if glance(codec, &body, limit) == Some(true) {
                    return Err(DecompressError::TooLarge { limit });
                }
            }
            done => return done,
        }
    }
    let failed = || DecompressError::Corrupt { codec: codec.name(), reason: "the decoder failed".to_owned() };
    let work = move || {
        // So small and so large is hardly telemetry. That it goes too far is found out without holding what it becomes;
        // of larger bodies the beginning was looked at when it came.
        if is_small && exceeds(codec, &body, limit) {
            return Err(DecompressError::TooLarge { limit });
        }
        decompress(codec, body, limit)
    };
    aside(work).await.unwrap_or_else(|| Err(failed()))
}

/// Whether a body of which `start` has come becomes larger than `limit` bytes already.
pub(super) async fn is_too_large(codec: Codec, start: Bytes, limit: usize) -> bool {
    // What waits for its turn is held, so it does not wait where that saves little.
    match glance(codec, &start, limit) {
        Some(told) => told,
        None => aside(move || exceeds(codec, &start, limit)).await.unwrap_or_default(),
    }
}
