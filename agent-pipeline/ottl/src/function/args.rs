//! Arguments as a function gets them, in the order of its parameters.

use std::borrow::Cow;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

use regex::Regex;

use super::{Converter, MAX_PARAMS, Param};
use crate::context::Record;
use crate::error::{Eval, EvalError};
use crate::pattern;
use crate::program::PathExpr;
use crate::text::{Glob, Layout};
use crate::value::{List, Map, Time, Value};

/// The size a pattern may have compiled when it comes from the data, in bytes.
const DYNAMIC_PATTERN: usize = 256 * 1024;

/// One argument.
#[derive(Debug, Default)]
pub(crate) enum Arg<'v> {
    #[default]
    Missing,
    Value(Value<'v>),
    Many(Vec<Value<'v>>),
    Target(&'v PathExpr),
    Function(&'static Converter),
}

/// What a call was prepared with when the program was compiled.
#[derive(Debug)]
pub(crate) enum Prepared {
    Nothing,
    Pattern(Regex),
    /// The pattern comes from the data; the last one is kept, because it is mostly the same.
    Dynamic(Mutex<Option<(String, Arc<Regex>)>>),
    Glob(Glob),
    /// A time format and the zone of texts that name none.
    Layout(Layout, Option<jiff::tz::TimeZone>),
    Grok(Box<crate::text::Grok>),
}

/// The arguments of one call.
pub(crate) struct Args<'v> {
    places: [Arg<'v>; MAX_PARAMS],
    pub(crate) prepared: &'v Prepared,
    pub(crate) record: Option<&'v dyn Record>,
}

impl<'v> Args<'v> {
    pub(crate) fn new(prepared: &'v Prepared, record: Option<&'v dyn Record>) -> Self {
        Self { places: Default::default(), prepared, record }
    }

    pub(crate) fn put(&mut self, index: usize, arg: Arg<'v>) {
        if let Some(place) = self.places.get_mut(index) {
            *place = arg;
        }
    }

    fn arg(&mut self, index: usize) -> Arg<'v> {
        self.places.get_mut(index).map(std::mem::take).unwrap_or_default()
    }

    pub(crate) fn is_missing(&self, index: usize) -> bool {
        matches!(self.places.get(index), None | Some(Arg::Missing))
    }

    /// The value; nil when the argument is missing.
    pub(crate) fn value(&mut self, index: usize) -> Value<'v> {
        if let Arg::Value(value) = self.arg(index) { value } else { Value::Nil }
    }

    /// The value, unless the argument is missing.
    pub(crate) fn given(&mut self, index: usize) -> Option<Value<'v>> {
        if let Arg::Value(value) = self.arg(index) { Some(value) } else { None }
    }

    pub(crate) fn text(&mut self, index: usize) -> Eval<Cow<'v, str>> {
        self.value(index).text()
    }

    /// The text, or what stands for it when the argument is missing.
    pub(crate) fn text_or(&mut self, index: usize, default: &'static str) -> Eval<Cow<'v, str>> {
        self.given(index).map_or(Ok(Cow::Borrowed(default)), Value::text)
    }

    pub(crate) fn int(&mut self, index: usize) -> Eval<i64> {
        self.value(index).int()
    }

    pub(crate) fn double(&mut self, index: usize) -> Eval<f64> {
        self.value(index).double()
    }

    /// The truth value; false when the argument is missing.
    pub(crate) fn bool_or_false(&mut self, index: usize) -> Eval<bool> {
        self.given(index).map_or(Ok(false), |value| value.bool())
    }

    pub(crate) fn map(&mut self, index: usize) -> Eval<Map<'v>> {
        match self.value(index) {
            Value::Map(map) => Ok(map),
            other => Err(other.not("map")),
        }
    }

    pub(crate) fn list(&mut self, index: usize) -> Eval<List<'v>> {
        match self.value(index) {
            Value::List(list) => Ok(list),
            other => Err(other.not("list")),
        }
    }

    pub(crate) fn time(&mut self, index: usize) -> Eval<Time> {
        match self.value(index) {
            Value::Time(time) => Ok(time),
            other => Err(other.not("time")),
        }
    }

    pub(crate) fn duration(&mut self, index: usize) -> Eval<i64> {
        match self.value(index) {
            Value::Duration(nanos) => Ok(nanos),
            other => Err(other.not("duration")),
        }
    }

    /// The elements of a list that was written out; none when the argument is missing.
    pub(crate) fn many(&mut self, index: usize) -> Vec<Value<'v>> {
        if let Arg::Many(values) = self.arg(index) { values } else { Vec::new() }
    }

    /// The texts of a list that was written out.
    pub(crate) fn texts(&mut self, index: usize) -> Eval<Vec<Cow<'v, str>>> {
        self.many(index).into_iter().map(Value::text).collect()
    }

    pub(crate) fn target(&mut self, index: usize) -> Eval<&'v PathExpr> {
        match self.arg(index) {
            Arg::Target(path) => Ok(path),
            _ => Err(EvalError::Limit("the argument must be a path")),
        }
    }

    pub(crate) fn function(&mut self, index: usize) -> Option<&'static Converter> {
        if let Arg::Function(function) = self.arg(index) { Some(function) } else { None }
    }

    /// The pattern: prepared, or compiled from the text now.
    pub(crate) fn pattern(&mut self, index: usize) -> Eval<Pattern<'v>> {
        if let Prepared::Pattern(pattern) = self.prepared {
            return Ok(Pattern::Prepared(pattern));
        }
        let text = self.text(index)?;
        let Prepared::Dynamic(last) = self.prepared else { return compile(&text).map(Pattern::Shared) };
        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some((known, regex)) if *known == text => Ok(Pattern::Shared(Arc::clone(regex))),
            _ => {
                let regex = compile(&text)?;
                *last = Some((text.into_owned(), Arc::clone(&regex)));
                Ok(Pattern::Shared(regex))
            }
        }
    }
}

/// A compiled pattern. Shared and not cloned: a clone of the engine begins with empty caches.
pub(crate) enum Pattern<'v> {
    Prepared(&'v Regex),
    Shared(Arc<Regex>),
}

impl Deref for Pattern<'_> {
    type Target = Regex;

    fn deref(&self) -> &Regex {
        match self {
            Self::Prepared(regex) => regex,
            Self::Shared(regex) => regex,
        }
    }
}

fn compile(text: &str) -> Eval<Arc<Regex>> {
    let compiled = pattern::compile_within(text, DYNAMIC_PATTERN);
    compiled.map(Arc::new).map_err(|_| EvalError::Limit("the regex pattern could not be compiled"))
}

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
