//! Exchanging what differs between a running graph and a plan, without touching the rest.
//!
//! ```text
//! build what is new -> start it -> spawn stages -> switch edges -> spawn receivers -> drain what is old
//!        `---- fails: nothing was touched ----'     `------------- cannot fail -----------'
//! ```
//!
//! Each edge is switched between two calls. For some microseconds a batch may meet the new part of one edge and the old
//! part of another; all of them run, so it reaches the wire either way. Old components are drained on a task of their
//! own while the new graph works.

use std::sync::Arc;

use agent_component::{BoxFuture, Consumer, Host, Life, Next, Outputs, RunError, caught, caught_call};

use super::door::Door;
use super::running::{Live, Parts};
use super::{Graph, Part, ReceiverPart, Running, Stage};
use crate::error::GraphError;
use crate::plan::{Difference, Plan};

impl Running {
    /// Makes `plan` what runs. What is the same goes on with its sockets, connections and data; what changed is
    /// exchanged; what is gone is drained. All of it or, on an error, nothing.
    ///
    /// Returns when the new graph works. The old components may go on draining for a while after it.
    ///
    /// # Errors
    /// A new component could not be built or started; the running graph has not been touched.
    pub async fn swap(&mut self, plan: &Plan, host: &Arc<Host>) -> Result<Difference, GraphError> {
        let started = async {
            let mut graph = plan.build_beside(Some(self), None, host)?;
            graph.start_new().await.map(|()| graph)
        };
        let graph = caught(started).await.map_err(GraphError::Panic)??;
        let difference = Difference::of(self.layout(), &graph.layout);
        self.take_over(graph);
        // One that was edited has another chance; one that fails and was not edited goes on failing.
        self.repairs.retain(|node| difference.keeps(node));
        Ok(difference)
    }

    /// Spawns what is new, leads the data there, and starts draining what is old.
    pub(super) fn take_over(&mut self, graph: Graph) {
        let Graph { origin, layout, extensions, receivers, stages, inline, switches } = graph;
        self.origin = Some(origin);
        let mut old = std::mem::take(&mut self.parts);
        let extensions = extensions.into_iter().map(|part| {
            self.placed(&mut old.extensions, part, None, |extension, life| Arc::clone(extension).run(life))
        });
        let extensions = extensions.collect();
        // From the wire back, so that data finds everything behind it running.
        let stages = stages.into_iter().rev().map(|part| {
            let door = Some(Arc::clone(&part.it.door));
            self.placed(&mut old.stages, part, door, |stage, life| Arc::clone(&stage.holder).run(life))
        });
        let mut stages: Vec<_> = stages.collect();
        stages.reverse();
        name_successors(&old.stages, &stages);
        for stage in &old.stages {
            stage.it.holder.retire(self.ending.clone());
        }
        for stage in &mut old.stages {
            self.revive(stage);
        }
        let retired = switches.into_iter().map(|(edge, consumer)| edge.switch(consumer)).collect();
        let receivers = receivers.into_iter();
        let receivers = receivers.filter_map(|part| self.placed_receiver(&mut old.receivers, part));
        let receivers = receivers.collect();
        self.parts = Parts { layout, extensions, receivers, stages, inline };
        self.drain(old, retired);
    }

    /// The running component, taken from the old graph, or a new one, spawned.
    fn placed<T>(
        &self,
        old: &mut Vec<Live<T>>,
        part: Part<T>,
        door: Option<Arc<Door>>,
        run: impl FnOnce(&T, Life) -> BoxFuture<'static, Result<(), RunError>>,
    ) -> Live<T> {
        if let Some(live) = taken(old, &part) {
            return live;
        }
        let task = self.spawner().spawn(part.place, &part.defects, door, |life| run(&part.it, life));
        Live { node: part.node, it: part.it, defects: part.defects, task }
    }

    fn placed_receiver(
        &self,
        old: &mut Vec<Live<Outputs>>,
        part: Part<ReceiverPart>,
    ) -> Option<Live<Outputs>> {
        if let Some(live) = taken(old, &part) {
            return Some(live);
        }
        let Part { node, place, defects, it: ReceiverPart { outputs, fresh }, .. } = part;
        let edges = outputs.clone();
        let fresh = fresh?;
        let task = self.spawner().spawn(place, &defects, None, |life| fresh.run(edges, life));
        Some(Live { node, it: outputs, defects, task })
    }
}

/// Takes a kept component out of the old graph, in its new place in the document.
fn taken<T, P>(old: &mut Vec<Live<T>>, part: &Part<P>) -> Option<Live<T>> {
    let found = part.kept.then(|| old.iter().position(|live| live.node == part.node)).flatten()?;
    let mut live = old.remove(found);
    live.task.place = part.place.clone();
    Some(live)
}

/// Tells every stage that is exchanged who follows it.
fn name_successors(old: &[Live<Stage>], new: &[Live<Stage>]) {
    for stage in old {
        if let Some(successor) = new.iter().find(|successor| successor.node == stage.node) {
            let consumer: Arc<dyn Consumer> = Arc::<Door>::clone(&successor.it.door);
            let next = Next::new(Arc::clone(&consumer));
            if let Err(panic) = caught_call(|| stage.it.holder.hand_over(next)) {
                stage.defects.panicked();
                tracing::error!("{} does not hand over what it holds: {panic}", stage.defects.name());
            }
            stage.it.door.lead_to(consumer);
        }
    }
}
