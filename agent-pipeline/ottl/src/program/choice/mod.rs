//! Choosing records: which of a batch a condition holds for, and batches that hold those alone.
//!
//! Conditions are evaluated once for each record; the batch is then cut by their answers without decoding anything again.

use std::ops::ControlFlow;

use agent_otlp::{Batch, Verdict};

use super::compile::Compiler;
use super::group::{Conditions, Failure, OnFailure, Phase, Stopped};
use super::logic::Condition;
use super::run::visit;
use super::statement::Statement;
use crate::context::{Context, Record};
use crate::error::{Eval, Fault, ParseError, Source};
use crate::syntax::{parse_condition, parse_statement};

#[cfg(test)]
mod tests;

/// The editor that does nothing: its `where` is all there is to it.
const ROUTE: &str = "route";
/// The editors that a choosing statement may have besides.
const EDITORS: [&str; 2] = ["delete_key", "delete_matching_keys"];

/// One condition, or one statement whose `where` is the condition, that chooses records of a context.
#[derive(Debug)]
pub struct Choice {
    context: Context,
    text: String,
    phase: Phase,
    asked: Question,
}

#[derive(Debug)]
enum Question {
    Everything,
    Where(Condition),
    /// Edits what it chooses.
    Edit(Statement),
}

impl Choice {
    /// Compiles a condition. Paths may leave the context's name out.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn condition(context: Context, text: &str) -> Result<Self, ParseError> {
        let compiler = Compiler { context, bare_paths: true };
        let condition = parse_condition(text).and_then(|tree| compiler.condition(&tree));
        let condition = condition.map_err(|fault| fault.in_text(Source::Condition, 0, text))?;
        let asked = Question::Where(condition);
        Ok(Self { context, text: text.to_owned(), phase: Phase::Condition, asked })
    }

    /// Compiles a statement such as `route() where ...`, which chooses what its `where` holds for, or everything. With
    /// `delete_key` and `delete_matching_keys` what is chosen is edited too (the Collector's `routing`, v0.145.0).
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn statement(context: Context, text: &str) -> Result<Self, ParseError> {
        let asked = Self::question(Compiler { context, bare_paths: true }, text);
        let asked = asked.map_err(|fault| fault.in_text(Source::Statement, 0, text))?;
        Ok(Self { context, text: text.to_owned(), phase: Phase::Statement, asked })
    }

    fn question(compiler: Compiler, text: &str) -> Result<Question, Fault> {
        let tree = parse_statement(text)?;
        let editor = &tree.editor;
        if EDITORS.contains(&editor.name.as_str()) {
            return compiler.statement(&tree).map(Question::Edit);
        }
        if editor.name != ROUTE {
            let fault = Fault::at(editor.at, format!("undefined function {:?}", editor.name));
            return Err(fault.suggest(&editor.name, EDITORS.into_iter().chain([ROUTE])));
        }
        if !editor.args.is_empty() {
            let message =
                format!("incorrect number of arguments. Expected: 0 Received: {}", editor.args.len());
            return Err(Fault::at(editor.at, message));
        }
        Ok(match &tree.condition {
            Some(condition) => Question::Where(compiler.condition(condition)?),
            None => Question::Everything,
        })
    }

    /// Moves what is chosen out of `batch`, with the resources, scopes and metrics around it. What comes empty by that
    /// goes; levels that came empty may be in both. A record for which the condition fails stays.
    ///
    /// # Errors
    /// `on_failure` ended the run; nothing was moved.
    pub fn take(&self, batch: &mut Batch, on_failure: &mut OnFailure<'_>) -> Result<Batch, Stopped> {
        let chosen = self.chosen(batch, on_failure)?;
        let empty = Batch::empty(batch.signal());
        if !chosen.contains(&true) {
            return Ok(empty);
        }
        if !chosen.contains(&false) {
            return Ok(std::mem::replace(batch, empty));
        }
        let mut taken = batch.clone();
        keep(self.context, &mut taken, &chosen, true);
        keep(self.context, batch, &chosen, false);
        Ok(taken)
    }

    /// A batch of what is chosen, as [`Choice::take`] makes it; `batch` stays whole and unedited.
    ///
    /// # Errors
    /// `on_failure` ended the run.
    pub fn copy(&self, batch: &Batch, on_failure: &mut OnFailure<'_>) -> Result<Batch, Stopped> {
        let mut copy = batch.clone();
        let chosen = self.chosen(&mut copy, on_failure)?;
        if !chosen.contains(&true) {
            return Ok(Batch::empty(batch.signal()));
        }
        if chosen.contains(&false) {
            keep(self.context, &mut copy, &chosen, true);
        }
        Ok(copy)
    }

    fn chosen(&self, batch: &mut Batch, on_failure: &mut OnFailure<'_>) -> Result<Vec<bool>, Stopped> {
        each(self.context, batch, |record| match self.holds(record) {
            Ok(holds) => ControlFlow::Continue(holds),
            Err(error) => {
                on_failure(&Failure { phase: self.phase, index: 0, text: &self.text, error: &error })?;
                ControlFlow::Continue(false)
            }
        })
    }

    fn holds(&self, record: &mut dyn Record) -> Eval<bool> {
        match &self.asked {
            Question::Everything => Ok(true),
            Question::Where(condition) => condition.holds(record),
            Question::Edit(statement) => statement.run(record),
        }
    }
}

impl Conditions {
    /// Whether one of the conditions holds, for every record of the context in order. The batch does not change.
    ///
    /// # Errors
    /// `on_failure` ended the run.
    pub fn matches(&self, batch: &mut Batch, on_failure: &mut OnFailure<'_>) -> Result<Vec<bool>, Stopped> {
        each(self.context(), batch, |record| self.hold(record, on_failure))
    }
}

/// The answer for every record, in order.
fn each(
    context: Context,
    batch: &mut Batch,
    mut answer: impl FnMut(&mut dyn Record) -> ControlFlow<(), bool>,
) -> Result<Vec<bool>, Stopped> {
    let (mut answers, mut stopped) = (Vec::new(), false);
    visit(context, batch, &mut |record| {
        if !stopped {
            match answer(record) {
                ControlFlow::Continue(holds) => answers.push(holds),
                ControlFlow::Break(()) => stopped = true,
            }
        }
        Verdict::Keep
    });
    if stopped { Err(Stopped) } else { Ok(answers) }
}

/// Keeps the records whose answer is `which`.
fn keep(context: Context, batch: &mut Batch, answers: &[bool], which: bool) {
    let mut answers = answers.iter();
    visit(context, batch, &mut |_| {
        if answers.next() == Some(&which) { Verdict::Keep } else { Verdict::Drop }
    });
}
