//! Compression of a batch: joined once in scratch space, then compressed whole.

use std::cell::RefCell;

use agent_net::compression::{Codec, CompressError, Scratch, compress};
use agent_otlp::Batch;

thread_local! {
    static JOINED: RefCell<Scratch> = const { RefCell::new(Scratch::new()) };
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
        joined.lend(|joined| {
            joined.clear();
            batch.write_protobuf(joined);
            compress(codec, level, joined, &mut out).map(|()| out)
        })
    })
}
