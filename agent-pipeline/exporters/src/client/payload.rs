//! Compression of a batch: joined once in scratch space, then compressed whole.

use std::cell::RefCell;

use agent_net::compression::{Codec, CompressError, compress};
use agent_otlp::Batch;

/// Scratch space above this is given back after the batch that needed it.
const KEEP_AT_MOST: usize = 1 << 20;

thread_local! {
    static JOINED: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// The batch in protobuf, compressed, behind what is in `out` already.
pub(crate) fn compressed(
    batch: &Batch,
    codec: Codec,
    level: Option<i32>,
    mut out: Vec<u8>,
) -> Result<Vec<u8>, CompressError> {
    let mut pieces = batch.segments();
    if let (Some(only), None) = (pieces.next(), pieces.next()) {
        compress(codec, level, only, &mut out)?;
        return Ok(out);
    }
    JOINED.with_borrow_mut(|joined| {
        joined.clear();
        batch.write_protobuf(joined);
        let done = compress(codec, level, joined, &mut out);
        if joined.capacity() > KEEP_AT_MOST {
            *joined = Vec::new();
        }
        done.map(|()| out)
    })
}
