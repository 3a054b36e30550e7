//! What the codecs share: reading a decoder up to a limit, and scratch space that is kept a thread long.
//!
//! Scratch space exists because the whole-buffer coders write into initialised memory of worst-case size: zeroing
//! that anew for each call costs more than the fastest level saves.

use std::cell::RefCell;
use std::io::Read;

use bytes::Bytes;

use super::{Codec, DecompressError, Scratch};

thread_local! {
    static SCRATCH: RefCell<Scratch> = const { RefCell::new(Scratch::new()) };
}

/// Reads a decoder to its end; its output may have `limit` bytes at most.
pub(super) fn read(codec: Codec, decoder: impl Read, limit: usize) -> Result<Bytes, DecompressError> {
    let mut out = Vec::new();
    let stop_after = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    decoder.take(stop_after).read_to_end(&mut out).map_err(|error| codec.corrupt(error))?;
    if out.len() > limit {
        return Err(DecompressError::TooLarge { limit });
    }
    Ok(Bytes::from(out))
}

/// Appends what `write` puts at the start of a scratch buffer of `room` bytes; it returns how much that is.
pub(super) fn append<E>(
    out: &mut Vec<u8>,
    room: usize,
    write: impl FnOnce(&mut [u8]) -> Result<usize, E>,
) -> Result<(), E> {
    SCRATCH.with_borrow_mut(|scratch| {
        scratch.lend_room(room, |space| {
            let written = write(space)?;
            out.extend_from_slice(space.get(..written).unwrap_or_default());
            Ok(())
        })
    })
}
