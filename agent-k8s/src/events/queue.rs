//! Events that wait for the writer: few, and never in the way of who publishes them.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::Event;

/// Events that are kept; of more the newest.
pub(super) const KEPT: usize = 32;

/// An Event, and how often it was published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Published {
    pub(super) event: Event,
    pub(super) times: i32,
}

/// The queue.
#[derive(Debug, Default)]
pub(super) struct Queue {
    waiting: Mutex<VecDeque<Published>>,
    filled: Notify,
}

impl Queue {
    /// Adds `event`, or counts it if it is the last one in the queue already.
    pub(super) fn put(&self, event: Event) {
        let mut waiting = self.waiting();
        match waiting.back_mut() {
            Some(last) if last.event == event => last.times = last.times.saturating_add(1),
            _ => {
                if waiting.len() == KEPT && waiting.pop_front().is_some() {
                    tracing::debug!("too many Events at once, the oldest is not written");
                }
                waiting.push_back(Published { event, times: 1 });
            }
        }
        drop(waiting);
        self.filled.notify_one();
    }

    /// Waits for the oldest.
    pub(super) async fn take(&self) -> Published {
        loop {
            let first = self.waiting().pop_front();
            match first {
                Some(first) => return first,
                None => self.filled.notified().await,
            }
        }
    }

    fn waiting(&self) -> MutexGuard<'_, VecDeque<Published>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
