//! A built graph and its life: build, start, run, stop.

mod build;
mod running;
mod start;
mod task;

use std::sync::Arc;

use agent_component::{Extension, Holder, Outputs, Receiver};

use crate::error::Place;

pub use running::{Running, StopReport};
pub use task::Failure;

type ExtensionPart = (Place, Arc<dyn Extension>);
type ReceiverPart = (Place, Box<dyn Receiver>, Outputs);
type StagePart = (Place, Arc<dyn Holder>);

/// Every component of a plan, built and connected; nothing runs and no socket is open yet.
pub struct Graph {
    extensions: Vec<ExtensionPart>,
    receivers: Vec<ReceiverPart>,
    /// Everything that may hold data, in data order: what comes first is stopped first.
    stages: Vec<StagePart>,
}

impl std::fmt::Debug for Graph {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Graph")
            .field("receivers", &self.receivers.len())
            .field("stages", &self.stages.len())
            .field("extensions", &self.extensions.len())
            .finish()
    }
}
