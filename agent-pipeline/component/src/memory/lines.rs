//! The lines that memory is held to: the default, or the lowest of those that `memory_limiter`s draw.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Memory;

/// Two lines across the memory of the process, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lines {
    /// From here on nothing more is let in. Not above `hard`.
    pub soft: u64,
    /// From here on the agent is not ready.
    pub hard: u64,
}

/// Keeps the lines of one owner drawn until it is dropped.
#[derive(Debug)]
pub struct Drawn {
    memory: Memory,
    ticket: u64,
}

/// All lines there are.
#[derive(Debug, Default)]
pub(super) struct Table {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    default: Option<Lines>,
    /// In the order in which they were drawn.
    drawn: Vec<Owned>,
    tickets: u64,
}

#[derive(Debug)]
struct Owned {
    ticket: u64,
    owner: String,
    lines: Lines,
    look_every: Duration,
}

impl Memory {
    /// Draws the lines that hold while nobody else draws any, in bytes. Not more than `hard` counts as the soft line.
    pub fn set_lines(&self, soft: u64, hard: u64) {
        self.inner.lines.inner().default = Some(Lines { soft: soft.min(hard), hard });
        self.apply_lines();
    }

    /// Draws lines in place of the default. Of the lines of several owners the lowest hold. While there are two of one
    /// owner, as when a new configuration takes the place of an old one, the later ones hold, and should they go first
    /// the earlier ones hold again.
    ///
    /// `look_every`: how old what was seen of the memory may become, see [`Memory::look_every`].
    #[must_use]
    pub fn draw(&self, owner: &str, lines: Lines, look_every: Duration) -> Drawn {
        let ticket = {
            let mut table = self.inner.lines.inner();
            table.tickets += 1;
            let ticket = table.tickets;
            let lines = Lines { soft: lines.soft.min(lines.hard), ..lines };
            table.drawn.push(Owned { ticket, owner: owner.to_owned(), lines, look_every });
            ticket
        };
        self.apply_lines();
        Drawn { memory: self.clone(), ticket }
    }

    /// The lines that hold now; `None` without any.
    pub fn lines(&self) -> Option<Lines> {
        self.inner.lines.in_force()
    }

    /// The shortest pause between two looks that anybody who draws lines asks for.
    pub fn look_every(&self) -> Option<Duration> {
        self.inner.lines.inner().latest().map(|owned| owned.look_every).min()
    }
}

impl Table {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn in_force(&self) -> Option<Lines> {
        let inner = self.inner();
        let lowest = inner.latest().map(|owned| owned.lines);
        let lowest = lowest.reduce(|a, b| Lines { soft: a.soft.min(b.soft), hard: a.hard.min(b.hard) });
        lowest.or(inner.default)
    }
}

impl Inner {
    /// What each owner drew last.
    fn latest(&self) -> impl Iterator<Item = &Owned> {
        let drawn = &self.drawn;
        let is_last =
            |at: usize, owned: &Owned| !drawn.iter().skip(at + 1).any(|later| later.owner == owned.owner);
        drawn.iter().enumerate().filter(move |(at, owned)| is_last(*at, owned)).map(|(_, owned)| owned)
    }
}

impl Drop for Drawn {
    fn drop(&mut self) {
        self.memory.inner.lines.inner().drawn.retain(|owned| owned.ticket != self.ticket);
        self.memory.apply_lines();
    }
}
