//! What the journal and its thread hand each other.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, OwnedSemaphorePermit, oneshot};

use super::lanes::Lanes;
use crate::error::Error;
use crate::record::{Record, Stored};
use crate::settings::Settings;
use crate::store::Status;

/// How long an acknowledgement may wait for others, so that they are written together.
const LINGER: Duration = Duration::from_millis(20);
/// So many do not wait.
const MANY_ACKS: usize = 256;

/// A record to be written and who waits for it.
#[derive(Debug)]
pub(super) struct Append {
    pub(super) record: Record,
    pub(super) answer: oneshot::Sender<Result<u64, Error>>,
    pub(super) room: OwnedSemaphorePermit,
}

/// All that waits for the thread.
#[derive(Debug, Default)]
pub(super) struct Work {
    pub(super) appends: Vec<Append>,
    pub(super) acks: Vec<u64>,
    /// Less is ready than should be.
    pub(super) wanted: bool,
    pub(super) closing: bool,
}

/// What there is to be taken.
pub(super) enum Taken {
    Record(Stored),
    /// Not yet.
    Nothing,
    End,
}

#[derive(Debug)]
struct State {
    work: Work,
    /// In memory, and not taken.
    ready: Lanes,
    /// There is more in the journal.
    unread: bool,
    read_error: Option<Error>,
    trouble: Option<Error>,
    status: Status,
    /// The thread is gone.
    ended: bool,
}

#[derive(Debug)]
pub(super) struct Shared {
    /// Most bytes that are read ahead.
    read_ahead: usize,
    /// Most bytes that come ahead of older ones.
    ahead: usize,
    state: Mutex<State>,
    /// Wakes the thread.
    work: Condvar,
    /// Records came, or the end.
    pub(super) changed: Notify,
    /// What may be the oldest record is known anew.
    pub(super) oldest: Notify,
    /// Space may have become free.
    pub(super) freed: Notify,
}

impl Shared {
    pub(super) fn new(settings: &Settings) -> Self {
        let state = State {
            work: Work::default(),
            ready: Lanes::new(settings.live_share),
            unread: false,
            read_error: None,
            trouble: None,
            status: Status::default(),
            ended: false,
        };
        let read_ahead = settings.read_ahead_bytes;
        Self {
            read_ahead,
            ahead: if settings.live_share > 0.0 { (read_ahead / 2).max(1) } else { 0 },
            state: Mutex::new(state),
            work: Condvar::new(),
            changed: Notify::new(),
            oldest: Notify::new(),
            freed: Notify::new(),
        }
    }
}

/// What the journal asks for.
impl Shared {
    pub(super) fn push(&self, append: Append) -> Result<(), Error> {
        let mut state = self.open_state()?;
        state.work.appends.push(append);
        drop(state);
        self.work.notify_one();
        Ok(())
    }

    pub(super) fn acknowledge(&self, sequence: u64) {
        let Ok(mut state) = self.open_state() else { return };
        state.work.acks.push(sequence);
        // The first starts the clock, many end the wait.
        let wakes = matches!(state.work.acks.len(), 1 | MANY_ACKS);
        drop(state);
        if wakes {
            self.work.notify_one();
        }
    }

    /// The next record.
    pub(super) fn take(&self) -> Result<Taken, Error> {
        self.take_by(|ready, _| ready.take())
    }

    /// The oldest record.
    pub(super) fn take_oldest(&self) -> Result<Taken, Error> {
        self.take_by(Lanes::take_oldest)
    }

    fn take_by(&self, take: impl FnOnce(&mut Lanes, bool) -> Option<Stored>) -> Result<Taken, Error> {
        let mut state = self.state();
        if let Some(error) = state.read_error.take() {
            return Err(error);
        }
        if state.work.closing || state.ended {
            return Ok(Taken::End);
        }
        let unread = state.unread;
        let taken = take(&mut state.ready, unread);
        // Another who waits may have been woken for what came with this one.
        let more = taken.is_some() && !state.ready.is_empty();
        let asks = unread && self.is_below(&state) && !state.work.wanted;
        state.work.wanted |= asks;
        drop(state);
        if more {
            self.changed.notify_one();
        }
        if asks {
            self.work.notify_one();
        }
        Ok(taken.map_or(Taken::Nothing, Taken::Record))
    }

    pub(super) fn status(&self) -> Status {
        self.state().status
    }

