//! Who owes what: for each generator which items were acknowledged to it and which arrived.
//!
//! The agent owes what it acknowledged, once each. An item is lost when it was acknowledged and never arrived, and
//! repeated when it arrived more often than it was sent. When an answer never came (a connection broke) the client has
//! to send again and cannot know better; a second arrival of such an item is excused, and counted on its own.

mod bits;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::item::{Found, Name};
use bits::Bits;

/// The accounts of all generators.
#[derive(Debug)]
pub(crate) struct Ledger {
    accounts: Mutex<Vec<Account>>,
}

#[derive(Debug, Default)]
struct Account {
    acknowledged: Bits,
    arrived: Bits,
    /// Sent again because an answer never came.
    doubtful: Bits,
    /// Arrivals after the first.
    again: BTreeMap<u64, u64>,
    altered: u64,
}

/// The sums of some accounts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Items answered with success.
    pub(crate) acknowledged: u64,
    /// Items that arrived, each counted once.
    pub(crate) arrived: u64,
    /// Acknowledged and not arrived.
    pub(crate) lost: u64,
    /// Arrived more than once without an excuse.
    pub(crate) repeated: u64,
    /// Arrived more than once after an answer that never came.
    pub(crate) excused: u64,
    /// Arrived otherwise than they were made.
    pub(crate) altered: u64,
    /// One of the lost.
    pub(crate) first_lost: Option<Name>,
    /// One of the repeated.
    pub(crate) first_repeated: Option<Name>,
}

impl Ledger {
    /// Empty accounts for that many generators.
    pub(crate) fn new(generators: usize) -> Self {
        Self { accounts: Mutex::new((0..generators).map(|_| Account::default()).collect()) }
    }

    fn accounts(&self) -> MutexGuard<'_, Vec<Account>> {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with(&self, generator: usize, change: impl FnOnce(&mut Account)) {
        if let Some(account) = self.accounts().get_mut(generator) {
            change(account);
        }
    }

    /// These items were answered with success.
    pub(crate) fn acknowledged(&self, generator: usize, items: Range<u64>) {
        self.with(generator, |account| {
            for number in items {
                account.acknowledged.insert(number);
            }
        });
    }

    /// These items got no answer and will be sent again.
    pub(crate) fn doubtful(&self, generator: usize, items: Range<u64>) {
        self.with(generator, |account| {
            for number in items {
                account.doubtful.insert(number);
            }
        });
    }

    /// What a request that arrived was found to hold.
    pub(crate) fn arrived(&self, found: &Found) {
        let mut accounts = self.accounts();
        for name in &found.intact {
            if let Some(account) = accounts.get_mut(name.generator) {
                account.enter(name.sequence);
            }
        }
        // Whose they are cannot be told from what they have become.
        if let Some(first) = accounts.first_mut() {
            first.altered += found.altered;
        }
    }

    /// The sums of all accounts.
    pub(crate) fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        for (generator, account) in self.accounts().iter().enumerate() {
            account.add_to(&mut tally, generator);
        }
        tally
    }
}

impl Account {
    fn enter(&mut self, sequence: u64) {
        if !self.arrived.insert(sequence) {
            *self.again.entry(sequence).or_default() += 1;
        }
    }

    fn add_to(&self, tally: &mut Tally, generator: usize) {
        let (excused, repeated): (Vec<_>, Vec<_>) =
            self.again.iter().partition(|(number, _)| self.doubtful.contains(**number));
        let sum = |arrivals: &[(&u64, &u64)]| arrivals.iter().map(|(_, times)| **times).sum::<u64>();
        tally.acknowledged += self.acknowledged.len();
        tally.arrived += self.arrived.len();
        tally.lost += self.acknowledged.count_without(&self.arrived);
        tally.repeated += sum(&repeated);
        tally.excused += sum(&excused);
        tally.altered += self.altered;
        let name = |sequence| Name { generator, sequence };
        let lost = self.acknowledged.first_without(&self.arrived);
        tally.first_lost = tally.first_lost.or(lost.map(name));
        tally.first_repeated = tally.first_repeated.or(repeated.first().map(|(number, _)| name(**number)));
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{} acknowledged, {} arrived, {} lost, {} repeated ({} more after an answer that never came), {} altered",
            self.acknowledged, self.arrived, self.lost, self.repeated, self.excused, self.altered
        )
    }
}
