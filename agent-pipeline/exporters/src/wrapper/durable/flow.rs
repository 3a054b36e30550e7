//! What goes through a queue on disk: a batch in, a record; a record out, a batch.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use agent_component::{ConsumeError, Telemetry};
use agent_journal::{Error, Journal, Stored};
use agent_otlp::Batch;

use super::directory::{Beside, Directory, Ticket};
use super::space::{Room, Size, Space};
use super::tell::chain;
use super::{Disk, Found, LOCKED_PAUSE, Share, Sizer, TROUBLE_PAUSE, clamp, record};
use crate::wrapper::answer::ended;
use crate::wrapper::queue::full;
use crate::wrapper::successor::{handed_over, is_handed_over};
use crate::wrapper::unit::{Caller, Unit};

impl Disk {
    /// Room for a batch, or why there is none; waits a while for a directory that is not open yet. What another exporter
    /// held waits for room.
    pub(crate) async fn room(&self, batch: &Batch) -> Result<Room, ConsumeError> {
        let (_, user) = self.place.get().ok_or_else(ended)?;
        let journal = self.opened_in_time().await?;
        let (size, space) = (Size::of(batch, self.due), &user.directory.space);
        let (waits, own) = (is_handed_over(), size.by(self.sizer));
        if self.sizer != Sizer::Requests && own > self.capacity && !waits {
            let (noun, capacity) = (self.sizer.noun(), self.capacity);
            let text = format!("{own} {noun} can never fit into a queue of {capacity}");
            return Err(ConsumeError::permanent(text));
        }
        loop {
            let freed = space.freed.notified();
            tokio::pin!(freed);
            // Registered before looking: room that comes in between wakes this one.
            freed.as_mut().enable();
            if let Some(room) = space.room(size, self.sizer, self.capacity) {
                return Ok(room);
            }
            if self.miss(&journal, space) {
                continue;
            }
            if !self.block_on_overflow && !waits {
                if self.drops_oldest(&user.directory, &journal).await {
                    continue;
                }
                return Err(full());
            }
            self.closed.run_until_cancelled(freed).await.ok_or_else(ended)?;
        }
    }

    /// Writes a batch down, or gives it back.
    pub(crate) async fn push(&self, room: Room, data: Telemetry) -> Result<(), (ConsumeError, Telemetry)> {
        let journal = self.journal.borrow().clone();
        let (Some((_, user)), Some(journal)) = (self.place.get(), journal) else {
            return Err((ended(), data));
        };
        let Telemetry { batch, client, receipt } = data;
        let ticket = user.directory.ticket();
        let record = record::of(&batch, ticket);
        // There before the record can be given out.
        user.directory.put(ticket, Beside { receipt, _room: room });
        let mut written = Written { directory: &user.directory, ticket, is_there: false };
        let handed = handed_over();
        let result = if self.block_on_overflow || handed.is_some() {
            journal.append_when_room(record).await
        } else {
            self.append(&user.directory, &journal, record).await
        };
        if let Err(error) = result {
            let receipt = user.directory.take(ticket).and_then(|beside| beside.receipt);
            return Err((refusal(&error), Telemetry { batch, client, receipt }));
        }
        written.is_there = true;
        if let Some(handed) = handed {
            handed.take();
        }
        Ok(())
    }

    /// The next batch; `None` once the queue is closed. One that moves elsewhere or has no successor is emptied first.
    pub(crate) async fn pop(&self) -> Option<Unit> {
        let journal = self.opened().await?;
        loop {
            let stored = match self.closed.run_until_cancelled(journal.next()).await {
                Some(stored) => stored,
                None if self.gives_out() => rest(&journal).await,
                None => return None,
            };
            match stored {
                Ok(Some(stored)) => {
                    if let Some(unit) = self.unit(&journal, stored) {
                        return Some(unit);
                    }
                }
                Ok(None) => return None,
                Err(error) => {
                    self.tell_trouble(&error);
                    let pause = tokio::time::sleep(TROUBLE_PAUSE);
                    if self.closed.run_until_cancelled(pause).await.is_none() && self.gives_out() {
                        tokio::time::sleep(LOCKED_PAUSE).await;
                    }
                }
            }
        }
    }

