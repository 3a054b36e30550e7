//! The targets, each in one place.

use std::fmt;

use crate::scenario::Protocol;
use crate::subject::Subject;

/// Bytes on the wire by those of a streaming encoder at level 6.
pub(crate) const LEVEL_6_LIMIT: f64 = 1.15;
/// Resident memory without load in file mode, in MiB.
pub(crate) const IDLE_FILE_LIMIT: f64 = 12.0;
/// Resident memory without load with the Kubernetes client, in MiB.
pub(crate) const IDLE_KUBERNETES_LIMIT: f64 = 18.0;
/// Resident memory at its peak, in MiB.
pub(crate) const PEAK_LIMIT: f64 = 40.0;
/// From exec to all ports accepting, in milliseconds.
pub(crate) const READY_LIMIT: f64 = 30.0;
/// Size of the release binary, in MB.
pub(crate) const BINARY_LIMIT: f64 = 15.0;

/// Processor time by that of the floor, or of the same pipeline without the processor.
///
/// The target names the floor over HTTP/2. Rows over HTTP/1.1 have a floor too, which is shown and judged by nobody: it
/// costs less than half, so a ratio of the same size means less.
pub(crate) fn ratio_limit(subject: Subject, protocol: Protocol) -> Option<f64> {
    match subject {
        Subject::Agent => (protocol == Protocol::Grpc).then_some(1.3),
        Subject::AgentWithResource => Some(1.1),
        Subject::Floor | Subject::Relay => None,
    }
}

/// A figure and its target.
#[derive(Debug, Clone)]
pub(crate) struct Verdict {
    /// What was measured.
    pub(crate) name: String,
    /// What was found.
    pub(crate) found: f64,
    /// The most that is fine.
    pub(crate) limit: f64,
    /// Whether it is.
    pub(crate) met: bool,
    unit: &'static str,
}

impl Verdict {
    /// A figure that may not exceed a limit.
    pub(crate) fn at_most(name: impl Into<String>, found: f64, limit: f64, unit: &'static str) -> Self {
        Self { name: name.into(), found, limit, met: found <= limit, unit }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, found, limit, met, unit } = self;
        write!(
            out,
            "{:<7}{name}: {found:.2}{unit}, at most {limit}{unit}",
            if *met { "met" } else { "MISSED" }
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_over_http_1_are_shown_and_not_judged() {
        assert_eq!(ratio_limit(Subject::Agent, Protocol::Grpc), Some(1.3));
        assert_eq!(ratio_limit(Subject::Agent, Protocol::Http), None);
        assert_eq!(ratio_limit(Subject::Floor, Protocol::Grpc), None);
    }

    #[test]
    fn a_missing_figure_does_not_meet_its_target() {
        assert!(Verdict::at_most("a", 1.3, 1.3, "").met);
        assert!(!Verdict::at_most("a", 1.31, 1.3, "").met);
        assert!(!Verdict::at_most("a", f64::NAN, 1.3, "").met);
    }
}
