#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod context;
mod error;
mod function;
pub mod pattern;
mod program;
mod syntax;
mod text;
mod value;

pub use context::{Context, UnknownContext};
pub use error::{EvalError, ParseError, Source};
pub use function::{Example, FunctionInfo, functions};
pub use program::{Choice, Conditions, Failure, OnFailure, Phase, Program, Stopped};
