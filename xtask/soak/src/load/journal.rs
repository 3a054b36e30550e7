//! What generators go through: how long requests took, and everything that was not a plain success.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Something that a generator met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Incident {
    /// A connection attempt failed.
    Refused,
    /// A connection broke, or an answer did not come.
    Broken,
    /// A request was answered with a failure that no retry can help.
    Rejected,
    /// A request was answered with a failure that asks for another try.
    Deferred,
    /// A connection ended in good order and was opened again.
    Moved,
}

impl Incident {
    /// What a client that is served well never meets.
    pub(crate) const FAILURES: [Self; 4] = [Self::Refused, Self::Broken, Self::Rejected, Self::Deferred];

    /// What a person calls it.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Refused => "refused connections",
            Self::Broken => "broken connections",
            Self::Rejected => "failed requests",
            Self::Deferred => "requests deferred",
            Self::Moved => "connections moved",
        }
    }
}

/// A request that was accepted in the end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Served {
    /// When it was first sent.
    pub(crate) begin: Instant,
    /// From then until the answer, tries before the last one included.
    pub(crate) took: Duration,
}

/// The journal of all generators.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    pages: Mutex<Pages>,
}

#[derive(Debug, Default)]
struct Pages {
    served: Vec<Served>,
    counts: BTreeMap<Incident, u64>,
    first_words: BTreeMap<Incident, String>,
    addresses: BTreeMap<usize, SocketAddr>,
}

impl Journal {
    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Enters an accepted request of a generator, and where it was accepted.
    pub(super) fn served(&self, generator: usize, address: SocketAddr, begin: Instant) {
        let took = begin.elapsed();
        let mut pages = self.pages();
        pages.served.push(Served { begin, took });
        pages.addresses.insert(generator, address);
    }

    /// Where the last request of each generator was accepted.
    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        self.pages().addresses.values().copied().collect()
    }

    /// Enters an incident and what was said.
    pub(super) fn met(&self, incident: Incident, words: impl FnOnce() -> String) {
        let mut pages = self.pages();
        *pages.counts.entry(incident).or_default() += 1;
        pages.first_words.entry(incident).or_insert_with(words);
    }

    /// How often an incident was met.
    pub(crate) fn count(&self, incident: Incident) -> u64 {
        self.pages().counts.get(&incident).copied().unwrap_or_default()
    }

    /// What was said the first time.
    pub(crate) fn first_words(&self, incident: Incident) -> Option<String> {
        self.pages().first_words.get(&incident).cloned()
    }

    /// All accepted requests so far, in the order of their answers.
    pub(crate) fn all_served(&self) -> Vec<Served> {
        self.pages().served.clone()
    }
}
