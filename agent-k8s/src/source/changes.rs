//! Follows a document: re-reads, and for a `ConfigMap` a watch, merged into one sequence of news.
//!
//! Not a task: it runs while `next` is awaited, and stops without a trace when it is dropped. The same text is never
//! reported twice in a row, whoever says it, nor is the same failure.

use std::time::Duration;

use tokio::time::Instant;

use super::in_flight::InFlight;
use super::watch::{Failures, Watcher};
use super::{Digest, ReadError, Snapshot, Source};

/// What has been said about a document since the start. Made by [`Source::changes`].
#[derive(Debug)]
pub struct Changes {
    source: Source,
    watcher: Option<Watcher>,
    reading: InFlight<Result<Snapshot, ReadError>>,
    interval: Duration,
    due: Instant,
    failures: Failures,
    text: Option<Digest>,
    trouble: Option<String>,
}

impl Changes {
    pub(super) fn new(source: Source, interval: Duration) -> Self {
        let watcher = match &source {
            Source::ConfigMap(source) => Some(Watcher::new(source.clone())),
            Source::File(_) => None,
        };
        Self {
            source,
            watcher,
            reading: InFlight::default(),
            interval,
            due: Instant::now(),
            failures: Failures::default(),
            text: None,
            trouble: None,
        }
    }

    /// Waits for the next news: first what is there now, then every text that differs from the one before.
    ///
    /// May be dropped at any time, for instance in a `select!`: nothing is lost, and a call that has begun goes on at the
    /// next `next`.
    ///
    /// # Errors
    ///
    /// Why the document cannot be read, once for each reason; the sequence goes on after it.
    pub async fn next(&mut self) -> Result<Snapshot, ReadError> {
        loop {
            let result = tokio::select! {
                biased;
                () = tokio::time::sleep_until(self.due) => self.read().await,
                result = watched(&mut self.watcher) => result,
            };
            if let Some(news) = self.news(result) {
                return news;
            }
        }
    }

    /// Reads now and says when the next read is due.
    async fn read(&mut self) -> Result<Snapshot, ReadError> {
        let source = &self.source;
        let result = self
            .reading
            .finish(|| {
                let source = source.clone();
                async move { source.read().await }
            })
            .await;
        let wait = match &result {
            Ok(snapshot) if snapshot.instead_of.is_none() => {
                self.failures.clear();
                self.interval
            }
            // Sooner than usual, so that an agent that starts before its API server does not wait a minute for it.
            Ok(_) => self.failures.next_wait().min(self.interval),
            Err(error) => {
                self.failures.next_wait().max(error.retry_after().unwrap_or_default()).min(self.interval)
            }
        };
        self.due = Instant::now() + wait;
        result
    }

    fn news(&mut self, result: Result<Snapshot, ReadError>) -> Option<Result<Snapshot, ReadError>> {
        match result {
            Ok(snapshot) => {
                self.trouble = None;
                let new = self.text.replace(snapshot.digest) != Some(snapshot.digest);
                new.then_some(Ok(snapshot))
            }
            Err(error) => {
                let trouble = error.to_string();
                let new = self.trouble.as_ref() != Some(&trouble);
                self.trouble = Some(trouble);
                new.then_some(Err(error))
            }
        }
    }
}

async fn watched(watcher: &mut Option<Watcher>) -> Result<Snapshot, ReadError> {
    match watcher {
        Some(watcher) => watcher.next().await,
        None => std::future::pending().await,
    }
}
