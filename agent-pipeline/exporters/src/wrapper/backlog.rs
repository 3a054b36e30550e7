//! What waits before the wire, in memory or on disk, as workers and callers see it.

use std::collections::VecDeque;

use agent_component::{BuildContext, ConsumeError, ConsumeResult, Telemetry};
use agent_otlp::{Batch, Signal};
use tokio::sync::oneshot;

use super::answer::ended;
use super::durable::{self, Disk};
use super::queue::{self, Queue};
use super::unit::Unit;
use super::{QueueSettings, Sizer};

/// The queue of one signal.
pub(super) enum Backlog {
    Memory(Queue),
    Disk(Box<Disk>),
}

/// Room in it.
pub(super) enum Room {
    Memory(queue::Room),
    Disk(durable::Room),
}

impl Backlog {
    pub(super) fn new(context: &BuildContext, signal: Signal, settings: &QueueSettings) -> Self {
        match &settings.storage {
            None => Self::Memory(Queue::new(settings)),
            Some(storage) => Self::Disk(Box::new(Disk::new(context, signal, settings, storage))),
        }
    }

    pub(super) fn disk(&self) -> Option<&Disk> {
        match self {
            Self::Memory(_) => None,
            Self::Disk(disk) => Some(disk),
        }
    }

    /// How much it can hold, in units of its sizer.
    pub(super) fn capacity(&self) -> usize {
        match self {
            Self::Memory(queue) => queue.capacity(),
            Self::Disk(disk) => disk.capacity(),
        }
    }

    /// How much it holds, what is on the wire included.
    pub(super) fn held(&self) -> usize {
        match self {
            Self::Memory(queue) => queue.held(),
            Self::Disk(disk) => disk.held(),
        }
    }

    pub(super) fn sizer(&self) -> Sizer {
        match self {
            Self::Memory(queue) => queue.sizer(),
            Self::Disk(disk) => disk.sizer(),
        }
    }

    /// Room for a batch, or why there is none. Cancel safe.
    pub(super) async fn room(&self, batch: &Batch) -> Result<Room, ConsumeError> {
        match self {
            Self::Memory(queue) => queue.room(batch).await.map(Room::Memory),
            Self::Disk(disk) => disk.room(batch).await.map(Room::Disk),
        }
    }

    /// Takes data in, or gives it back. There may be an end to wait on: see [`Queue::push`].
    pub(super) async fn push(
        &self,
        room: Room,
        data: Telemetry,
    ) -> Result<Option<oneshot::Receiver<ConsumeResult>>, (ConsumeError, Telemetry)> {
        match (self, room) {
            (Self::Memory(queue), Room::Memory(room)) => {
                queue.push(room, data).map_err(|data| (ended(), data))
            }
            (Self::Disk(disk), Room::Disk(room)) => disk.push(room, data).await.map(|()| None),
            // Room is used where it was given.
            _ => Err((ended(), data)),
        }
    }

    /// The next unit, or `None` once the queue is closed and empty; one on disk need not be. Cancel safe.
    pub(super) async fn pop(&self) -> Option<Unit> {
        match self {
            Self::Memory(queue) => queue.pop().await,
            Self::Disk(disk) => disk.pop().await,
        }
    }

    /// The next unit, if one is known to wait.
    pub(super) fn try_pop(&self) -> Option<Unit> {
        match self {
            Self::Memory(queue) => queue.try_pop(),
            Self::Disk(_) => None,
        }
    }

    /// Takes nothing more.
    pub(super) fn close(&self) {
        match self {
            Self::Memory(queue) => queue.close(),
            Self::Disk(disk) => disk.close(),
        }
    }

    /// Takes out what waits and is lost otherwise, for nobody to send.
    pub(super) fn abandon(&self) -> VecDeque<Unit> {
        match self {
            Self::Memory(queue) => queue.abandon(),
            Self::Disk(_) => VecDeque::new(),
        }
    }
}
