//! What the agent reports about itself: `Health`, the handle that every part of it may hold.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::FailingComponent;
use crate::heartbeat::{Heartbeat, Heartbeats};
use crate::published::published_reason;

/// The agent's health. Clones are the same health.
///
/// Not ready at first, alive at first. Reasons are shown to anybody who can reach the port: registered secrets
/// are masked and the text is cut at 4 KiB, but they should be written with that in mind.
#[derive(Clone, Debug, Default)]
pub struct Health {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    readiness: Mutex<State>,
    heartbeats: Heartbeats,
}

#[derive(Debug)]
struct State {
    ready: Option<Since>,
    reason: String,
    refused: Option<String>,
    failing: Vec<FailingComponent>,
    overloaded: bool,
    shut_down: bool,
}

/// When readiness began.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Since {
    pub(crate) wall: Timestamp,
    pub(crate) monotonic: Instant,
}

/// Readiness at one moment.
#[derive(Clone, Debug)]
pub(crate) struct Readiness {
    /// Since when, or why not.
    pub(crate) ready: Result<Since, String>,
    /// Why the last configuration was refused.
    pub(crate) refused: Option<String>,
    /// Components that fail, in words.
    pub(crate) failing: Vec<String>,
}

impl Default for State {
    fn default() -> Self {
        let reason = "no configuration is running yet".to_owned();
        Self { ready: None, reason, refused: None, failing: Vec::new(), overloaded: false, shut_down: false }
    }
}

impl Health {
    /// Alive and not ready.
    pub fn new() -> Self {
        Self::default()
    }

    /// A configuration runs, and it is the newest: forgets what was refused before it.
    ///
    /// Calling it again does not change since when the agent is ready. Without effect after [`Health::shut_down`].
    pub fn set_ready(&self) {
        let mut state = self.state();
        state.refused = None;
        if !state.shut_down && state.ready.is_none() {
            state.ready = Some(Since { wall: Timestamp::now(), monotonic: Instant::now() });
        }
    }

    /// No configuration runs, and why.
    pub fn set_not_ready(&self, reason: impl AsRef<str>) {
        let mut state = self.state();
        if !state.shut_down {
            state.ready = None;
            state.reason = published_reason(reason.as_ref());
        }
    }

    /// A configuration was refused, and why; readiness stays as it is. Shown until the next [`Health::set_ready`].
    pub fn set_refused(&self, reason: impl AsRef<str>) {
        self.state().refused = Some(published_reason(reason.as_ref()));
    }

    /// Every component that does not run as it should. Readiness stays as it is; liveness fails while one is lost.
    pub fn set_failing(&self, failing: Vec<FailingComponent>) {
        self.state().failing = failing.into_iter().map(FailingComponent::published).collect();
    }

    /// Not ready while memory is short, whatever runs; ready again as before once it is not.
    pub fn set_overloaded(&self, overloaded: bool) {
        self.state().overloaded = overloaded;
    }

    /// Not ready from now on, whatever anybody reports later.
    pub fn shut_down(&self) {
        let mut state = self.state();
        state.shut_down = true;
        state.ready = None;
        "shutting down".clone_into(&mut state.reason);
    }

    /// Whether a configuration runs, memory is not short, and the agent is not shutting down.
    pub fn is_ready(&self) -> bool {
        self.readiness().ready.is_ok()
    }

    /// Liveness fails while the heartbeat that this gives is silent for longer than `max_silence`.
    ///
    /// `name` is shown in the answer: the words for the loop, `main loop`.
    pub fn watch(&self, name: impl Into<String>, max_silence: Duration) -> Heartbeat {
        self.shared.heartbeats.watch(name.into(), max_silence)
    }

    /// Every broken promise in words; `None` while the process makes progress.
    pub(crate) fn complaints(&self, now: Instant) -> Option<String> {
        let lost: Vec<String> =
            self.state().failing.iter().filter(|one| one.lost).map(FailingComponent::in_words).collect();
        let complaints: Vec<String> =
            self.shared.heartbeats.complaints(now).into_iter().chain(lost).collect();
        (!complaints.is_empty()).then(|| complaints.join("; "))
    }

    pub(crate) fn readiness(&self) -> Readiness {
        let state = self.state();
        let ready = match state.ready {
            Some(_) if state.overloaded => Err("memory use is close to its limit".to_owned()),
            Some(since) => Ok(since),
            None => Err(state.reason.clone()),
        };
        let failing = state.failing.iter().map(FailingComponent::in_words).collect();
        Readiness { ready, refused: state.refused.clone(), failing }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.readiness.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
