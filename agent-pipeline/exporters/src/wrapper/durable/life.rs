//! The journal of a queue on disk is opened, waited for and let go of.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use agent_component::{ConsumeError, Storage};
use agent_journal::{Durability, Error, Journal, OnDamage, Settings};
use agent_telemetry::Metrics;
use tokio::time::Instant;

use super::directory::Directory;
use super::space::Unread;
use super::{Disk, LOCKED_PAUSE, TROUBLE_PAUSE, clamp};
use crate::wrapper::answer::ended;

/// How long a call waits for a directory that is not open yet.
const OPENING: Duration = Duration::from_secs(10);

impl Disk {
    /// Opens the journal, however long that takes; `false` when the queue was closed first.
    pub(crate) async fn open(&self) -> bool {
        let Some((storage, user)) = self.place.get() else { return false };
        let (settings, began) = (self.settings(storage), Instant::now());
        let opened = self.closed.run_until_cancelled(async {
            loop {
                let error = match open(&user.directory, settings.clone()).await {
                    Ok(journal) => break journal,
                    Err(error) => error,
                };
                let pause = if matches!(error, Error::Locked) { LOCKED_PAUSE } else { TROUBLE_PAUSE };
                // One who lets go in time is no trouble.
                if !matches!(error, Error::Locked) || began.elapsed() > OPENING {
                    self.tell_trouble(&error);
                }
                tokio::time::sleep(pause).await;
            }
        });
        let Some(journal) = opened.await else { return false };
        let status = journal.status();
        self.missed.store(status.damage.records, Ordering::Release);
        if !user.directory.was_opened.swap(true, Ordering::AcqRel) {
            let (records, bytes) = (clamp(status.records), clamp(status.bytes));
            let unread = Unread { records, bytes, whole: self.due == 1 };
            user.directory.space.set_unread(if records == 0 { Unread::default() } else { unread });
        }
        // Without the note nobody else takes over what is here, which is no reason to refuse data.
        if let Err(error) = self.owner().write(&user.directory.path) {
            tracing::debug!(component = %self.id, %error, "The queue on disk has no note of its owner.");
        }
        self.is_no_orphan(&user.directory.path);
        self.journal.send_replace(Some(Arc::new(journal)));
        true
    }

    /// Of a journal in this storage.
    pub(super) fn settings(&self, storage: &Storage) -> Settings {
        let durability = if storage.fsync { Durability::Node } else { Durability::Process };
        let (records, bytes) = self.host.shared.of::<Metrics>().damage(&self.id, self.signal);
        let on_damage = OnDamage::new(move |more_records, more_bytes| {
            records.add(more_records);
            bytes.add(more_bytes);
        });
        let name = format!("{} {}", self.id, self.signal);
        let live_share = self.live_share;
        Settings { name, on_damage, live_share, ..Settings::new(storage.max_bytes, durability) }
    }

    /// Lets go of the directory, after the workers have ended.
    pub(crate) async fn let_go(&self) {
        let Some(journal) = self.journal.send_replace(None) else { return };
        journal.close().await;
        let records = journal.status().records;
        if let Some((_, user)) = self.place.get().filter(|(_, user)| records > 0 && !user.is_followed()) {
            tracing::info!(
                component = %self.id,
                signal = self.signal.as_str(),
                records,
                directory = %user.directory.path.display(),
                "What has not been delivered stays on disk."
            );
        }
    }

    /// The journal, once it is open; `None` when the queue is closed or ended first.
    pub(super) async fn opened(&self) -> Option<Arc<Journal>> {
        if let Some(journal) = self.journal.borrow().as_ref().filter(|_| !self.closed.is_cancelled()) {
            return Some(Arc::clone(journal));
        }
        let mut journal = self.journal.subscribe();
        let opened = self.closed.run_until_cancelled(journal.wait_for(Option::is_some)).await;
        match opened {
            Some(opened) => opened.ok()?.clone(),
            // A queue that moves elsewhere still gives out what it has.
            None => self.journal.borrow().clone(),
        }
    }

    pub(super) async fn opened_in_time(&self) -> Result<Arc<Journal>, ConsumeError> {
        let opened = tokio::time::timeout(OPENING, self.opened()).await;
        opened.map_err(|_| ConsumeError::retryable("the queue on disk is not open"))?.ok_or_else(ended)
    }
}

async fn open(directory: &Directory, settings: Settings) -> Result<Journal, Error> {
    #[cfg(test)]
    if let Some(disk) = directory.simulated() {
        return Journal::open_on(disk, settings).await;
    }
    Journal::open(&directory.path, settings).await
}
