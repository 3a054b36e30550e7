//! What is kept.

use bytes::{Bytes, BytesMut};

/// A few bytes that say what the record is, and the record itself, in as many pieces as the caller has.
///
/// A journal looks into neither. Clones share the bytes.
#[derive(Clone, Debug, Default)]
pub struct Record {
    /// At most 64 KiB - 1.
    pub header: Bytes,
    /// At most 4 GiB - 1 together. The pieces need not come back as they were: what is read from disk is one piece.
    pub body: Vec<Bytes>,
}

impl Record {
    /// A record of a header and the pieces of its body.
    pub fn new(header: impl Into<Bytes>, body: impl IntoIterator<Item = Bytes>) -> Self {
        Self { header: header.into(), body: body.into_iter().collect() }
    }

    /// Bytes of the body.
    pub fn body_len(&self) -> usize {
        self.body.iter().map(Bytes::len).sum()
    }

    /// Bytes of header and body.
    pub fn len(&self) -> usize {
        self.header.len() + self.body_len()
    }

    /// Whether there is not one byte in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The body as one piece; copied only when there are several.
    pub fn into_body(mut self) -> Bytes {
        if self.body.len() < 2 {
            return self.body.pop().unwrap_or_default();
        }
        let mut whole = BytesMut::with_capacity(self.body_len());
        self.body.iter().for_each(|piece| whole.extend_from_slice(piece));
        whole.freeze()
    }
}

/// A record that is in the journal until its sequence is acknowledged.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Its place; rises from record to record that come in order, with gaps where records were damaged or came ahead.
    pub sequence: u64,
    /// Whether it came ahead of older ones: see [`Settings::live_share`](crate::Settings::live_share). Among those that did,
    /// sequences rise too.
    pub ahead: bool,
    /// As it was appended.
    pub record: Record,
}
