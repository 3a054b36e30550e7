//! A compiled statement: an editor with its arguments, and where it is called.

use super::expr::ArgExpr;
use super::logic::Condition;
use crate::context::Record;
use crate::error::Eval;
use crate::function::{Args, Editor, Prepared};

/// A compiled statement.
#[derive(Debug)]
pub(super) struct Statement {
    pub(super) call: EditorCall,
    pub(super) condition: Option<Condition>,
}

/// A compiled call of an editor.
#[derive(Debug)]
pub(super) struct EditorCall {
    pub(super) editor: &'static Editor,
    pub(super) args: Box<[ArgExpr]>,
    pub(super) prepared: Prepared,
}

impl Statement {
    /// Runs it where its condition holds, and says whether that was so.
    pub(super) fn run(&self, record: &mut dyn Record<'_>) -> Eval<bool> {
        if let Some(condition) = &self.condition
            && !condition.holds(record)?
        {
            return Ok(false);
        }
        let call = &self.call;
        let mut args = Args::new(&call.prepared, None);
        for (index, (param, arg)) in call.editor.params.iter().zip(&call.args).enumerate() {
            args.put(index, arg.eval_apart(param.kind, record)?);
        }
        (call.editor.run)(&mut args, record)?;
        Ok(true)
    }
}
