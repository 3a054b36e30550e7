//! Starting anew what ended on its own: a swap in which one component counts as changed.
//!
//! It is built from the settings that run, edges are switched, and what its predecessor still holds is passed on:
//! [`Holder::run`](agent_component::Holder::run) is called once more for that. What a receiver or an inline call had in its hands
//! when it panicked was never acknowledged.

use std::sync::Arc;

use agent_component::{Holder, caught};
use tokio::time::{Instant, sleep_until};
use tracing::{error, info};

use super::running::Live;
use super::{Failing, Running, Stage};
use crate::error::GraphError;
use crate::plan::Node;

impl Running {
    /// Waits until there is something to mend: a component ended on its own, or the time of its next start has come.
    ///
    /// Never resolves while all run. Cancel safe.
    pub async fn trouble(&self) {
        let due = async {
            match self.repairs.due() {
                Some(due) => sleep_until(due).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = self.trouble.notified() => {}
            () = due => {}
        }
    }

    /// Takes note of components that ended, and starts those anew whose time has come. Dropped before its end it has done
    /// a part of that, and the rest can be done later.
    pub async fn mend(&mut self) {
        self.note_failures();
        while let Some(node) = self.repairs.take_due(Instant::now()) {
            self.of(&node).for_each(|(_, _, defects)| defects.restarts());
            match self.restart(&node).await {
                Ok(()) => {
                    info!("{node} was started anew");
                    self.repairs.restarted(&node, Instant::now());
                }
                Err(reason) => {
                    error!("{node} could not be started anew: {reason}");
                    self.repairs.put_off(&node, &reason.to_string());
                }
            }
        }
    }

    /// The components that do not run as they should.
    pub fn failing(&self) -> Vec<Failing> {
        self.repairs.list(Instant::now())
    }

    /// Starts at once what waits for its next start.
    pub fn hurry_repairs(&mut self) {
        self.repairs.hurry(Instant::now());
    }

    fn note_failures(&mut self) {
        let now = Instant::now();
        let failed =
            self.parts.all().filter_map(|(node, task, defects)| Some((node, task.failure()?, defects)));
        let failed: Vec<_> = failed
            .map(|(node, reason, defects)| (node.clone(), reason.to_string(), defects.clone()))
            .collect();
        for (node, reason, defects) in failed {
            if self.repairs.note(&node, reason.clone(), now) {
                error!("{} failed: {reason}", defects.name());
            }
        }
    }

    async fn restart(&mut self, node: &Node) -> Result<(), GraphError> {
        let Some(origin) = self.origin.clone() else { return Ok(()) };
        let started = async {
            let mut graph = origin.plan.build_beside(Some(self), Some(node), &origin.host)?;
            graph.start_new().await.map(|()| graph)
        };
        let graph = caught(started).await.map_err(GraphError::Panic)??;
        self.take_over(graph);
        Ok(())
    }

    /// Runs a holder that ended on its own once more, to pass on what it holds.
    pub(super) fn revive(&self, live: &mut Live<Stage>) {
        if live.task.failure().is_none() {
            return;
        }
        live.it.door.open();
        let (holder, door) = (Arc::clone(&live.it.holder), Arc::clone(&live.it.door));
        live.task = self
            .spawner()
            .spawn(live.task.place.clone(), &live.defects, Some(door), |life| Holder::run(holder, life));
    }
}
