//! What is known about the configuration: which one runs, what the last reload did, why the last refused one was.
//!
//! The agent reports here and nowhere else; readiness follows. Whoever shows it (the status endpoint, the agent's metrics)
//! takes a [`ConfigView`].

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use crate::published::published_reason;
use crate::{FailingComponent, Health};

/// The state of the configuration. Clones are the same state. Cheap, and safe from any thread.
#[derive(Clone, Debug)]
pub struct ConfigState {
    health: Health,
    view: Arc<Mutex<ConfigView>>,
}

/// The state at one moment. Serialises to the body of `/-/config`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConfigView {
    /// What runs.
    pub running: Option<RunningConfig>,
    /// How many configurations came to which end.
    pub reloads: Reloads,
    /// The last one that was refused; it stays when a later one is applied, its time tells.
    pub last_refusal: Option<Refusal>,
    /// What applying the running one changed.
    pub last_swap: Option<SwapReport>,
    /// Swaps that have left parts which still drain.
    pub draining: usize,
    /// Components that do not run as they should.
    pub failing: Vec<FailingComponent>,
}

/// One text of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConfigVersion {
    /// Of the text, as in the log.
    pub hash: String,
    /// Where it was read, in words.
    pub origin: String,
}

/// A configuration that runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RunningConfig {
    /// Which one.
    pub version: ConfigVersion,
    /// Since when.
    #[serde(serialize_with = "rfc3339")]
    pub applied_at: Timestamp,
}

/// Configurations since the start of the process, the first among them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Reloads {
    /// Those that ran.
    pub applied: u64,
    /// Those that did not.
    pub refused: u64,
}

/// A configuration that was refused, or could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// Which one; `None` when there was none to read.
    pub version: Option<ConfigVersion>,
    /// Why, at most 4 KiB, registered secrets masked.
    pub reason: String,
    /// When.
    #[serde(serialize_with = "rfc3339")]
    pub at: Timestamp,
}

/// What a swap did, component by component, in words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SwapReport {
    /// New ones.
    pub started: Vec<String>,
    /// Those built anew in place of a running one.
    pub changed: Vec<String>,
    /// Those that are gone.
    pub stopped: Vec<String>,
    /// Those that went on as they were.
    pub kept: Vec<String>,
}

impl ConfigState {
    /// Nothing runs yet. `health` is told whatever happens here.
    pub fn new(health: &Health) -> Self {
        Self { health: health.clone(), view: Arc::default() }
    }

    /// `version` runs, and it is the newest: the agent is ready, and readiness no longer shows a refusal.
    pub fn applied(&self, version: ConfigVersion, swap: SwapReport) {
        let mut view = self.lock();
        view.reloads.applied += 1;
        view.running = Some(RunningConfig { version, applied_at: Timestamp::now() });
        view.last_swap = Some(swap);
        self.health.set_ready();
    }

    /// A configuration was refused, or (`version` is `None`) could not be read, and why.
    ///
    /// The agent stays ready while an older one runs, and `/ready` shows the reason; otherwise it is why the agent is not
    /// ready.
    pub fn refused(&self, version: Option<ConfigVersion>, reason: impl AsRef<str>) {
        let reason = published_reason(reason.as_ref());
        let mut view = self.lock();
        if view.running.is_some() {
            self.health.set_refused(&reason);
        } else {
            self.health.set_not_ready(&reason);
        }
        view.reloads.refused += 1;
        view.last_refusal = Some(Refusal { version, reason, at: Timestamp::now() });
    }

    /// How many swaps have left parts that still drain.
    pub fn set_draining(&self, swaps: usize) {
        self.lock().draining = swaps;
    }

    /// The components that do not run as they should: `/ready` names them, and `/health` fails while one is lost.
    pub fn set_failing(&self, failing: Vec<FailingComponent>) {
        let failing: Vec<FailingComponent> = failing.into_iter().map(FailingComponent::published).collect();
        self.health.set_failing(failing.clone());
        self.lock().failing = failing;
    }

    /// The state now.
    pub fn view(&self) -> ConfigView {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, ConfigView> {
        self.view.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn rfc3339<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(at)
}
