//! What becomes of items from a moment on: of those acknowledged before it, and of those after it.

use super::{Account, Ledger};

/// A moment, as each generator sees it.
#[derive(Debug, Clone)]
pub(crate) struct Mark(Vec<Place>);

#[derive(Debug, Clone, Copy)]
struct Place {
    /// The first item that was not acknowledged before it.
    first: u64,
    arrived: u64,
}

/// Items of one generator since a mark.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Since {
    /// Acknowledged before it, and not arrived yet.
    pub(crate) waiting: u64,
    /// Acknowledged since.
    pub(crate) acknowledged: u64,
    /// Arrived since, of all.
    pub(crate) arrived: u64,
    /// Arrived that were not acknowledged before.
    pub(crate) new: u64,
}

impl Ledger {
    /// This moment.
    pub(crate) fn mark(&self) -> Mark {
        let place =
            |account: &Account| Place { first: account.acknowledged.end(), arrived: account.arrived.len() };
        Mark(self.accounts().iter().map(place).collect())
    }

    /// What has happened since, for each generator.
    pub(crate) fn since(&self, mark: &Mark) -> Vec<Since> {
        self.accounts().iter().zip(&mark.0).map(|(account, place)| account.since(*place)).collect()
    }
}

impl Account {
    fn since(&self, Place { first, arrived }: Place) -> Since {
        let acknowledged = self.acknowledged.len_from(first);
        let new = self.arrived.len_from(first);
        let (old, old_arrived) = (self.acknowledged.len() - acknowledged, self.arrived.len() - new);
        // What arrives before it is acknowledged may be in the one and not in the other.
        let waiting = old.saturating_sub(old_arrived);
        Since { waiting, acknowledged, arrived: self.arrived.len() - arrived, new }
    }
}
