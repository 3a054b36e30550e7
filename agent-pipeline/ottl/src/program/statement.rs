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
        self.call.run(record)?;
        Ok(true)
    }
}

impl EditorCall {
    fn run(&self, record: &mut dyn Record<'_>) -> Eval<()> {
        if let (Some(assign), [ArgExpr::Target(target), value]) = (self.editor.assign, &*self.args) {
            let value = match value {
                ArgExpr::Value(expr) => Some(expr.eval_apart(record)?),
                ArgExpr::Literal(value) => Some(value.clone()),
                _ => None,
            };
            return value.map_or(Ok(()), |value| assign(target, value, record));
        }
        let mut args = Args::new(&self.args, &self.prepared, None);
        args.put_apart(self.editor.params, record)?;
        (self.editor.run)(&mut args, record)
    }
}
