//! What the `memory_limiter` processor and extension have in common: lines that hold from the start to the end of a
//! component.

use std::sync::{Mutex, PoisonError};

use super::{Drawn, Lines, Memory, MemoryLimit, Room, UnknownTotal};

/// The lines of one component, drawn or not.
#[derive(Debug)]
pub struct Limiter {
    memory: Memory,
    owner: String,
    limit: MemoryLimit,
    lines: Lines,
    container: Option<u64>,
    drawn: Mutex<Option<Drawn>>,
}

/// The container ends before data would be refused, so that these lines would protect nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the limit has no effect: data would be refused from {soft} bytes on, and the container ends at {container}"
)]
pub struct Beyond {
    soft: u64,
    container: u64,
}

impl Limiter {
    /// The lines that `limit` comes to where there is so much `room`. Nothing is drawn yet.
    ///
    /// `owner`: see [`Memory::draw`].
    ///
    /// # Errors
    /// The limit is a percentage of what is not known.
    pub fn new(limit: &MemoryLimit, room: Room, owner: String, memory: Memory) -> Result<Self, UnknownTotal> {
        let lines = limit.lines(room)?;
        let container = room.container;
        Ok(Self { memory, owner, limit: limit.clone(), lines, container, drawn: Mutex::new(None) })
    }

    /// Draws the lines.
    ///
    /// # Errors
    /// They would protect nothing; what held before goes on to hold.
    pub fn draw(&self) -> Result<(), Beyond> {
        let soft = self.lines.soft;
        if let Some(container) = self.container.filter(|container| soft >= *container) {
            return Err(Beyond { soft, container });
        }
        let drawn = self.memory.draw(&self.owner, self.lines, self.limit.check_interval.to_std());
        self.keep(Some(drawn));
        Ok(())
    }

    /// Takes the lines back.
    pub fn withdraw(&self) {
        self.keep(None);
    }

    fn keep(&self, drawn: Option<Drawn>) {
        *self.drawn.lock().unwrap_or_else(PoisonError::into_inner) = drawn;
    }
}
