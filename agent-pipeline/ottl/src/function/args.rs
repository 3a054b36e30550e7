//! Arguments as a function gets them, in the order of its parameters.

use std::borrow::Cow;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

use regex::Regex;

use super::Converter;
use crate::context::Look;
use crate::error::{Eval, EvalError};
use crate::pattern;
use crate::program::{ArgExpr, PathExpr};
use crate::text::{Glob, Layout};
use crate::value::{List, Map, Time, Value};

/// The size a pattern may have compiled when it comes from the data, in bytes.
const DYNAMIC_PATTERN: usize = 256 * 1024;

/// What an argument came to on a record.
pub(crate) enum Computed<'v> {
    Value(Value<'v>),
    /// The elements of a list that was written out.
    Many(Vec<Value<'v>>),
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

/// The arguments of one call. Values live as long as `'v`, what belongs to the program as `'p`.
pub(crate) struct Args<'p, 'v> {
    /// As they were compiled. What is known since then is taken from here.
    given: &'p [ArgExpr],
    /// What had to be evaluated: mostly one argument, which needs no allocation.
    first: Option<(usize, Computed<'v>)>,
    more: Vec<(usize, Computed<'v>)>,
    pub(crate) prepared: &'p Prepared,
    pub(crate) record: Option<&'p dyn Look>,
}

impl<'p, 'v> Args<'p, 'v> {
    pub(crate) fn new(given: &'p [ArgExpr], prepared: &'p Prepared, record: Option<&'p dyn Look>) -> Self {
        Self { given, first: None, more: Vec::new(), prepared, record }
    }

    /// The arguments as they were compiled.
    pub(crate) fn as_compiled(&self) -> &'p [ArgExpr] {
        self.given
    }

    /// Adds what the argument at the index came to.
    pub(crate) fn put(&mut self, index: usize, computed: Computed<'v>) {
        if self.first.is_none() {
            self.first = Some((index, computed));
        } else {
            self.more.push((index, computed));
        }
    }

    fn computed(&mut self, index: usize) -> Option<Computed<'v>> {
        if let Some((_, first)) = self.first.take_if(|(at, _)| *at == index) {
            return Some(first);
        }
        let at = self.more.iter().position(|(at, _)| *at == index)?;
        Some(self.more.swap_remove(at).1)
    }

    pub(crate) fn is_missing(&self, index: usize) -> bool {
        matches!(self.given.get(index), None | Some(ArgExpr::Missing))
    }

    /// The value; nil when the argument is missing.
    pub(crate) fn value(&mut self, index: usize) -> Value<'v> {
        self.given(index).unwrap_or(Value::Nil)
    }

    /// The value, unless the argument is missing.
    pub(crate) fn given(&mut self, index: usize) -> Option<Value<'v>> {
        if let Some(ArgExpr::Literal(value)) = self.given.get(index) {
            return Some(value.clone());
        }
        if let Some(Computed::Value(value)) = self.computed(index) { Some(value) } else { None }
    }

    /// The value to be looked at, unless the argument is missing: what the program holds is not copied.
    pub(crate) fn look<'x>(&mut self, index: usize) -> Option<Value<'x>>
    where
        'p: 'x,
        'v: 'x,
    {
        if let Some(ArgExpr::Literal(value)) = self.given.get(index) {
            return Some(value.borrow());
        }
        if let Some(Computed::Value(value)) = self.computed(index) { Some(value) } else { None }
    }

    /// The text, to be looked at.
    pub(crate) fn text<'x>(&mut self, index: usize) -> Eval<Cow<'x, str>>
    where
        'p: 'x,
        'v: 'x,
    {
        self.look(index).unwrap_or(Value::Nil).text()
    }

    /// The text as a part of the result.
    pub(crate) fn whole_text(&mut self, index: usize) -> Eval<Cow<'v, str>> {
        self.value(index).text()
    }

    /// The text to be looked at, or what stands for it when the argument is missing.
    pub(crate) fn text_or<'x>(&mut self, index: usize, default: &'static str) -> Eval<Cow<'x, str>>
    where
        'p: 'x,
        'v: 'x,
    {
        self.look(index).map_or(Ok(Cow::Borrowed(default)), Value::text)
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
        if let Some(ArgExpr::Literals(values)) = self.given.get(index) {
            return values.clone();
        }
        if let Some(Computed::Many(values)) = self.computed(index) { values } else { Vec::new() }
    }

    /// Calls `f` with each element of a list of [`Kind::TextLikes`](super::Kind::TextLikes), which is evaluated now.
    pub(crate) fn each(&mut self, index: usize, f: &mut dyn FnMut(Value<'_>) -> Eval<()>) -> Eval<()> {
        match (self.given.get(index), self.record) {
            (Some(ArgExpr::Many(exprs)), Some(record)) => {
                exprs.iter().try_for_each(|expr| f(expr.eval(record)?))
            }
            (Some(ArgExpr::Literals(values)), _) => values.iter().try_for_each(|value| f(value.borrow())),
            _ => Ok(()),
        }
    }

    /// The texts of a list that was written out, to be looked at.
    pub(crate) fn texts<'x>(&mut self, index: usize) -> Eval<Vec<Cow<'x, str>>>
    where
        'p: 'x,
        'v: 'x,
    {
        if let Some(ArgExpr::Literals(values)) = self.given.get(index) {
            return values.iter().map(|value| value.borrow().text()).collect();
        }
        self.many(index).into_iter().map(Value::text).collect()
    }

    pub(crate) fn target(&self, index: usize) -> Eval<&'p PathExpr> {
        match self.given.get(index) {
            Some(ArgExpr::Target(path)) => Ok(path),
            _ => Err(EvalError::Limit("the argument must be a path")),
        }
    }

    pub(crate) fn function(&self, index: usize) -> Option<&'static Converter> {
        if let Some(ArgExpr::Function(function)) = self.given.get(index) { Some(function) } else { None }
    }

    /// The pattern: prepared, or compiled from the text now.
    pub(crate) fn pattern(&mut self, index: usize) -> Eval<Pattern<'p>> {
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
