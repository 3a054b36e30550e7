//! How much is held on disk, in every unit that a queue may count in: a successor may count in another one.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use agent_otlp::Batch;
use tokio::sync::Notify;

use crate::wrapper::Sizer;

/// A request is so many of these. One that will leave as a small part of a larger one takes a small part of the room, but
/// never less than this, since a little memory is kept for each.
pub(super) const WHOLE: usize = 256;

/// A size in every unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Size {
    /// Of [`WHOLE`] each.
    pub(super) requests: usize,
    pub(super) items: usize,
    pub(super) bytes: usize,
}

impl Size {
    /// That of a batch that leaves together with others as soon as there are `due` items.
    pub(super) fn of(batch: &Batch, due: usize) -> Self {
        let items = batch.items();
        let requests = items.saturating_mul(WHOLE).div_ceil(due.max(1)).clamp(1, WHOLE);
        Self { requests, items, bytes: batch.byte_len() }
    }

    pub(super) fn by(self, sizer: Sizer) -> usize {
        match sizer {
            Sizer::Requests => self.requests,
            Sizer::Items => self.items,
            Sizer::Bytes => self.bytes,
        }
    }
}

/// What an earlier process left and nobody has read yet, as far as that is known: its items are not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Unread {
    pub(super) records: usize,
    pub(super) bytes: usize,
    /// Each record is a request.
    pub(super) whole: bool,
}

impl Unread {
    fn by(self, sizer: Sizer) -> usize {
        match sizer {
            Sizer::Requests if self.whole => self.records.saturating_mul(WHOLE),
            // How large they are is not known before they are read.
            Sizer::Requests | Sizer::Items => 0,
            Sizer::Bytes => self.bytes,
        }
    }
}

/// What is held.
#[derive(Debug, Default)]
pub(super) struct Space {
    requests: AtomicUsize,
    items: AtomicUsize,
    bytes: AtomicUsize,
    unread: Mutex<Unread>,
    /// Room may have come.
    pub(super) freed: Notify,
}

/// Room that a record takes; given back when dropped.
#[derive(Debug)]
pub(crate) struct Room {
    space: Arc<Space>,
    size: Size,
}

impl Space {
    pub(super) fn held(&self, sizer: Sizer) -> usize {
        let held = match sizer {
            Sizer::Requests => &self.requests,
            Sizer::Items => &self.items,
            Sizer::Bytes => &self.bytes,
        };
        let held = held.load(Ordering::Acquire).saturating_add(self.unread().by(sizer));
        if sizer == Sizer::Requests { held.div_ceil(WHOLE) } else { held }
    }

    /// Room for a record, if no more than `capacity` is held with it. One that is larger than that needs all of it.
    pub(super) fn room(self: &Arc<Self>, size: Size, sizer: Sizer, capacity: usize) -> Option<Room> {
        // The lock makes look and take one step.
        let unread = self.unread();
        let capacity = if sizer == Sizer::Requests { capacity.saturating_mul(WHOLE) } else { capacity };
        let held = match sizer {
            Sizer::Requests => &self.requests,
            Sizer::Items => &self.items,
            Sizer::Bytes => &self.bytes,
        };
        let held = held.load(Ordering::Acquire).saturating_add(unread.by(sizer));
        let fits = held.saturating_add(size.by(sizer).min(capacity)) <= capacity;
        fits.then(|| self.take(size))
    }

    /// Room for a record that an earlier process left.
    pub(super) fn room_of_read(self: &Arc<Self>, size: Size) -> Room {
        let mut unread = self.unread();
        unread.records = unread.records.saturating_sub(1);
        unread.bytes = unread.bytes.saturating_sub(size.bytes);
        self.take(size)
    }

    /// So much is left by an earlier process.
    pub(super) fn set_unread(&self, unread: Unread) {
        *self.unread() = unread;
    }

    /// So many records will not be read; whether that is news.
    pub(super) fn miss(&self, records: usize) -> bool {
        let mut unread = self.unread();
        let is_news = records > 0 && *unread != Unread::default();
        unread.records = unread.records.saturating_sub(records);
        if unread.records == 0 {
            *unread = Unread::default();
        }
        is_news
    }

    /// Everything was read; whether that is news.
    pub(super) fn nothing_unread(&self) -> bool {
        let was = std::mem::take(&mut *self.unread());
        let is_news = was != Unread::default();
        if is_news {
            self.freed.notify_waiters();
        }
        is_news
    }

    fn take(self: &Arc<Self>, size: Size) -> Room {
        self.requests.fetch_add(size.requests, Ordering::AcqRel);
        self.items.fetch_add(size.items, Ordering::AcqRel);
        self.bytes.fetch_add(size.bytes, Ordering::AcqRel);
        Room { space: Arc::clone(self), size }
    }

    fn unread(&self) -> MutexGuard<'_, Unread> {
        self.unread.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.space.requests.fetch_sub(self.size.requests, Ordering::AcqRel);
        self.space.items.fetch_sub(self.size.items, Ordering::AcqRel);
        self.space.bytes.fetch_sub(self.size.bytes, Ordering::AcqRel);
        self.space.freed.notify_waiters();
    }
}
