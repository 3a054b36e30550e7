//! Sends what other exporters left on disk for the same destination, beside what is this one's own.
//!
//! One batch at a time for each directory, oldest first. A directory is let go of at once when the exporter comes that it
//! belongs to, and at the stop; what has not been delivered stays in it.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use super::Sender;
use super::attempts::Attempts;
use super::durable::Found;
use super::lane::Lane;

/// Whoever starts together has found its own by then.
const FIRST_LOOK: Duration = Duration::from_secs(1);
/// A change of the configuration may leave something behind at any time.
const LOOK_EVERY: Duration = Duration::from_mins(1);

/// Looks for such directories as long as the queue takes data.
pub(super) async fn adopt<S: Sender>(lane: Arc<Lane>, attempts: Arc<Attempts<S>>) {
    let Some(disk) = lane.disk() else { return };
    let mut pause = FIRST_LOOK;
    let mut works = JoinSet::new();
    loop {
        for found in disk.inheritance() {
            works.spawn(empty(Arc::clone(&lane), Arc::clone(&attempts), found));
        }
        let named = pause == LOOK_EVERY;
        if named && disk.unless_closed(disk.name_orphans()).await.is_none() {
            break;
        }
        if disk.unless_closed(tokio::time::sleep(pause)).await.is_none() {
            break;
        }
        pause = LOOK_EVERY;
        while works.try_join_next().is_some() {}
    }
    while works.join_next().await.is_some() {}
}

/// Sends what is in a directory, until nothing is left or somebody else needs it.
async fn empty<S: Sender>(lane: Arc<Lane>, attempts: Arc<Attempts<S>>, found: Found) {
    let Some(disk) = lane.disk() else { return };
    let Some(journal) = disk.open_found(&found).await else { return };
    let records = journal.status().records;
    if records > 0 {
        disk.tell_adopted(&found, records);
        let sending = async {
            while let Some(unit) = disk.next_found(&journal, &found).await {
                attempts.dispatch(&lane, unit, None).await;
            }
        };
        // A try that is given up for it is no loss: its record stays.
        disk.unless_wanted(&found, lane.successor.unless_named(sending)).await;
    }
    journal.close().await;
}
