//! From trees to programs, and programs over batches.

mod choice;
mod compile;
mod expr;
mod group;
mod infer;
mod logic;
mod path;
mod resolve;
mod run;

#[cfg(test)]
mod tests;

pub use choice::Choice;
pub use group::{Conditions, Failure, OnFailure, Phase, Program, Stopped};

pub(crate) use path::PathExpr;
