//! Kubernetes Events about the configuration: `ConfigApplied` and `ConfigRejected`, on the agent's Pod and on its
//! `ConfigMap`.
//!
//! They are written through the core API (`v1`), whose `count` and `lastTimestamp` every `kubectl` shows and which one
//! rule, `create` and `patch` on `events`, allows; `events.k8s.io` forbids these two fields and keeps a `series` instead.
//!
//! `kubectl describe` looks for Events by the uid of what it describes. The `ConfigMap`'s is known since it was read. The
//! Pod's comes from `POD_UID` (downward API, `metadata.uid`), because reading Pods would want a permission; without it the
//! Event is in `kubectl get events`, but not below `kubectl describe pod`.
//!
//! An Event is a courtesy: whoever publishes one never waits, and what cannot be written is forgotten.

mod allowance;
mod queue;
#[cfg(test)]
mod tests;
mod writer;

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::call::Api;
use crate::client::Connection;
use crate::source::ConfigMapSource;
use queue::Queue;
use writer::Writer;

/// A call takes at most this long.
const CALL_TIMEOUT: Duration = Duration::from_secs(10);

/// Whose Events these are.
#[derive(Debug, Clone)]
pub struct EventsIdentity {
    /// The Pod that the agent runs in; without a name only the `ConfigMap` has Events.
    pub pod: Option<String>,
    /// That Pod's `metadata.uid`.
    pub pod_uid: Option<String>,
    /// Where the configuration is. The Pod lives in the same namespace.
    pub config_map: ConfigMapSource,
}

impl EventsIdentity {
    /// Takes the Pod from `POD_NAME`, else `HOSTNAME` (the same, except on the host's network), and `POD_UID`.
    pub fn from_lookup(config_map: ConfigMapSource, lookup: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name| lookup(name).filter(|value: &String| !value.is_empty());
        Self { pod: set("POD_NAME").or_else(|| set("HOSTNAME")), pod_uid: set("POD_UID"), config_map }
    }
}

/// What kind of Event it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventType {
    /// As it should be.
    Normal,
    /// Somebody should look at it.
    Warning,
}

impl EventType {
    fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "Normal",
            Self::Warning => "Warning",
        }
    }
}

/// Something to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// One word in camel case.
    pub reason: &'static str,
    /// Its type.
    pub kind: EventType,
    /// For a person; what is over 1024 bytes is cut off.
    pub message: String,
}

impl Event {
    /// A configuration runs.
    pub fn applied(message: impl Into<String>) -> Self {
        Self { reason: "ConfigApplied", kind: EventType::Normal, message: message.into() }
    }

    /// A configuration was refused, and what ran before goes on.
    pub fn rejected(message: impl Into<String>) -> Self {
        Self { reason: "ConfigRejected", kind: EventType::Warning, message: message.into() }
    }
}

/// Writes Events. Clones share one queue.
#[derive(Debug, Clone)]
pub struct Events {
    identity: Arc<EventsIdentity>,
    connection: Connection,
    queue: Arc<Queue>,
}

impl Events {
    /// Nothing is written before [`Self::run`].
    pub fn new(connection: Connection, identity: EventsIdentity) -> Self {
        Self { identity: Arc::new(identity), connection, queue: Arc::default() }
    }

    /// Puts `event` into the queue and returns. The queue holds the newest 32 of different Events; the same Event again
    /// while it waits is counted.
    pub fn publish(&self, event: Event) {
        self.queue.put(event);
    }

    /// Writes what is published, until `cancel`; then what is still in the queue is left. To be run once, by one task.
    ///
    /// An Event that has been written lately is counted up instead of written again, and there are at most 25 writes at
    /// once and one every ten seconds after that. Without the permission a warning says so once; other failures are
    /// debug lines.
    pub async fn run(&self, cancel: CancellationToken) {
        let api = Api::new(self.connection.clone(), CALL_TIMEOUT);
        let mut writer = Writer::new(api, Arc::clone(&self.identity));
        while let Some(published) = cancel.run_until_cancelled(self.queue.take()).await {
            if cancel.run_until_cancelled(writer.write(&published)).await.is_none() {
                return;
            }
        }
    }
}
