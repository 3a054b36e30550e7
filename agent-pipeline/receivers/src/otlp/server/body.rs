//! Reads request bodies: whole, within a size, and only while the process has memory for them.
//!
//! A body that comes in one piece, which HTTP/2 gives for requests up to the frame size, is never copied. A body that
//! makes no progress is its connection's affair (see [`super::drive`]): a timer a request would cost more than all of this.

use std::time::Duration;

use agent_component::{Memory, Overloaded};
use agent_net::compression::Codec;
use bytes::{Bytes, BytesMut};
use http_body::Body;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::time::timeout;

use super::open;

/// Memory taken on a client's word about the size of what it will send.
const RESERVE_AT_MOST: usize = 1 << 20;
/// When so much of a compressed body has come and there is more, it is looked at what it becomes so far: early, for what deflate
/// and Zstandard make bombs of, so that hardly anything of these is held; and once more, for lz4, which needs some 80 KiB for
/// 20 MiB, the usual limit.
const EARLY: usize = 32 << 10;
const LATE: usize = 128 << 10;
/// How much of an unwanted body is read, so that a client still sending it gets to see the answer.
const DISCARD_AT_MOST: usize = 8 << 20;
const DISCARD_WITHIN: Duration = Duration::from_millis(500);

/// A body cannot be had.
#[derive(Debug, thiserror::Error)]
pub(in crate::otlp) enum BodyError {
    /// It has, or says it has, more than `limit` bytes.
    #[error("request body too large")]
    TooLarge,
    /// It would become more than `limit` bytes.
    #[error("request body larger than {limit} bytes when decompressed")]
    Expands {
        /// The most bytes allowed.
        limit: usize,
    },
    /// It did not come in time.
    #[error("request body not complete in time")]
    Late,
    /// The process has no memory for it now.
    #[error(transparent)]
    Busy(#[from] Overloaded),
    /// The connection broke or the client gave up.
    #[error("request body ended early")]
    Broken,
}

/// How a body is made.
#[derive(Clone, Copy, Debug)]
pub(in crate::otlp) struct Form {
    /// The most bytes of its content, compressed or not.
    pub(in crate::otlp) limit: usize,
    /// Bytes that come before the content.
    pub(in crate::otlp) header: usize,
    /// How the content is compressed.
    pub(in crate::otlp) codec: Codec,
}

/// Reads a body of at most its limit. `expected` tells from the first piece how long it will be.
///
/// There must be room for what a body says it will have; what comes of it is counted piece by piece, so that announcing
/// much takes no room from others.
pub(in crate::otlp) async fn read(
    mut body: Incoming,
    form: Form,
    memory: &Memory,
    expected: impl Fn(&[u8]) -> Option<usize>,
) -> Result<Bytes, BodyError> {
    let read = gather(&mut body, form, memory, expected).await;
    if matches!(read, Err(BodyError::Busy(_))) {
        discard(body).await;
    }
    read
}

async fn gather(
    body: &mut Incoming,
    form: Form,
    memory: &Memory,
    expected: impl Fn(&[u8]) -> Option<usize>,
) -> Result<Bytes, BodyError> {
    let limit = form.limit.saturating_add(form.header);
    if body.size_hint().lower() > u64::try_from(limit).unwrap_or(u64::MAX) {
        return Err(BodyError::TooLarge);
    }
    memory.check(usize::try_from(body.size_hint().lower()).unwrap_or(limit))?;
    let Some(first) = piece(body).await? else { return Ok(Bytes::new()) };
    if first.len() > limit {
        return Err(BodyError::TooLarge);
    }
    memory.admit(first.len())?;
    if body.is_end_stream() {
        return Ok(first);
    }
    let mut telling = if form.codec == Codec::None { usize::MAX } else { EARLY };
    if first.len() >= telling {
        telling = form.look_at(first.clone()).await?;
    }
    let length = expected(&first)
        .or_else(|| usize::try_from(body.size_hint().lower()).ok().map(|rest| rest + first.len()))
        .unwrap_or_default()
        .min(limit);
    memory.check(length.saturating_sub(first.len()))?;
    let Some(second) = piece(body).await? else { return Ok(first) };
    let mut whole = BytesMut::with_capacity(length.clamp(first.len(), RESERVE_AT_MOST.max(first.len())));
    whole.extend_from_slice(&first);
    drop(first);
    let mut next = Some(second);
    while let Some(piece_of_it) = next {
        if whole.len() + piece_of_it.len() > limit {
            return Err(BodyError::TooLarge);
        }
        memory.admit(piece_of_it.len())?;
        if whole.len() + piece_of_it.len() > whole.capacity() {
            // So much has come that the rest is believed; growing step by step would take twice as much.
            whole.reserve(length.saturating_sub(whole.len()).max(piece_of_it.len()));
        }
        whole.extend_from_slice(&piece_of_it);
        if whole.len() >= telling && !body.is_end_stream() {
            let begun = whole.freeze();
            telling = form.look_at(begun.clone()).await?;
            // Nobody else has it any more, so this copies nothing.
            whole = begun.into();
        }
        next = piece(body).await?;
    }
    Ok(whole.freeze())
}

impl Form {
    /// Looks whether a body that has begun so becomes too large already; else, when to look again.
    async fn look_at(self, begun: Bytes) -> Result<usize, BodyError> {
        let again = if begun.len() < LATE { LATE } else { usize::MAX };
        let content = begun.slice(self.header.min(begun.len())..);
        drop(begun);
        if open::is_too_large(self.codec, content, self.limit).await {
            return Err(BodyError::Expands { limit: self.limit });
        }
        Ok(again)
    }
}

/// The next piece with something in it; `None` at the end. Trailers are skipped.
async fn piece(body: &mut Incoming) -> Result<Option<Bytes>, BodyError> {
    loop {
        if body.is_end_stream() {
            return Ok(None);
        }
        match body.frame().await {
            None => return Ok(None),
            Some(Err(_)) => return Err(BodyError::Broken),
            Some(Ok(frame)) => match frame.into_data() {
                Ok(data) if !data.is_empty() => return Ok(Some(data)),
                _ => {}
            },
        }
    }
}

/// Reads a little of a body that nobody wants.
pub(in crate::otlp) async fn discard(mut body: Incoming) {
    let read = async {
        let mut read = 0;
        while let Ok(Some(piece)) = piece(&mut body).await {
            read += piece.len();
            if read > DISCARD_AT_MOST {
                break;
            }
        }
    };
    // Whatever came of it, the answer goes out now.
    let _ = timeout(DISCARD_WITHIN, read).await;
}
