//! What a queue on disk says in the log, at a bounded rate: a disk that is full may refuse thousands of calls a second.

use std::sync::PoisonError;
use std::time::Duration;

use agent_component::ConsumeError;
use agent_journal::Error;
use tokio::time::Instant;

use super::{Disk, Found};

/// One line in the log about trouble is enough for this long.
const TELL_EVERY: Duration = Duration::from_secs(30);

impl Disk {
    /// Says that data was refused, now and then.
    pub(crate) fn tell_refused(&self, error: &ConsumeError) {
        if self.is_time_to_tell() {
            tracing::error!(
                component = %self.id,
                signal = self.signal.as_str(),
                error = %error.message,
                "The queue on disk does not take data. Rejecting it."
            );
        }
    }

    pub(super) fn tell_trouble(&self, error: &Error) {
        if self.is_time_to_tell() {
            tracing::error!(
                component = %self.id,
                signal = self.signal.as_str(),
                error = %chain(error),
                "The queue on disk cannot be opened or read. Trying again."
            );
        }
    }

    pub(super) fn tell_overflow(&self, items: usize) {
        tracing::error!(
            component = %self.id,
            signal = self.signal.as_str(),
            dropped_items = items,
            "The queue on disk is full. Dropping the oldest data."
        );
    }

    pub(crate) fn tell_adopted(&self, found: &Found, records: u64) {
        tracing::info!(
            component = %self.id,
            signal = self.signal.as_str(),
            directory = %found.user.directory.path.display(),
            exporter = found.owner.as_ref().map(|owner| owner.exporter.as_str()),
            records,
            "What an earlier exporter left on disk for the same destination is sent."
        );
    }

    pub(super) fn is_time_to_tell(&self) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let is_time = told.is_none_or(|told| told.elapsed() >= TELL_EVERY);
        if is_time {
            *told = Some(Instant::now());
        }
        is_time
    }
}

/// An error with its cause.
pub(super) fn chain(error: &Error) -> String {
    use std::error::Error as _;
    match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}
