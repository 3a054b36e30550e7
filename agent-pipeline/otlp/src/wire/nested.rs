//! Writing messages whose length is known only once they are written.
//!
//! Contents are appended without their lengths, which are noted beside; one copy at the end puts them in. So a byte
//! is copied once more whatever lies around it; making room for each length when its message ends would copy the
//! innermost bytes once a level.

use super::{LEN, put_key, put_varint, varint_len};

/// A message under construction.
#[derive(Debug, Default)]
pub(crate) struct Nested {
    bytes: Vec<u8>,
    /// One for each message inside, in the order they began.
    marks: Vec<Mark>,
    /// Bytes that the lengths of all messages closed so far will take.
    prefixes: usize,
}

#[derive(Debug)]
struct Mark {
    /// Where in `bytes` the content begins.
    at: usize,
    /// Length of the content, the lengths inside it included.
    len: usize,
}

/// A message that was begun and must be closed.
#[derive(Debug)]
#[must_use]
pub(crate) struct Open {
    mark: usize,
    prefixes: usize,
    /// Where its key begins.
    key: usize,
}

impl Nested {
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self { bytes: Vec::with_capacity(bytes), ..Self::default() }
    }

    /// Where scalars of the innermost open message are appended.
    pub(crate) fn bytes(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// Begins a message (or packed list) as field `number`.
    pub(crate) fn open(&mut self, number: u32) -> Open {
        let key = self.bytes.len();
        put_key(&mut self.bytes, number, LEN);
        self.marks.push(Mark { at: self.bytes.len(), len: 0 });
        Open { mark: self.marks.len() - 1, prefixes: self.prefixes, key }
    }

    /// Ends the message begun last.
    pub(crate) fn close(&mut self, open: &Open) {
        if let Some(mark) = self.marks.get_mut(open.mark) {
            mark.len = self.bytes.len() - mark.at + self.prefixes - open.prefixes;
            self.prefixes += varint_len(mark.len as u64);
        }
    }

    /// Ends the message begun last, or forgets it when nothing is in it.
    pub(crate) fn close_unless_empty(&mut self, open: &Open) {
        if self.marks.get(open.mark).is_some_and(|mark| mark.at == self.bytes.len()) {
            self.marks.truncate(open.mark);
            self.bytes.truncate(open.key);
        } else {
            self.close(open);
        }
    }

    /// Appends the finished bytes.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.reserve(self.bytes.len() + self.prefixes);
        let (mut rest, mut done) = (&self.bytes[..], 0);
        for mark in &self.marks {
            let (run, after) = rest.split_at_checked(mark.at - done).unwrap_or_default();
            out.extend_from_slice(run);
            put_varint(out, mark.len as u64);
            (rest, done) = (after, mark.at);
        }
        out.extend_from_slice(rest);
    }
}
