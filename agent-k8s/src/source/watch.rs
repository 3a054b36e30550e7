//! The watch of one `ConfigMap`: list, then watch from there, over and over.
//!
//! It never reports its own failures; a failing watch only means that changes are seen at the next re-read instead of at
//! once, and what is wrong with the API is reported by that. All its state is in the struct, the call in flight included,
//! so a caller may drop `next` at any await and lose nothing.

use std::time::Duration;

use bytes::BytesMut;
use http_body_util::BodyExt as _;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::client::Body;
use kube::core::WatchEvent;
use tokio::time::Instant;

use super::config_map::{ANSWER_LIMIT, ConfigMapSource};
use super::in_flight::InFlight;
use super::{ReadError, Snapshot};
use crate::backoff::{Failures, jittered};

/// A watch that lived this long is not counted as a failure when it ends.
const HEALTHY: Duration = Duration::from_secs(10);

/// Without permission there is no use in asking often.
const FORBIDDEN_WAIT: Duration = Duration::from_mins(1);

/// The space that a longer event needed is given back.
const LARGE_EVENT: usize = 64 << 10;

/// A stream of results from the watch.
#[derive(Debug)]
pub(super) struct Watcher {
    source: ConfigMapSource,
    /// Where to resume; `None` means list first.
    position: Option<String>,
    events: Option<Events>,
    connecting: InFlight<Result<Step, ReadError>>,
    retry_at: Instant,
    failures: Failures,
    refused: bool,
    /// The watch should have said something before this.
    doubted: Option<Instant>,
}

impl Watcher {
    pub(super) fn new(source: ConfigMapSource) -> Self {
        Self {
            source,
            position: None,
            events: None,
            connecting: InFlight::default(),
            retry_at: Instant::now(),
            failures: Failures::default(),
            refused: false,
            doubted: None,
        }
    }

    /// Waits for the next thing that the API says about the `ConfigMap`.
    pub(super) async fn next(&mut self) -> Result<Snapshot, ReadError> {
        loop {
            let Some(events) = &mut self.events else {
                tokio::time::sleep_until(self.retry_at).await;
                let (source, position) = (&self.source, &self.position);
                let step = self.connecting.finish(|| connect(source.clone(), position.clone())).await;
                match step {
                    Ok(Step::Listed(result, version)) => {
                        self.position = Some(version);
                        self.doubted = None;
                        return result;
                    }
                    Ok(Step::Opened(events)) => {
                        self.events = Some(events);
                        self.refused = false;
                    }
                    Err(error) => self.postpone(&error),
                }
                continue;
            };
            let given_up = self.doubted.map_or(events.dead_at, |doubted| doubted.min(events.dead_at));
            let event = tokio::time::timeout_at(given_up, events.next()).await;
            let lived = events.opened.elapsed();
            self.doubted = None;
            match event {
                Ok(Ok(Some(event))) => {
                    if let Some(result) = self.take(event) {
                        return result;
                    }
                }
                Ok(Ok(None)) => self.ended(lived, "ended"),
                Ok(Err(reason)) => self.ended(lived, &reason),
                Err(_) => self.ended(lived, "silent"),
            }
        }
    }

    /// Something was read that the watch should have said. If it does not say anything soon, it is dead; nor is one
    /// believed that is just being opened. A list that is still to come will say it.
    pub(super) fn doubt(&mut self) {
        let (_, grace) = self.source.watch_times();
        if self.position.is_some() {
            self.doubted.get_or_insert(Instant::now() + grace);
        }
    }

    fn take(&mut self, event: WatchEvent<ConfigMap>) -> Option<Result<Snapshot, ReadError>> {
        let (object, deleted) = match event {
            WatchEvent::Added(object) | WatchEvent::Modified(object) => (object, false),
            WatchEvent::Deleted(object) => (object, true),
            WatchEvent::Bookmark(bookmark) => {
                self.position = Some(bookmark.metadata.resource_version);
                self.failures.clear();
                return None;
            }
            WatchEvent::Error(status) if status.code == 410 => {
                self.list_again();
                return None;
            }
            WatchEvent::Error(status) => {
                self.ended(Duration::ZERO, &status.message);
                return None;
            }
        };
        self.position.clone_from(&object.metadata.resource_version);
        self.failures.clear();
        self.source.hear(&object, deleted)
    }

