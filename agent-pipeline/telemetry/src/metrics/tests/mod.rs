//! The metrics as others see them: over real sockets, read by a parser of their own.

mod counting;
mod endpoint;
mod pushing;
mod readers;
mod scrape;

use std::net::SocketAddr;
use std::time::Duration;

use agent_config::document::ServiceTelemetry;
use agent_config::{ComponentId, Document, MapEnvironment};
use agent_otlp::Signal;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{Metrics, MetricsError};
use scrape::Scrape;

/// A reader on a port that the kernel chooses, with the Collector's default switches.
const DEFAULT_SWITCHES: &str =
    "{metrics: {readers: [{pull: {exporter: {prometheus: {host: 127.0.0.1, port: 0,
    without_scope_info: true, without_units: true, without_type_suffix: true,
    with_resource_constant_labels: {included: []}}}}}]}}";

/// Decodes a `service::telemetry` section.
fn telemetry(section: &str) -> ServiceTelemetry {
    let text = format!(
        "receivers: {{a: }}\nexporters: {{b: }}\nservice:\n  telemetry: {section}\n  pipelines: {{logs: {{receivers: [a], exporters: [b]}}}}\n"
    );
    let (document, issues) = Document::parse(&text, &MapEnvironment::new());
    assert!(!issues.has_errors(), "{issues}");
    document.expect("a document").service.telemetry
}

fn id(text: &str) -> ComponentId {
    text.parse().expect("an id")
}

/// Metrics whose readers run until they are asked to stop.
struct Running {
    metrics: Metrics,
    stop: CancellationToken,
    task: JoinSet<()>,
}

impl Running {
    fn new() -> Self {
        let (metrics, stop) = (Metrics::default(), CancellationToken::new());
        let task = JoinSet::from_iter([metrics.clone().run(stop.clone())]);
        Self { metrics, stop, task }
    }

    fn with(section: &str) -> Self {
        let running = Self::new();
        running.configure(section).expect("the readers can be made");
        running
    }

    fn configure(&self, section: &str) -> Result<(), MetricsError> {
        self.metrics.configure(&telemetry(section)).map(super::Change::apply)
    }

    fn address(&self) -> SocketAddr {
        self.metrics.endpoints()[0]
    }

    async fn scrape(&self) -> Scrape {
        Scrape::of(self.address()).await
    }

    /// Stops and waits for every task.
    async fn stop(self) {
        self.stop.cancel();
        let joined = tokio::time::timeout(Duration::from_secs(10), self.task.join_all()).await;
        joined.expect("every task ends");
    }
}
