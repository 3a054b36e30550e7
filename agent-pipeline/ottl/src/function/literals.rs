//! The arguments of a call as they are known when it is compiled.

use std::sync::Mutex;

use super::{Param, Prepared};
use crate::pattern;
use crate::text::Glob;
use crate::value::Value;

/// The arguments that are literals, when a call is compiled.
pub(crate) struct Literals<'p> {
    /// The value of each parameter; `None` when it is missing or no literal.
    pub(crate) values: Vec<Option<&'p Value<'static>>>,
    /// The elements of lists that are literals.
    pub(crate) lists: Vec<Option<Vec<&'p Value<'static>>>>,
    /// Which parameters got an argument of any kind.
    pub(crate) given: Vec<bool>,
    pub(crate) params: &'static [Param],
}

impl<'p> Literals<'p> {
    pub(crate) fn given(&self, index: usize) -> bool {
        self.given.get(index).copied().unwrap_or_default()
    }

    pub(crate) fn value(&self, index: usize) -> Option<&'p Value<'static>> {
        self.values.get(index).copied().flatten()
    }

    pub(crate) fn text(&self, index: usize) -> Option<&'p str> {
        if let Some(Value::String(text)) = self.value(index) { Some(text) } else { None }
    }

    pub(crate) fn int(&self, index: usize) -> Option<i64> {
        self.value(index).and_then(|value| value.int().ok())
    }

    /// The texts of a list that was written out.
    pub(crate) fn texts(&self, index: usize) -> Option<Vec<&'p str>> {
        let values = self.lists.get(index)?.as_ref()?;
        values
            .iter()
            .map(|value| if let Value::String(text) = value { Some(&**text) } else { None })
            .collect()
    }

    /// How many elements a list that was written out has.
    pub(crate) fn count(&self, index: usize) -> Option<usize> {
        self.lists.get(index)?.as_ref().map(Vec::len)
    }

    /// A pattern prepared from the text at the index, if that is a literal.
    pub(crate) fn pattern(&self, index: usize) -> Result<Prepared, String> {
        let Some(text) = self.text(index) else { return Ok(Prepared::Dynamic(Mutex::default())) };
        let name = self.params.get(index).map_or("pattern", |param| param.name);
        let compiled = pattern::compile(text);
        compiled.map(Prepared::Pattern).map_err(|error| format!("the {name} is no regexp pattern: {error}"))
    }

    /// A glob prepared from the text at the index, if that is a literal.
    pub(crate) fn glob(&self, index: usize) -> Result<Prepared, String> {
        let Some(text) = self.text(index) else { return Ok(Prepared::Nothing) };
        Glob::new(text).map(Prepared::Glob).map_err(|error| format!("the pattern is no glob: {error}"))
    }
}
