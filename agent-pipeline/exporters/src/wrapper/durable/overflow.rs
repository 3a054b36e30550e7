//! `drop_oldest_on_overflow`: a full queue gives up its oldest batches, each counted, instead of refusing new ones.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use agent_component::{BuildContext, ConsumeError};
use agent_journal::{Error, Journal, Record};
use agent_otlp::Signal;

use super::Disk;
use super::directory::Directory;
use super::flow::oldest;
use crate::wrapper::counts::{Counts, Reason};

/// Counts what is given up.
pub(super) struct Overflow {
    counts: Counts,
    /// Items that were given up and not told.
    untold: AtomicUsize,
}

impl Overflow {
    pub(super) fn new(context: &BuildContext, signal: Signal) -> Self {
        let counts = Counts::new(context, signal, &[Reason::QueueFull]);
        Self { counts, untold: AtomicUsize::new(0) }
    }
}

impl Disk {
    /// Gives up the oldest batch that nobody has taken, where that is wanted; `false` if it is not or there is none.
    pub(super) async fn drops_oldest(&self, directory: &Arc<Directory>, journal: &Arc<Journal>) -> bool {
        let Some(overflow) = &self.overflow else { return false };
        let Ok(Some(stored)) = oldest(journal).await else { return false };
        // One that this version cannot read stays where it is, and the next one is looked at.
        let Some(unit) = self.unit_of(directory, journal, stored) else { return true };
        let items = unit.batch.items();
        overflow.counts.dropped(items, Reason::QueueFull);
        let untold = overflow.untold.fetch_add(items, Ordering::Relaxed) + items;
        if self.is_time_to_tell() {
            overflow.untold.fetch_sub(untold, Ordering::Relaxed);
            self.tell_overflow(untold);
        }
        unit.finish(&Err(ConsumeError::permanent("dropped to make room in the sending queue")));
        true
    }

    /// Writes a record down, in the place of older ones if need be.
    pub(super) async fn append(
        &self,
        directory: &Arc<Directory>,
        journal: &Arc<Journal>,
        record: Record,
    ) -> Result<u64, Error> {
        loop {
            match journal.append(record.clone()).await {
                Err(full @ Error::Full { .. }) => {
                    if !self.drops_oldest(directory, journal).await {
                        return Err(full);
                    }
                }
                result => return result,
            }
        }
    }
}
