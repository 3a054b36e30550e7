//! A running graph and its ordered end.

use std::time::Duration;

use agent_component::Kind;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::task::TaskTracker;
use tracing::{debug, warn};

use super::Failure;
use super::task::Task;

/// A graph whose components run. Dropping it ends nothing: stop it.
pub struct Running {
    pub(super) tracker: TaskTracker,
    pub(super) receivers: Vec<Task>,
    /// In data order.
    pub(super) stages: Vec<Task>,
    pub(super) extensions: Vec<Task>,
    pub(super) failures: mpsc::Receiver<Failure>,
}

/// How a graph ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StopReport {
    /// Components that did not finish in their time, as `"otlphttp" exporter`; what they held is lost.
    pub aborted: Vec<String>,
}

impl Running {
    /// Waits for a component that ends on its own; the caller then stops the graph.
    ///
    /// Never resolves while all run. Cancel safe.
    pub async fn failure(&mut self) -> Failure {
        match self.failures.recv().await {
            Some(failure) => failure,
            None => std::future::pending().await,
        }
    }

    /// Stops in data order: receivers together, each stage, exporters together, the extensions, all within `grace`.
    ///
    /// A step may use half of what remains of `grace`, the exporters all of it, so that a hanging client cannot take
    /// the time in which what is held should reach the wire. A step that does not finish is aborted and reported.
    pub async fn stop(mut self, grace: Duration) -> StopReport {
        let end = Instant::now() + grace;
        let mut report = StopReport::default();
        self.receivers.iter().for_each(Task::ask_to_stop);
        let deadline = share(end);
        for receiver in &mut self.receivers {
            finish(receiver, deadline, &mut report).await;
        }
        // Exporters come last and do not depend on each other: they are asked together and have all that is left.
        let exporters = self.stages.iter().position(|stage| stage.place.kind == Kind::Exporter);
        let exporters = self.stages.split_off(exporters.unwrap_or(self.stages.len()));
        for stage in &mut self.stages {
            stage.ask_to_stop();
            finish(stage, share(end), &mut report).await;
        }
        exporters.iter().for_each(Task::ask_to_stop);
        for mut exporter in exporters {
            finish(&mut exporter, end, &mut report).await;
        }
        self.extensions.iter().for_each(Task::ask_to_stop);
        for extension in &mut self.extensions {
            finish(extension, end.max(Instant::now() + EXTENSION_GRACE), &mut report).await;
        }
        debug!(tasks = self.tracker.len(), "pipelines stopped");
        report
    }
}

/// Extensions hold no data and answer until the end; this is for those that get none of the grace period.
const EXTENSION_GRACE: Duration = Duration::from_millis(200);

/// Half of what remains until `end`.
fn share(end: Instant) -> Instant {
    let now = Instant::now();
    now + end.saturating_duration_since(now) / 2
}

async fn finish(task: &mut Task, deadline: Instant, report: &mut StopReport) {
    if !task.finish(deadline).await {
        let name = task.place.to_string();
        warn!(component = name, "did not stop in its share of the grace period and was aborted");
        report.aborted.push(name);
    }
}
