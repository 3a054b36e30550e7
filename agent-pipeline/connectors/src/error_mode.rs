//! What a connector does about conditions that fail: `error_mode`, and log lines that do not flood.

use std::fmt;
use std::ops::ControlFlow;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use agent_component::ConsumeError;
use agent_config::ComponentId;
use agent_ottl::{Failure, Phase};
use serde::de::{Deserialize, Deserializer, Error, Visitor};

/// How long a condition that failed and was logged is quiet.
const QUIET: Duration = Duration::from_secs(10);

/// What a failing condition means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ErrorMode {
    /// It is logged and does not hold.
    Ignore,
    /// It does not hold.
    Silent,
    /// The whole batch is refused, and the sender may try again.
    #[default]
    Propagate,
}

impl<'de> Deserialize<'de> for ErrorMode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Mode;

        impl Visitor<'_> for Mode {
            type Value = ErrorMode;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("ignore, silent or propagate")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<ErrorMode, E> {
                match text.to_ascii_lowercase().as_str() {
                    "ignore" => Ok(ErrorMode::Ignore),
                    "silent" => Ok(ErrorMode::Silent),
                    "propagate" => Ok(ErrorMode::Propagate),
                    _ => Err(E::custom(format!(
                        "unknown error mode {text}, valid are ignore, silent, propagate"
                    ))),
                }
            }
        }
        deserializer.deserialize_str(Mode)
    }
}

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
                    tracing::warn!(%component, count, "{}", describe(failure));
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
    ConsumeError::retryable(describe(failure))
}

/// The Collector's words.
fn describe(failure: &Failure<'_>) -> String {
    match failure.phase {
        Phase::Statement => format!("failed to execute statement: {}, {}", failure.text, failure.error),
        Phase::Condition => format!("failed to eval condition: {}, {}", failure.text, failure.error),
    }
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
