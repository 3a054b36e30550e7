//! Starting: every component takes what it needs of the world, and only when all could, tasks are spawned.

use agent_component::{Life, StartError};
use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;

use super::task::Spawner;
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
        for (place, extension) in &self.extensions {
            extension.start().await.map_err(failed(place))?;
        }
        for (place, stage) in self.stages.iter().rev() {
            stage.start().await.map_err(failed(place))?;
        }
        for (place, receiver, _) in &mut self.receivers {
            receiver.start().await.map_err(failed(place))?;
        }
        Ok(self.spawn(life))
    }

    fn spawn(self, life: &Life) -> Running {
        let tracker = TaskTracker::new();
        let (sender, failures) = mpsc::channel(8);
        let spawner = Spawner { tracker: &tracker, parent: life, failures: sender };
        let extensions = self
            .extensions
            .into_iter()
            .map(|(place, extension)| spawner.spawn(place, |life| extension.run(life)));
        let extensions = extensions.collect();
        let mut stages: Vec<_> = self
            .stages
            .into_iter()
            .rev()
            .map(|(place, stage)| spawner.spawn(place, |life| stage.run(life)))
            .collect();
        stages.reverse();
        let receivers = self.receivers.into_iter();
        let receivers = receivers
            .map(|(place, receiver, outputs)| spawner.spawn(place, |life| receiver.run(outputs, life)));
        let receivers = receivers.collect();
        drop(spawner);
        tracker.close();
        Running { tracker, receivers, stages, extensions, failures }
    }
}

fn failed(place: &Place) -> impl FnOnce(StartError) -> GraphError {
    let place = Box::new(place.clone());
    move |reason| GraphError::Start { place, reason }
}
