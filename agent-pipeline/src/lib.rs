#![doc = include_str!("../README.md")]

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
