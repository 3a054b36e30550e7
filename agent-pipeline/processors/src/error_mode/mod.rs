//! What `transform` and `filter` do about statements that fail: `error_mode`, and log lines that do not flood.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use agent_component::ConsumeError;
use agent_config::ComponentId;
use agent_ottl::{ErrorMode, Failure, Phase};

/// How long a statement that failed and was logged is quiet.
const QUIET: Duration = Duration::from_secs(10);

/// What became of the failures of one component: when each statement was last logged, and how often it failed since.
#[derive(Debug)]
pub(crate) struct Failures {
    component: ComponentId,
    seen: Mutex<HashMap<(usize, Phase, usize), Seen>>,
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    logged: Instant,
    since: u64,
}

impl Failures {
    pub(crate) fn new(component: &ComponentId) -> Self {
        Self { component: component.clone(), seen: Mutex::new(HashMap::new()) }
    }

    /// Treats a failure in the group with this number; what is refused is told in `refusal`.
    pub(crate) fn on(
        &self,
        mode: ErrorMode,
        group: usize,
        failure: &Failure<'_>,
        refusal: &mut Option<ConsumeError>,
    ) -> ControlFlow<()> {
        match mode {
            ErrorMode::Silent => ControlFlow::Continue(()),
            ErrorMode::Ignore => {
                self.log(group, failure);
                ControlFlow::Continue(())
            }
            ErrorMode::Propagate => {
                *refusal = Some(ConsumeError::retryable(failure.to_string()));
                ControlFlow::Break(())
            }
        }
    }

    fn log(&self, group: usize, failure: &Failure<'_>) {
        if let Some(count) = self.due((group, failure.phase, failure.index), Instant::now()) {
            let component = &self.component;
            tracing::warn!(%component, count, "{failure}");
        }
    }

    /// How many failures a line stands for, if one is due.
    fn due(&self, key: (usize, Phase, usize), now: Instant) -> Option<u64> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(entry) = seen.get_mut(&key) else {
            seen.insert(key, Seen { logged: now, since: 0 });
            return Some(1);
        };
        entry.since += 1;
        if now.duration_since(entry.logged) < QUIET {
            return None;
        }
        entry.logged = now;
        Some(std::mem::take(&mut entry.since))
    }
}
