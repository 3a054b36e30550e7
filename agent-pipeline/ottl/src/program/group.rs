//! A group of statements with its conditions, and a list of conditions alone.

use std::fmt;
use std::ops::ControlFlow;

use agent_otlp::{Batch, Signal, Verdict};

use super::compile::Compiler;
use super::infer::Uses;
use super::logic::Condition;
use super::run::visit;
use super::statement::Statement;
use crate::context::{Context, Look, Record};
use crate::error::{EvalError, Fault, ParseError, Source};
use crate::syntax::{parse_condition, parse_statement};

/// What failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// A condition of the group.
    Condition,
    /// A statement, its `where` included.
    Statement,
}

/// A statement or condition failed on a record.
#[derive(Clone, Copy, Debug)]
pub struct Failure<'f> {
    /// Which of the two.
    pub phase: Phase,
    /// Its place in the list.
    pub index: usize,
    /// Its text.
    pub text: &'f str,
    /// Why.
    pub error: &'f EvalError,
}

/// In the Collector's words (v0.145.0).
impl fmt::Display for Failure<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.phase {
            Phase::Statement => "execute statement",
            Phase::Condition => "eval condition",
        };
        write!(f, "failed to {what}: {}, {}", self.text, self.error)
    }
}

/// The caller ended a run at a failure; the batch is half edited and of no more use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("stopped at a failure")]
pub struct Stopped;

/// What the caller does about failures: go on with the next statement or condition, or end the run.
pub type OnFailure<'f> = dyn FnMut(&Failure<'_>) -> ControlFlow<()> + 'f;

/// Statements for one context, run on every record of it for which one of the conditions holds.
#[derive(Debug)]
pub struct Program {
    context: Context,
    conditions: Conditions,
    statements: Vec<(String, Statement)>,
}

/// Conditions for one context, of which one must hold.
#[derive(Debug)]
pub struct Conditions {
    context: Context,
    conditions: Vec<(String, Condition)>,
}

impl Program {
    /// Compiles a group for a context. Paths may leave the context's name out.
    ///
    /// # Errors
    /// Everything that is wrong with any of the texts.
    pub fn parse(
        context: Context,
        conditions: &[impl AsRef<str>],
        statements: &[impl AsRef<str>],
    ) -> Result<Self, Vec<ParseError>> {
        Self::compile(Ok((context, true)), conditions, statements)
    }

    /// Compiles a group of which nobody said the context: it is that of the lowest level that a path names. Every path
    /// must begin with a context's name.
    ///
    /// # Errors
    /// Everything that is wrong with any of the texts.
    pub fn infer(
        signal: Signal,
        conditions: &[impl AsRef<str>],
        statements: &[impl AsRef<str>],
    ) -> Result<Self, Vec<ParseError>> {
        Self::compile(Err(signal), conditions, statements)
    }

    fn compile(
        context: Result<(Context, bool), Signal>,
        conditions: &[impl AsRef<str>],
        statements: &[impl AsRef<str>],
    ) -> Result<Self, Vec<ParseError>> {
        let mut errors = Vec::new();
        let condition_trees = all(Source::Condition, conditions, &mut errors, parse_condition);
        let statement_trees = all(Source::Statement, statements, &mut errors, parse_statement);
        let context = context.or_else(|signal| {
            let mut uses = Uses::default();
            statement_trees.iter().flatten().for_each(|tree| uses.statement(tree));
            condition_trees.iter().flatten().for_each(|tree| uses.condition(tree));
            uses.context(signal).map(|context| (context, false))
        });
        let (context, bare_paths) = match context {
            Ok(known) => known,
            // What could not be read may have named the context.
            Err(_) if !errors.is_empty() => return Err(errors),
            Err(reason) => {
                let text = statements.first().map_or("", AsRef::as_ref);
                return Err(vec![Fault::whole(reason).in_text(Source::Statement, 0, text)]);
            }
        };
        let compiler = Compiler { context, bare_paths };
        let compiled_conditions =
            each(Source::Condition, conditions, &condition_trees, &mut errors, |tree| {
                compiler.condition(tree)
            });
        let statements = each(Source::Statement, statements, &statement_trees, &mut errors, |tree| {
            compiler.statement(tree)
        });
        if errors.is_empty() {
            let conditions = Conditions { context, conditions: compiled_conditions };
            Ok(Self { context, conditions, statements })
        } else {
            Err(errors)
        }
    }

    /// What the statements run on.
    pub fn context(&self) -> Context {
        self.context
    }

