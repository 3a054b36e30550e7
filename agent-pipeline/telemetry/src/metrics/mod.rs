//! The agent's own metrics: what components count, and who reads it.
//!
//! Made with the OpenTelemetry SDK, but nobody outside sees it and the data path does not pay for it: components add to
//! relaxed atomics, and the SDK asks for them when a reader collects. There is one [`Metrics`] for the life of the
//! process, handed on and never global. Counters stay in it, by name and attributes, over all configurations; readers
//! come and go with them.
//!
//! | part | promise |
//! |---|---|
//! | [`Metrics::receiver`] and its sisters | small structs of counters under the Collector's names and labels; cumulative over replaced components |
//! | [`Metrics::queue`] | a gauge, asked at collection, gone with its [`Registration`] |
//! | [`Metrics::reloaded`] | what became of configurations |
//! | [`Metrics::configure`] | readers as `service::telemetry` says, all or none, then [`Change::apply`] |
//! | [`Metrics::run`] | their tasks, owned and joined |
//!
//! A counter has at most 1000 series, any other metric 200; then counters whose components are gone make room, and if there are none what is
//! new is counted together as `otel.metric.overflow`.

mod components;
mod configure;
mod error;
mod process;
mod prometheus;
mod push;
mod registry;
mod reloads;
mod resource;
mod run;
mod source;
mod table;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::watch;

pub use components::{
    BatchCounts, ComponentKind, Defects, ExporterCounts, LimiterCounts, ProcessorCounts, ReceiverCounts,
    ScraperCounts,
};
pub use configure::Change;
pub use error::MetricsError;
pub use registry::{Counter, Histogram, Registration};
pub use reloads::Reload;

use configure::Readers;
use registry::Registry;
use reloads::Reloads;
use resource::Identity;

/// The metrics of the process. Clones are handles of the same.
#[derive(Clone)]
pub struct Metrics(Arc<Inner>);

struct Inner {
    registry: Arc<Registry>,
    reloads: Reloads,
    identity: Identity,
    readers: watch::Sender<Readers>,
    _process: Registration,
}

impl Default for Metrics {
    /// Metrics that nobody reads yet. Make one for the process: it counts from here on.
    fn default() -> Self {
        let registry = Arc::new(Registry::default());
        Self(Arc::new(Inner {
            reloads: Reloads::new(&registry),
            identity: Identity::new(),
            readers: watch::Sender::default(),
            _process: process::register(&registry, Instant::now()),
            registry,
        }))
    }
}

impl Metrics {
    /// Where Prometheus finds the metrics, with the real ports.
    pub fn endpoints(&self) -> Vec<SocketAddr> {
        self.readers().borrow().endpoints().filter_map(|endpoint| endpoint.socket.local_addr().ok()).collect()
    }

    fn registry(&self) -> &Arc<Registry> {
        &self.0.registry
    }

    fn reloads(&self) -> &Reloads {
        &self.0.reloads
    }

    fn identity(&self) -> &Identity {
        &self.0.identity
    }

    fn readers(&self) -> &watch::Sender<Readers> {
        &self.0.readers
    }

    /// That of the workspace: all crates have it.
    #[expect(clippy::unused_self, reason = "a property of the agent, wherever it comes from")]
    fn version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Metrics").field("readers", &*self.readers().borrow()).finish_non_exhaustive()
    }
}
