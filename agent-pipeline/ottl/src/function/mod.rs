//! Functions: editors change a record, converters make values. A row of a table is all there is to know of one.

mod args;
mod convert;
mod edit;
mod literals;
mod params;
mod table;

#[cfg(test)]
mod tests;

use crate::context::{Context, Record};
use crate::error::{Eval, EvalError};
use crate::program::PathExpr;
use crate::value::Value;

pub(crate) use args::{Args, Computed, Prepared};
pub(crate) use literals::Literals;
pub(crate) use params::{Kind, Param};
pub(crate) use table::{CONVERTERS, EDITORS, converter, editor};

/// Checks and prepares what is known when the program is compiled: patterns, formats, names of modes.
pub(crate) type Prepare = fn(&Literals<'_>) -> Result<Prepared, String>;

/// Does with a path what the value says.
pub(crate) type Assign = for<'e> fn(&PathExpr, Value<'e>, &mut dyn Record<'e>) -> Eval<()>;

/// A function that makes a value.
pub(crate) struct Converter {
    pub(crate) name: &'static str,
    pub(crate) params: &'static [Param],
    pub(crate) contexts: &'static [Context],
    pub(crate) prepare: Option<Prepare>,
    pub(crate) run: for<'p, 'v> fn(&mut Args<'p, 'v>) -> Eval<Value<'v>>,
    /// Whether the result mostly holds parts of its arguments. Then these are taken apart from the record first, so that the
    /// parts need no copy to be put there.
    pub(crate) parts: bool,
    pub(crate) example: Example,
}

/// A function that changes the record.
pub(crate) struct Editor {
    pub(crate) name: &'static str,
    pub(crate) params: &'static [Param],
    pub(crate) contexts: &'static [Context],
    pub(crate) prepare: Option<Prepare>,
    pub(crate) run: for<'p, 'e> fn(&mut Args<'p, 'e>, &mut dyn Record<'e>) -> Eval<()>,
    /// The same for one that takes a target and any value and nothing else, without a list of arguments.
    pub(crate) assign: Option<Assign>,
    pub(crate) example: Example,
}

/// What a function does to something, for its users; a test does it.
///
/// In the log context `before` and `after` are the attributes of a log record, as plain JSON; in the span context a list
/// of spans, in the metric and datapoint contexts a list of metrics, as OTLP/JSON.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// A statement.
    pub statement: &'static str,
    /// What it is run on.
    pub before: &'static str,
    /// What comes of it.
    pub after: &'static str,
}

impl std::fmt::Debug for Converter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl std::fmt::Debug for Editor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl Converter {
    /// The base of a row: all contexts, nothing to prepare.
    const BASE: Self = Self {
        name: "",
        params: &[],
        contexts: &Context::ALL,
        prepare: None,
        run: |_| Ok(Value::Nil),
        parts: false,
        example: Example { statement: "", before: "", after: "" },
    };

    /// The result for one text, as `replace_pattern` and its sisters ask for it.
    fn of_text(&self, text: String) -> Eval<Value<'static>> {
        let mut args = Args::new(&[], &Prepared::Nothing, None);
        args.put(0, Computed::Value(Value::string(text)));
        (self.run)(&mut args).map(Value::into_owned)
    }
}

impl Editor {
    /// The base of a row: all contexts, nothing to prepare.
    const BASE: Self = Self {
        name: "",
        params: &[],
        contexts: &Context::ALL,
        prepare: None,
        run: |_, _| Ok(()),
        assign: None,
        example: Example { statement: "", before: "", after: "" },
    };
}

/// An example.
const fn example(statement: &'static str, before: &'static str, after: &'static str) -> Example {
    Example { statement, before, after }
}

/// The error of a function.
fn failed<T>(function: &'static str, reason: impl Into<String>) -> Eval<T> {
    Err(EvalError::Function { function, reason: reason.into() })
}

/// What is known of a function, for documentation.
#[derive(Clone, Debug)]
pub struct FunctionInfo {
    /// Its name.
    pub name: &'static str,
    /// Whether it changes records instead of making values.
    pub is_editor: bool,
    /// Parameters as written: `target, value, [optional]`.
    pub params: String,
    /// What each of them accepts, in the same order.
    pub accepts: Vec<&'static str>,
    /// Where it may be used.
    pub contexts: &'static [Context],
    /// What it does.
    pub example: Example,
}

/// Every function, editors first, each kind from a to z.
pub fn functions() -> impl Iterator<Item = FunctionInfo> {
    let editors = EDITORS.iter().map(|row| FunctionInfo {
        name: row.name,
        is_editor: true,
        params: params::signature(row.params),
        accepts: params::accepts(row.params),
        contexts: row.contexts,
        example: row.example,
    });
    editors.chain(CONVERTERS.iter().map(|row| FunctionInfo {
        name: row.name,
        is_editor: false,
        params: params::signature(row.params),
        accepts: params::accepts(row.params),
        contexts: row.contexts,
        example: row.example,
    }))
}
