//! A built graph and its life: build, start, run, mend, swap, stop.

mod build;
mod door;
mod ending;
mod mend;
mod repairs;
mod running;
mod start;
mod swap;
mod task;

use std::collections::HashMap;
use std::sync::Arc;

use agent_component::{Consumer, Extension, Holder, Host, Next, Outputs, Processor, Receiver};

use crate::defects::Defects;
use crate::error::Place;
use crate::plan::{Layout, Node, Plan};
use door::Door;

pub use ending::StopReport;
pub use repairs::Failing;
pub use running::Running;

/// Every component of a plan, connected; those that are new have not started and no socket of theirs is open.
///
/// Built beside a running graph it shares with it every component that stays the same.
pub struct Graph {
    origin: Origin,
    layout: Layout,
    extensions: Vec<Part<Arc<dyn Extension>>>,
    receivers: Vec<Part<ReceiverPart>>,
    /// Everything that may hold data, in data order: what comes first is stopped first.
    stages: Vec<Part<Stage>>,
    inline: HashMap<Node, Arc<dyn Processor>>,
    /// The edges of components that stay, and where they lead from now on.
    switches: Vec<(Next, Option<Arc<dyn Consumer>>)>,
}

/// What a graph is made from, to make parts of it anew.
#[derive(Clone)]
struct Origin {
    plan: Plan,
    host: Arc<Host>,
}

/// A component of a graph that does not run yet, or that runs on.
struct Part<T> {
    node: Node,
    place: Place,
    defects: Defects,
    /// It runs already, in the graph that this one was built beside.
    kept: bool,
    it: T,
}

/// Something with a place in the stop order, and the edges behind it.
#[derive(Clone)]
struct Stage {
    holder: Arc<dyn Holder>,
    outputs: Vec<Next>,
    door: Arc<Door>,
}

struct ReceiverPart {
    outputs: Outputs,
    /// `None` when it is kept.
    fresh: Option<Box<dyn Receiver>>,
}

impl std::fmt::Debug for Graph {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Graph")
            .field("receivers", &self.receivers.len())
            .field("stages", &self.stages.len())
            .field("extensions", &self.extensions.len())
            .finish_non_exhaustive()
    }
}
