//! The text of statements: tokens, tree, parser. Nothing here knows functions, paths or contexts.

mod ast;
mod condition;
mod lex;
mod parser;
mod unquote;

#[cfg(test)]
mod tests;

pub(crate) use ast::{Call, Comparison, Key, Logic, MathOp, Path, Statement, Value, ValueKind};
pub(crate) use parser::{parse_condition, parse_statement};