    pub(super) fn trouble(&self) -> Option<Error> {
        self.state().trouble.clone()
    }

    pub(super) fn close(&self) {
        self.state().work.closing = true;
        self.work.notify_one();
        self.changed.notify_waiters();
        self.oldest.notify_waiters();
    }

    pub(super) fn has_ended(&self) -> bool {
        self.state().ended
    }

    fn open_state(&self) -> Result<MutexGuard<'_, State>, Error> {
        let state = self.state();
        if state.work.closing || state.ended { Err(Error::Closed) } else { Ok(state) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the thread asks for.
impl Shared {
    /// Waits for work, until `deadline` if there is one, and takes all of it.
    pub(super) fn wait(&self, deadline: Option<Instant>) -> Work {
        let mut state = self.state();
        let mut deadline = deadline;
        let mut lingers = false;
        loop {
            let work = &state.work;
            let urgent =
                !work.appends.is_empty() || work.wanted || work.closing || work.acks.len() >= MANY_ACKS;
            if urgent {
                break;
            }
            if !work.acks.is_empty() && !lingers {
                lingers = true;
                let end = Instant::now() + LINGER;
                deadline = Some(deadline.map_or(end, |deadline| deadline.min(end)));
            }
            let Some(end) = deadline else {
                state = self.work.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            state = self.work.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        let closing = state.work.closing;
        let work = std::mem::take(&mut state.work);
        state.work.closing = closing;
        work
    }

    /// How many more bytes may be read ahead.
    pub(super) fn room_in_order(&self) -> usize {
        self.read_ahead.saturating_sub(self.state().ready.in_order_bytes())
    }

    /// Makes room ahead for as many of `bytes` as may be there: those ahead that are older give way if they are `unread` from
    /// there on, so that they can be read. How much there is then, at least a record of `one`, and what gave way.
    pub(super) fn make_room_ahead(&self, bytes: usize, one: usize, unread: u64) -> (usize, Vec<u64>) {
        if self.ahead == 0 {
            return (0, Vec::new());
        }
        let (mut state, mut back) = (self.state(), Vec::new());
        let least = self.ahead.saturating_sub(bytes);
        while state.ready.ahead_bytes().is_some_and(|bytes| bytes > least) {
            let Some(stored) = state.ready.take_back(unread) else { break };
            back.push(stored.sequence);
        }
        let room = match state.ready.ahead_bytes() {
            None => self.ahead.max(one),
            Some(bytes) => self.ahead.saturating_sub(bytes),
        };
        (room, back)
    }

    pub(super) fn is_low(&self) -> bool {
        self.is_below(&self.state())
    }

    /// Whether so little is ready that more should be read.
    fn is_below(&self, state: &State) -> bool {
        state.ready.in_order_bytes() < (self.read_ahead / 2).max(1)
    }

    /// Records to be taken, each kind in its order.
    pub(super) fn give(&self, records: Vec<Stored>) {
        if records.is_empty() {
            return;
        }
        let mut state = self.state();
        for stored in records {
            state.ready.give(stored);
        }
        drop(state);
        self.changed.notify_one();
        self.oldest.notify_waiters();
    }

    pub(super) fn give_error(&self, error: Error) {
        let mut state = self.state();
        state.read_error = Some(error);
        // Who takes the error and asks again at once is heard.
        state.unread = true;
        drop(state);
        self.changed.notify_one();
        self.oldest.notify_waiters();
    }

    /// Tells how things are. With `reads_on` the thread goes on reading by itself while there is room.
    pub(super) fn publish(&self, status: Status, trouble: Option<Error>, unread: bool, reads_on: bool) {
        let mut state = self.state();
        state.status = status;
        state.trouble = trouble;
        state.unread = unread;
        // Under the same lock as the takers look: either they see `unread`, or it is seen here what they took.
        state.work.wanted |= unread && reads_on && self.is_below(&state);
        drop(state);
        if !unread {
            self.oldest.notify_waiters();
        }
    }

    /// The thread is gone, and so is what waited for it.
    pub(super) fn end(&self) {
        let mut state = self.state();
        state.ended = true;
        let left = std::mem::take(&mut state.work);
        state.work.closing = true;
        state.ready.clear();
        drop(state);
        // Who waited for an answer gets none.
        drop(left);
        self.changed.notify_waiters();
        self.oldest.notify_waiters();
        self.freed.notify_waiters();
    }
}
