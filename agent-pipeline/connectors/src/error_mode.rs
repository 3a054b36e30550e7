//! What a connector does about conditions that fail: `error_mode`, and log lines that do not flood.

use std::ops::ControlFlow;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use agent_component::ConsumeError;
use agent_config::ComponentId;
use agent_ottl::{ErrorMode, Failure};

/// How long a condition that failed and was logged is quiet.
const QUIET: Duration = Duration::from_secs(10);

/// The failures of one condition: when it was last logged, and how often it failed since.
#[derive(Debug, Default)]
pub(crate) struct Failures(Mutex<Option<(Instant, u64)>>);

impl Failures {
    /// Treats a failure; what is refused is told in `refusal`.
    pub(crate) fn on(
        &self,
        mode: ErrorMode,
        component: &ComponentId,
        failure: &Failure<'_>,
        refusal: &mut Option<ConsumeError>,
    ) -> ControlFlow<()> {
        match mode {
            ErrorMode::Silent => ControlFlow::Continue(()),
            ErrorMode::Ignore => {
                if let Some(count) = self.due(Instant::now()) {
                    tracing::warn!(%component, count, "{failure}");
                }
                ControlFlow::Continue(())
            }
            ErrorMode::Propagate => {
                *refusal = Some(refused(failure));
                ControlFlow::Break(())
            }
        }
    }

    /// How many failures a line stands for, if one is due.
    fn due(&self, now: Instant) -> Option<u64> {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let since = match &mut *seen {
            Some((logged, since)) if now.duration_since(*logged) < QUIET => {
                *since += 1;
                return None;
            }
            Some((_, since)) => *since,
            None => 0,
        };
        *seen = Some((now, 0));
        Some(since + 1)
    }
}

/// The refusal of a batch for a condition that failed.
pub(crate) fn refused(failure: &Failure<'_>) -> ConsumeError {
    ConsumeError::retryable(failure.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_told_once_and_then_how_often() {
        let (failures, start) = (Failures::default(), Instant::now());
        assert_eq!(failures.due(start), Some(1));
        assert_eq!(failures.due(start + QUIET / 2), None);
        assert_eq!(failures.due(start + QUIET / 2), None);
        assert_eq!(failures.due(start + QUIET), Some(3));
        assert_eq!(failures.due(start + QUIET), None);
    }
}
