//! The pipeline graph: from a document and a table of components to running pipelines, and back to silence.
//!
//! ```text
//! Document + Components --plan--> Plan --build--> Graph --start--> Running --stop--> StopReport
//!                                   `-----------------swap-----------^
//! ```
//!
//! * [`plan`] judges: types, signals, connectors, cycles; pure, all problems at once. Whoever holds a [`Plan`]
//!   holds something that can be built.
//! * [`Plan::build`] makes every component, from the wire back, and touches no socket.
//! * [`Plan::try_out`] tells what each processor makes of some data, with no receiver and no exporter.
//! * [`Graph::start`] lets every component take what it needs of the world, wire first, receivers last; only when
//!   all could, tasks are spawned. A configuration is thus accepted or refused as a whole.
//! * [`Running::swap`] exchanges what differs between a running graph and another plan, without touching the rest; what
//!   it would do is [`Difference::between`] two plans.
//! * [`Running::mend`] starts anew what ended by an error or a panic, as a swap of that component for itself; a panic in a
//!   call between components ends that call.
//! * [`Running::stop`] stops stage by stage, source first, so that what is held travels on to the wire.
//!
//! It knows no concrete component. Edges between stages are [`agent_component::Next`]s, which can be switched while
//! both ends run: that is how a pipeline is exchanged under running receivers and queues.
//!
//! What goes into every processor and comes out of it is counted here, in the process's
//! [`Metrics`](agent_telemetry::Metrics); what is lost or refused inside a component only that component can know.

mod chain;
mod counting;
mod defects;
mod error;
mod graph;
mod plan;
mod trial;

pub use error::{GraphError, Place};
pub use graph::{Failing, Graph, Running, StopReport};
pub use plan::{Difference, Effect, Plan, plan};
pub use trial::Tried;
