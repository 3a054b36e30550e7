#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod aggregate;
mod context;
mod error;
mod function;
pub mod identity;
pub mod pattern;
mod program;
mod syntax;
mod text;
mod value;

pub use context::{Context, UnknownContext};
pub use error::{EvalError, ParseError, Source};
pub use function::{Example, FunctionInfo, functions};
pub use program::{Choice, Conditions, ErrorMode, Failure, OnFailure, Phase, Program, Stopped};
