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

/// Output up to this grows step by step. Beyond it room is made once, for all that there may be: growing by doubling would
/// hold up to twice as much, and room that is not written to costs no memory.
const GROWS_UP_TO: usize = 1 << 20;

/// Reads a decoder to its end; its output may have `limit` bytes at most.
pub(super) fn read(codec: Codec, mut decoder: impl Read, limit: usize) -> Result<Bytes, DecompressError> {
    let mut out = Vec::new();
    let stop_after = limit.saturating_add(1);
    let first = stop_after.min(GROWS_UP_TO);
    let mut take = |most: usize, out: &mut Vec<u8>| {
        let most = u64::try_from(most).unwrap_or(u64::MAX);
        decoder.by_ref().take(most).read_to_end(out).map_err(|error| codec.corrupt(error))
    };
    take(first, &mut out)?;
    if out.len() == first && first < stop_after {
        out.reserve_exact(stop_after - first);
        take(stop_after - first, &mut out)?;
        out.shrink_to_fit();
    }
    if out.len() > limit {
        return Err(DecompressError::TooLarge { limit });
    }
    Ok(Bytes::from(out))
}

/// Whether a decoder gives more than `limit` bytes before it ends or fails.
pub(super) fn exceeds(mut decoder: impl Read, limit: usize) -> bool {
    let mut space = [0; 16 << 10];
    let mut length = 0_usize;
    while let Ok(read @ 1..) = decoder.read(&mut space) {
        length = length.saturating_add(read);
        if length > limit {
            return true;
        }
    }
    false
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
