//! Why a planned graph could not be built or started: the component, its place in the document, the reason.

use agent_component::{BuildError, Kind, Panic, StartError};
use agent_config::{ComponentId, Issue, Issues, Section};

/// A component and where it is configured.
#[derive(Clone, Debug)]
pub struct Place {
    /// Its kind.
    pub kind: Kind,
    /// Its id.
    pub id: ComponentId,
    pub(crate) section: Section,
}

/// A graph that does not come to life. Prints as the document's other problems do: path, reason, line and column.
#[derive(Debug, thiserror::Error)]
pub enum GraphError {
    /// A component could not be built.
    #[error("{}", place.issue(&reason.at, &format!("failed to build {place}: {reason}")))]
    Build {
        /// The component.
        place: Box<Place>,
        /// What it said.
        reason: BuildError,
    },
    /// A component could not start.
    #[error("{}", place.issue(&reason.at, &format!("failed to start {place}: {reason}")))]
    Start {
        /// The component.
        place: Box<Place>,
        /// What it said.
        reason: StartError,
    },
    /// A component panicked over it.
    #[error("a component cannot be built or started: {0}")]
    Panic(Panic),
}

impl Place {
    /// The section's validator knows where its keys stand in the text.
    fn issue(&self, at: &str, message: &str) -> Issue {
        let mut issues = Issues::new();
        self.section.validator(&mut issues).error(at, message);
        issues.iter().next().cloned().unwrap_or_else(|| Issue::error(self.section.path().clone(), message))
    }
}

/// `"otlp/in" receiver`, the Collector's way to name a component in errors.
impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "\"{}\" {}", self.id, self.kind.word())
    }
}
