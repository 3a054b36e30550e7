//! From trees to programs, and programs over batches.

mod choice;
mod compile;
mod error_mode;
mod expr;
mod group;
mod infer;
mod item;
mod logic;
mod path;
mod resolve;
mod run;
mod statement;

#[cfg(test)]
mod tests;

pub use choice::Choice;
pub use error_mode::ErrorMode;
pub use group::{Conditions, Failure, OnFailure, Phase, Program, Stopped};

pub(crate) use expr::ArgExpr;
pub(crate) use path::PathExpr;
