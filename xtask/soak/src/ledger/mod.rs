//! Who owes what: for each generator which items were acknowledged to it and which arrived.
//!
//! The agent owes what it acknowledged, once each. An item is lost when it was acknowledged and never arrived, and
//! repeated when it arrived more often than it was sent. When an answer never came (a connection broke) the client has
//! to send again and cannot know better; a second arrival of such an item is excused, and counted on its own. So is one
//! that a kill of the agent explains (see `lives`).

mod bits;
mod lives;
mod mark;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::item::{Found, Name};
use bits::Bits;
use lives::Lives;
pub(crate) use mark::Since;

/// The accounts of all generators.
#[derive(Debug)]
pub(crate) struct Ledger {
    begin: Instant,
    accounts: Mutex<Vec<Account>>,
    lives: Mutex<Lives>,
}

#[derive(Debug, Default)]
struct Account {
    acknowledged: Bits,
    arrived: Bits,
    /// When each item arrived last, in milliseconds since the begin.
    times: Vec<u32>,
    /// Sent again because an answer never came.
    doubtful: Bits,
    /// Arrivals after the first.
    again: BTreeMap<u64, u64>,
    /// Arrivals after the first that a kill explains.
    after_kill: u64,
    /// How long before a kill the earliest of those had arrived first.
    earliest: Duration,
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
    /// Arrived again after a kill, having arrived just before it.
    pub(crate) after_kill: u64,
    /// How long before a kill the earliest of those had arrived.
    pub(crate) earliest: Duration,
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
        let accounts = (0..generators).map(|_| Account::default()).collect();
        Self { begin: Instant::now(), accounts: Mutex::new(accounts), lives: Mutex::default() }
    }

    fn lives(&self) -> MutexGuard<'_, Lives> {
        self.lives.lock().unwrap_or_else(PoisonError::into_inner)
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

    /// The agent was killed at a moment, and no other one has sent anything until `over`.
    pub(crate) fn killed(&self, at: Instant, over: Instant) {
        self.lives().end(at, over);
    }

    /// What a request that arrived was found to hold.
    pub(crate) fn arrived(&self, found: &Found, at: Instant) {
        let (lives, mut accounts) = (self.lives(), self.accounts());
        for name in &found.intact {
            if let Some(account) = accounts.get_mut(name.generator) {
                account.enter(name.sequence, self.begin, at, &lives);
            }
        }
        // Whose they are cannot be told from what they have become.
        if let Some(first) = accounts.first_mut() {
            first.altered += found.altered;
        }
    }

    /// How many items of a generator were acknowledged and have not arrived yet.
    pub(crate) fn outstanding(&self, generator: usize) -> u64 {
        let accounts = self.accounts();
        accounts.get(generator).map_or(0, |account| account.acknowledged.count_without(&account.arrived))
    }

    /// How many items of some generators have arrived.
    pub(crate) fn arrived_of(&self, generators: Range<usize>) -> u64 {
        let accounts = self.accounts();
        accounts.get(generators).unwrap_or_default().iter().map(|account| account.arrived.len()).sum()
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
    fn enter(&mut self, sequence: u64, begin: Instant, at: Instant, lives: &Lives) {
        let since = u32::try_from(at.saturating_duration_since(begin).as_millis()).unwrap_or(u32::MAX);
        let Ok(place) = usize::try_from(sequence) else { return };
        if self.times.len() <= place {
            self.times.resize(place + 1, 0);
        }
        let Some(time) = self.times.get_mut(place) else { return };
        let before = begin + Duration::from_millis(u64::from(std::mem::replace(time, since)));
        if self.arrived.insert(sequence) {
            return;
        }
        match lives.excuse(before, at) {
            Some(earlier) if !self.doubtful.contains(sequence) => {
                self.after_kill += 1;
                self.earliest = self.earliest.max(earlier);
            }
            _ => *self.again.entry(sequence).or_default() += 1,
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
        tally.after_kill += self.after_kill;
        tally.earliest = tally.earliest.max(self.earliest);
        tally.altered += self.altered;
        let name = |sequence| Name { generator, sequence };
        let lost = self.acknowledged.first_without(&self.arrived);
        tally.first_lost = tally.first_lost.or(lost.map(name));
        tally.first_repeated = tally.first_repeated.or(repeated.first().map(|(number, _)| name(**number)));
    }
}

impl Tally {
    /// Everything that arrived intact, each time it did.
    pub(crate) fn arrivals(&self) -> u64 {
        self.arrived + self.repeated + self.excused + self.after_kill
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{} acknowledged, {} arrived, {} lost, {} repeated ({} more after an answer that never came), {} altered",
            self.acknowledged, self.arrived, self.lost, self.repeated, self.excused, self.altered
        )?;
        if self.after_kill > 0 {
            write!(out, ", {} again after a kill", self.after_kill)?;
        }
        Ok(())
    }
}
