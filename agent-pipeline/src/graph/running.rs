//! A running graph: its components, what is still being drained from before the last swaps, and its end.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use agent_component::{Extension, Life, Outputs, Processor, Retired};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::debug;

use super::ending::{Deadline, End, Ending, StopReport};
use super::repairs::Repairs;
use super::task::{Spawner, Task};
use super::{Origin, Stage};
use crate::defects::Defects;
use crate::plan::{Layout, Node};

/// How long what a swap replaced may take to drain: as long as the Collector tries to send a batch by default
/// (`retry_on_failure::max_elapsed_time`, v0.145.0), after which data that cannot be sent is given up anyway.
const DRAIN: Duration = Duration::from_mins(5);
/// Swaps whose old components may drain at once. One more, and the oldest is hurried.
const MOST_DRAINS: usize = 16;

/// A graph whose components run. Dropping it ends nothing: stop it.
pub struct Running {
    life: Life,
    /// Cancelled when the graph or the process begins to stop: what is on disk stays there from then on.
    pub(super) ending: CancellationToken,
    tracker: TaskTracker,
    /// Told when a component ends on its own.
    pub(super) trouble: Arc<Notify>,
    pub(super) repairs: Repairs,
    /// `None` while it is idle.
    pub(super) origin: Option<Origin>,
    pub(super) parts: Parts,
    /// The oldest first.
    drains: Vec<Drain>,
}

/// The components of a running graph.
#[derive(Default)]
pub(super) struct Parts {
    pub(super) layout: Layout,
    pub(super) extensions: Vec<Live<Arc<dyn Extension>>>,
    pub(super) receivers: Vec<Live<Outputs>>,
    /// In data order.
    pub(super) stages: Vec<Live<Stage>>,
    pub(super) inline: HashMap<Node, Arc<dyn Processor>>,
}

/// A component that runs.
pub(super) struct Live<T> {
    pub(super) node: Node,
    pub(super) it: T,
    pub(super) defects: Defects,
    pub(super) task: Task,
}

/// The end of what a swap replaced.
struct Drain {
    end: End,
    task: JoinHandle<StopReport>,
}

impl Running {
    /// Nothing yet: a graph without components, for [`Running::swap`] to fill.
    pub fn idle(life: &Life) -> Self {
        Self {
            life: life.clone(),
            ending: life.stop.child_token(),
            tracker: TaskTracker::new(),
            trouble: Arc::default(),
            repairs: Repairs::default(),
            origin: None,
            parts: Parts::default(),
            drains: Vec::new(),
        }
    }

    /// Stops in data order: receivers together, each stage, exporters together, the extensions, all within `grace`.
    ///
    /// A step may use half of what remains of `grace`, the exporters all of it, so that a hanging client cannot take
    /// the time in which what is held should reach the wire. A step that does not finish is aborted and reported. What
    /// earlier swaps left draining ends first, as it may still pass data on to components of this graph.
    pub async fn stop(mut self, grace: Duration) -> StopReport {
        let mut stages = std::mem::take(&mut self.parts.stages);
        for stage in &mut stages {
            self.revive(stage);
        }
        self.parts.stages = stages;
        self.ending.cancel();
        let (_, deadline) = Deadline::at(Instant::now() + grace);
        self.parts.receivers.iter().for_each(|receiver| receiver.task.ask_to_stop());
        let mut report = StopReport::default();
        for drain in &self.drains {
            drain.end.hurry(Instant::now() + grace / 2);
        }
        for drain in self.drains {
            report.aborted.extend(drain.task.await.unwrap_or_default().aborted);
        }
        let rest = ending(self.parts, Vec::new());
        rest.retire();
        let rest = rest.run(deadline).await;
        report.aborted.extend(rest.aborted);
        debug!(tasks = self.tracker.len(), "pipelines stopped");
        report
    }

    /// How many swaps have left something that still drains.
    pub fn draining(&self) -> usize {
        self.drains.iter().filter(|drain| !drain.task.is_finished()).count()
    }

    pub(super) fn drain(&mut self, old: Parts, retired: Vec<Retired>) {
        let ending = ending(old, retired);
        if ending.is_empty() {
            return;
        }
        ending.retire();
        self.drains.retain(|drain| !drain.task.is_finished());
        if let (Some(oldest), true) = (self.drains.first(), self.drains.len() >= MOST_DRAINS) {
            oldest.end.hurry(Instant::now());
        }
        let (end, deadline) = Deadline::at(Instant::now() + DRAIN);
        let task = self.tracker.spawn(ending.run(deadline));
        self.drains.push(Drain { end, task });
    }

    /// What runs of a component.
    pub(super) fn of<'a>(
        &'a self,
        node: &'a Node,
    ) -> impl Iterator<Item = (&'a Node, &'a Task, &'a Defects)> {
        self.parts.all().filter(move |(of, ..)| *of == node)
    }

    pub(super) fn spawner(&self) -> Spawner<'_> {
        Spawner { tracker: &self.tracker, parent: &self.life, trouble: &self.trouble }
    }

    pub(super) fn layout(&self) -> &Layout {
        &self.parts.layout
    }

    pub(super) fn stage(&self, node: &Node) -> Option<Stage> {
        self.parts.stages.iter().find(|live| live.node == *node).map(|live| live.it.clone())
    }

    pub(super) fn inline(&self, node: &Node) -> Option<Arc<dyn Processor>> {
        self.parts.inline.get(node).cloned()
    }

    pub(super) fn outputs(&self, node: &Node) -> Option<Outputs> {
        self.parts.receivers.iter().find(|live| live.node == *node).map(|live| live.it.clone())
    }

    pub(super) fn extension(&self, node: &Node) -> Option<Arc<dyn Extension>> {
        self.parts.extensions.iter().find(|live| live.node == *node).map(|live| Arc::clone(&live.it))
    }
}

impl Parts {
    /// Every component that has a task.
    pub(super) fn all(&self) -> impl Iterator<Item = (&Node, &Task, &Defects)> {
        let extensions = self.extensions.iter().map(Live::parts);
        extensions.chain(self.receivers.iter().map(Live::parts)).chain(self.stages.iter().map(Live::parts))
    }
}

impl<T> Live<T> {
    fn parts(&self) -> (&Node, &Task, &Defects) {
        (&self.node, &self.task, &self.defects)
    }
}

fn ending(parts: Parts, retired: Vec<Retired>) -> Ending {
    Ending {
        receivers: tasks(parts.receivers),
        retired,
        stages: tasks(parts.stages),
        extensions: tasks(parts.extensions),
    }
}

fn tasks<T>(live: Vec<Live<T>>) -> Vec<Task> {
    live.into_iter().map(|live| live.task).collect()
}
