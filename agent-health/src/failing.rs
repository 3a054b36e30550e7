//! Components that ended on their own and are started anew, as everybody who asks is told.

use serde::Serialize;

use crate::published::published_reason;

/// A component that does not run as it should.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FailingComponent {
    /// As `"batch" processor of traces`.
    pub component: String,
    /// What ended it last, or kept it from starting.
    pub reason: String,
    /// How often it was started anew.
    pub restarts: u32,
    /// Since its first failure, in seconds.
    pub failing_for_seconds: u64,
    /// It does not run now. Otherwise it runs again, but not for long yet.
    pub down: bool,
    /// It is not going to work in this process: liveness fails.
    pub lost: bool,
}

impl FailingComponent {
    /// With a reason that may be shown.
    pub(crate) fn published(self) -> Self {
        Self { reason: published_reason(&self.reason), ..self }
    }

    /// For the body of `/ready`.
    pub(crate) fn in_words(&self) -> String {
        let Self { component, reason, restarts, failing_for_seconds, down, .. } = self;
        let stand = if *down { "does not run" } else { "runs again" };
        format!("{component} {stand}, {restarts} restarts in {failing_for_seconds} s: {reason}")
    }
}
