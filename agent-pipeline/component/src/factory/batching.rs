//! What a `batch` processor does, in words that a queue on disk behind it can act on.
//!
//! A processor that gathers holds data in memory. Where everything behind it keeps data on disk anyway, the graph leaves the
//! processor out and lets the exporters gather what they read back: then what is gathered is on disk too.

use std::time::Duration;

use agent_config::ComponentId;
use agent_otlp::Signal;

/// How batches are made of what comes, if that is all that a processor does.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Batching {
    /// A batch with so many items leaves without waiting; at least 1.
    pub due: usize,
    /// None leaves with more items; 0 for no bound, else at least `due`.
    pub max: usize,
    /// The longest that an item waits for company.
    pub timeout: Duration,
    /// Clients are kept apart by their metadata, which nothing on disk does.
    pub by_client: bool,
}

/// A processor whose work an exporter does for one of its signals.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Folded {
    /// Its id, which its metrics go on under.
    pub processor: ComponentId,
    /// The signal.
    pub signal: Signal,
    /// What it does.
    pub batching: Batching,
}
