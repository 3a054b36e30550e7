//! Starting: every new component takes what it needs of the world, and only when all could, tasks are spawned.

use agent_component::{Life, StartError, caught};

use super::{Graph, Running};
use crate::error::{GraphError, Place};

impl Graph {
    /// Brings the graph to life: extensions, then stages from the wire back, then receivers.
    ///
    /// A component that cannot start leaves nothing behind: dropping the others closes what they opened.
    /// `life.abort` ends everything at once; the graph is stopped through [`Running::stop`], not through `life.stop`.
    ///
    /// # Errors
    /// The first component that could not start, with its place in the document.
    pub async fn start(mut self, life: &Life) -> Result<Running, GraphError> {
        caught(self.start_new()).await.map_err(GraphError::Panic)??;
        let mut running = Running::idle(life);
        running.take_over(self);
        Ok(running)
    }

    /// Starts the components that do not run yet.
    pub(super) async fn start_new(&mut self) -> Result<(), GraphError> {
        for extension in self.extensions.iter().filter(|extension| !extension.kept) {
            extension.it.start().await.map_err(failed(&extension.place))?;
        }
        for stage in self.stages.iter().rev().filter(|stage| !stage.kept) {
            stage.it.holder.start().await.map_err(failed(&stage.place))?;
        }
        for receiver in &mut self.receivers {
            if let Some(fresh) = &mut receiver.it.fresh {
                fresh.start().await.map_err(failed(&receiver.place))?;
            }
        }
        Ok(())
    }
}

fn failed(place: &Place) -> impl FnOnce(StartError) -> GraphError {
    let place = Box::new(place.clone());
    move |reason| GraphError::Start { place, reason }
}