    /// Gives back the room of what an earlier process left and nobody will ever read; whether there is any.
    fn miss(&self, journal: &Journal, space: &Space) -> bool {
        let damage = journal.status().damage;
        let known = self.missed.swap(damage.records, Ordering::AcqRel);
        if damage.unreadable > 0 {
            return space.nothing_unread();
        }
        space.miss(clamp(damage.records.saturating_sub(known)))
    }

    /// The next batch in a directory that was found; `None` when there is none left.
    pub(crate) async fn next_found(&self, journal: &Arc<Journal>, found: &Found) -> Option<Unit> {
        loop {
            let stored = rest(journal).await.ok()??;
            if let Some(unit) = self.unit_of(&found.user.directory, journal, stored) {
                return Some(unit);
            }
        }
    }

    fn unit(&self, journal: &Arc<Journal>, stored: Stored) -> Option<Unit> {
        self.unit_of(&self.place.get()?.1.directory, journal, stored)
    }

    pub(super) fn unit_of(
        &self,
        directory: &Arc<Directory>,
        journal: &Arc<Journal>,
        Stored { sequence, record, ahead }: Stored,
    ) -> Option<Unit> {
        let head = record::head(&record);
        let batch =
            head.and_then(|head| Some((head, Batch::from_protobuf(self.signal, record.into_body()).ok()?)));
        let Some(((ticket, _), batch)) = batch else {
            tracing::error!(
                component = %self.id,
                signal = self.signal.as_str(),
                sequence,
                "A record of the queue is not one that this version writes. It stays on disk."
            );
            return None;
        };
        if directory.is_own(ticket) && !ahead {
            // In order those of earlier processes come first.
            directory.space.nothing_unread();
        }
        let beside = directory.take(ticket).unwrap_or_else(|| Beside {
            receipt: None,
            _room: directory.space.room_of_read(Size::of(&batch, self.due)),
        });
        let share = Share::new(Arc::clone(journal), sequence, ticket, directory, beside);
        let caller = Caller { receipt: None, answer: None, room: None, record: Some(share) };
        Some(Unit { batch, callers: vec![caller] })
    }
}

/// A record that is being written. When the call is dropped before it is known to be there, nobody waits for it.
struct Written<'a> {
    directory: &'a Directory,
    ticket: Ticket,
    is_there: bool,
}

impl Drop for Written<'_> {
    fn drop(&mut self) {
        if !self.is_there {
            self.directory.take(self.ticket);
        }
    }
}

/// What is still in a journal that nobody writes to any more.
pub(super) async fn rest(journal: &Journal) -> Result<Option<Stored>, Error> {
    while_any(journal, || journal.next()).await
}

/// The oldest that nobody has taken of what is still in a journal.
pub(super) async fn oldest(journal: &Journal) -> Result<Option<Stored>, Error> {
    while_any(journal, || journal.next_oldest()).await
}

/// Waits for a record, but not for one that is still to be appended.
async fn while_any<T: Future<Output = Result<Option<Stored>, Error>>>(
    journal: &Journal,
    next: impl Fn() -> T,
) -> Result<Option<Stored>, Error> {
    // What the disk does not give out stays there.
    for _ in 0..(TROUBLE_PAUSE.as_millis() * 5).div_ceil(LOCKED_PAUSE.as_millis()) {
        if let Ok(stored) = tokio::time::timeout(LOCKED_PAUSE, next()).await {
            return stored;
        }
        if is_read(journal) {
            break;
        }
    }
    Ok(None)
}

/// Whether everything has been given out or is about to be.
fn is_read(journal: &Journal) -> bool {
    let status = journal.status();
    status.records <= status.outstanding
}

/// Nothing on a disk is a reason to give data up, but for a record that no empty journal would take.
fn refusal(error: &Error) -> ConsumeError {
    match error {
        Error::Full { .. } => full(),
        Error::TooLarge { .. } => ConsumeError::permanent(error.to_string()),
        Error::Closed => ended(),
        Error::Locked | Error::Disk { .. } => ConsumeError::retryable(chain(error)),
    }
}