    /// History from our position on is gone.
    fn list_again(&mut self) {
        tracing::debug!("watch of the configuration is too far behind, listing again");
        self.position = None;
        self.events = None;
        self.retry_at = Instant::now() + self.failures.next_wait();
    }

    fn ended(&mut self, lived: Duration, reason: &str) {
        tracing::debug!(reason, "watch of the configuration ended");
        self.events = None;
        if lived >= HEALTHY {
            self.failures.clear();
        }
        self.retry_at = Instant::now() + self.failures.next_wait();
    }

    fn postpone(&mut self, error: &ReadError) {
        if let ReadError::Api { code: 410, .. } = error {
            return self.list_again();
        }
        let forbidden = matches!(error, ReadError::Forbidden { .. });
        if forbidden && !std::mem::replace(&mut self.refused, true) {
            tracing::warn!(%error, "configuration changes are seen at the next check only");
        }
        let wait = if forbidden { jittered(FORBIDDEN_WAIT) } else { self.failures.next_wait() };
        let asked = error.retry_after().unwrap_or_default();
        self.retry_at = Instant::now() + wait.max(asked);
    }
}

/// What one call brought.
#[derive(Debug)]
enum Step {
    /// What is there now, and the version to watch from.
    Listed(Result<Snapshot, ReadError>, String),
    /// The watch has begun.
    Opened(Events),
}

/// One step: the list when there is no position yet, else the watch.
async fn connect(source: ConfigMapSource, position: Option<String>) -> Result<Step, ReadError> {
    let Some(position) = position else {
        let (result, version) = source.list().await?;
        return Ok(Step::Listed(result, version));
    };
    let (timeout, grace) = source.watch_times();
    // Jittered, so that a fleet does not come back at once. The server counts in whole seconds.
    let timeout = jittered(timeout).max(Duration::from_secs(1));
    let body = source.watch(&position, timeout).await?;
    Ok(Step::Opened(Events::of(body, timeout + grace)))
}

/// The events of one open watch.
#[derive(Debug)]
pub(super) struct Events {
    body: Body,
    buffer: BytesMut,
    /// Bytes of the buffer in which there is no end of a line.
    searched: usize,
    opened: Instant,
    /// The server should have ended the watch long before.
    dead_at: Instant,
}

impl Events {
    /// The events in `body`, dead when it has not ended after `life`.
    pub(super) fn of(body: Body, life: Duration) -> Self {
        let opened = Instant::now();
        Self { body, buffer: BytesMut::new(), searched: 0, opened, dead_at: opened + life }
    }

    /// The next event; `None` at the end. A line that is not an event, or too long, is an error with its reason.
    pub(super) async fn next(&mut self) -> Result<Option<WatchEvent<ConfigMap>>, String> {
        loop {
            let new = self.buffer.iter().skip(self.searched);
            if let Some(end) = new.copied().position(|byte| byte == b'\n') {
                let line = self.buffer.split_to(self.searched + end + 1);
                self.searched = 0;
                if line.len() > LARGE_EVENT {
                    // Else its space would stay with the buffer for as long as the watch lives.
                    self.buffer = BytesMut::from(&*self.buffer);
                }
                return serde_json::from_slice(&line).map(Some).map_err(|error| error.to_string());
            }
            self.searched = self.buffer.len();
            if self.buffer.len() > ANSWER_LIMIT {
                return Err("event too large".to_owned());
            }
            match self.body.frame().await {
                None => return Ok(None),
                Some(Err(error)) => return Err(crate::call::reason(&error)),
                Some(Ok(frame)) => {
                    if let Some(data) = frame.data_ref() {
                        self.buffer.extend_from_slice(data);
                    }
                }
            }
        }
    }
}
