//! The ordered end of components: of a whole graph, or of those that a swap replaced.

use std::time::Duration;

use agent_component::{Kind, Retired};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};
use tracing::warn;

use super::task::Task;

/// Components that are to end. They end in this order.
pub(super) struct Ending {
    pub(super) receivers: Vec<Task>,
    /// Calls from components that stay into those that end.
    pub(super) retired: Vec<Retired>,
    /// In data order.
    pub(super) stages: Vec<Task>,
    pub(super) extensions: Vec<Task>,
}

/// How components ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StopReport {
    /// Components that did not finish in their time, as `"otlphttp" exporter`; what they held is lost.
    pub aborted: Vec<String>,
}

impl Ending {
    pub(super) fn is_empty(&self) -> bool {
        self.receivers.is_empty() && self.stages.is_empty() && self.extensions.is_empty()
    }

    /// From here on a failure among these is no failure of the graph.
    pub(super) fn retire(&self) {
        self.receivers.iter().chain(&self.stages).chain(&self.extensions).for_each(Task::retire);
    }

    /// Ends all, by `deadline` at the latest. A step may use half of what remains, the exporters all of it.
    pub(super) async fn run(mut self, deadline: Deadline) -> StopReport {
        let mut report = StopReport::default();
        self.receivers.iter().for_each(Task::ask_to_stop);
        let limit = deadline.half();
        for receiver in &mut self.receivers {
            finish(receiver, &limit, &mut report).await;
        }
        let limit = deadline.half();
        for retired in &mut self.retired {
            tokio::select! {
                () = retired.wait() => {}
                () = limit.passed() => break,
            }
        }
        // Exporters come last and do not depend on each other: they are asked together and have all that is left.
        let exporters = self.stages.iter().position(|stage| stage.place.kind == Kind::Exporter);
        let exporters = self.stages.split_off(exporters.unwrap_or(self.stages.len()));
        for stage in &mut self.stages {
            stage.ask_to_stop();
            finish(stage, &deadline.half(), &mut report).await;
        }
        exporters.iter().for_each(Task::ask_to_stop);
        for mut exporter in exporters {
            finish(&mut exporter, &deadline.whole(), &mut report).await;
        }
        self.extensions.iter().for_each(Task::ask_to_stop);
        let limit = deadline.at_least(EXTENSION_GRACE);
        for extension in &mut self.extensions {
            finish(extension, &limit, &mut report).await;
        }
        report
    }
}

/// Extensions hold no data and answer until the end; this is for those that get none of the grace period.
const EXTENSION_GRACE: Duration = Duration::from_millis(200);

async fn finish(task: &mut Task, limit: &Limit, report: &mut StopReport) {
    if !task.finish(limit).await {
        let name = task.place.to_string();
        warn!(component = name, "did not stop in its share of the grace period and was aborted");
        report.aborted.push(name);
    }
}

/// A point in time that may be moved nearer while it is waited for.
#[derive(Clone)]
pub(super) struct Deadline(watch::Receiver<Instant>);

/// The one who can move a [`Deadline`].
pub(super) struct End(watch::Sender<Instant>);

/// A part of what remains until a [`Deadline`], counted from when it was made.
pub(super) struct Limit {
    deadline: Deadline,
    since: Instant,
    /// Of what remains; 1 is all of it.
    share: u32,
    least: Duration,
}

impl Deadline {
    pub(super) fn at(instant: Instant) -> (End, Self) {
        let (sender, receiver) = watch::channel(instant);
        (End(sender), Self(receiver))
    }

    fn half(&self) -> Limit {
        Limit { share: 2, ..self.whole() }
    }

    fn whole(&self) -> Limit {
        Limit { deadline: self.clone(), since: Instant::now(), share: 1, least: Duration::ZERO }
    }

    fn at_least(&self, least: Duration) -> Limit {
        Limit { least, ..self.whole() }
    }
}

impl End {
    /// Moves the deadline nearer; never further away.
    pub(super) fn hurry(&self, instant: Instant) {
        self.0.send_if_modified(|end| {
            let nearer = instant < *end;
            *end = instant.min(*end);
            nearer
        });
    }
}

impl Limit {
    /// Waits until it is over.
    pub(super) async fn passed(&self) {
        let mut end = self.deadline.0.clone();
        loop {
            let left = end.borrow_and_update().saturating_duration_since(self.since) / self.share;
            let moved = async {
                if end.changed().await.is_err() {
                    std::future::pending::<()>().await;
                }
            };
            tokio::select! {
                () = sleep_until(self.since + left.max(self.least)) => return,
                () = moved => {}
            }
        }
    }
}