    /// Runs the group on every record of its context, in order.
    ///
    /// A record that no statement changes keeps its bytes; levels above the context and below it are not decoded
    /// further than statements look.
    ///
    /// # Errors
    /// `on_failure` ended the run.
    pub fn run(&self, batch: &mut Batch, on_failure: &mut OnFailure<'_>) -> Result<(), Stopped> {
        let mut stopped = false;
        visit(self.context, batch, &mut |record| {
            stopped = stopped || self.on_record(record, on_failure).is_break();
            Verdict::Keep
        });
        if stopped { Err(Stopped) } else { Ok(()) }
    }

    /// Every call of an editor.
    pub(super) fn calls(&self) -> impl Iterator<Item = &super::statement::EditorCall> {
        self.statements.iter().map(|(_, statement)| &statement.call)
    }

    pub(super) fn on_record(
        &self,
        record: &mut dyn Record,
        on_failure: &mut OnFailure<'_>,
    ) -> ControlFlow<()> {
        if !self.conditions.conditions.is_empty() && !self.conditions.hold(record, on_failure)? {
            return ControlFlow::Continue(());
        }
        for (index, (text, statement)) in self.statements.iter().enumerate() {
            if let Err(error) = statement.run(record) {
                on_failure(&Failure { phase: Phase::Statement, index, text, error: &error })?;
            }
        }
        ControlFlow::Continue(())
    }
}

impl Conditions {
    /// Compiles conditions for a context. Paths may leave the context's name out.
    ///
    /// # Errors
    /// Everything that is wrong with any of the texts.
    pub fn parse(context: Context, conditions: &[impl AsRef<str>]) -> Result<Self, Vec<ParseError>> {
        let mut errors = Vec::new();
        let trees = all(Source::Condition, conditions, &mut errors, parse_condition);
        let compiler = Compiler { context, bare_paths: true };
        let conditions =
            each(Source::Condition, conditions, &trees, &mut errors, |tree| compiler.condition(tree));
        if errors.is_empty() { Ok(Self { context, conditions }) } else { Err(errors) }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.conditions.is_empty()
    }

    /// What the conditions are for.
    pub fn context(&self) -> Context {
        self.context
    }

    /// Whether one holds.
    pub(super) fn hold(&self, record: &dyn Look, on_failure: &mut OnFailure<'_>) -> ControlFlow<(), bool> {
        for (index, (text, condition)) in self.conditions.iter().enumerate() {
            match condition.holds(record) {
                Ok(true) => return ControlFlow::Continue(true),
                Ok(false) => {}
                Err(error) => on_failure(&Failure { phase: Phase::Condition, index, text, error: &error })?,
            }
        }
        ControlFlow::Continue(false)
    }

    /// Drops every record of the context for which one of the conditions holds, and what comes empty by that. A span
    /// without events stays.
    ///
    /// # Errors
    /// `on_failure` ended the run.
    pub fn drop_matching(&self, batch: &mut Batch, on_failure: &mut OnFailure<'_>) -> Result<(), Stopped> {
        let mut stopped = false;
        visit(self.context, batch, &mut |record| {
            if stopped {
                return Verdict::Keep;
            }
            match self.hold(record, on_failure) {
                ControlFlow::Continue(true) => Verdict::Drop,
                ControlFlow::Continue(false) => Verdict::Keep,
                ControlFlow::Break(()) => {
                    stopped = true;
                    Verdict::Keep
                }
            }
        });
        if stopped { Err(Stopped) } else { Ok(()) }
    }
}

/// Parses every text, and gathers what is wrong; `None` stands for what is.
fn all<T>(
    source: Source,
    texts: &[impl AsRef<str>],
    errors: &mut Vec<ParseError>,
    parse: impl Fn(&str) -> Result<T, Fault>,
) -> Vec<Option<T>> {
    let mut trees = Vec::with_capacity(texts.len());
    for (index, text) in texts.iter().enumerate() {
        let parsed = parse(text.as_ref());
        trees.push(parsed.map_err(|fault| errors.push(fault.in_text(source, index, text.as_ref()))).ok());
    }
    trees
}

/// Compiles every tree, and gathers what is wrong.
fn each<T, U>(
    source: Source,
    texts: &[impl AsRef<str>],
    trees: &[Option<T>],
    errors: &mut Vec<ParseError>,
    compile: impl Fn(&T) -> Result<U, Fault>,
) -> Vec<(String, U)> {
    let mut out = Vec::with_capacity(trees.len());
    for (index, (text, tree)) in texts.iter().zip(trees).enumerate() {
        let Some(tree) = tree else { continue };
        match compile(tree) {
            Ok(compiled) => out.push((text.as_ref().to_owned(), compiled)),
            Err(fault) => errors.push(fault.in_text(source, index, text.as_ref())),
        }
    }
    out
}
