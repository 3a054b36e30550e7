//! Which context a list of statements is for, when nobody said: the lowest level that a path names.

use agent_otlp::Signal;

use crate::context::{Context, enum_value};
use crate::function::{converter, editor};
use crate::syntax::{Call, Key, Logic, Path, Statement, Value, ValueKind};

/// What trees use of a context.
#[derive(Default)]
pub(super) struct Uses<'t> {
    /// First names of paths.
    names: Vec<&'t str>,
    editors: Vec<&'t str>,
    converters: Vec<&'t str>,
    enums: Vec<&'t str>,
}

impl<'t> Uses<'t> {
    pub(super) fn statement(&mut self, tree: &'t Statement) {
        self.editors.push(&tree.editor.name);
        self.args(&tree.editor);
        if let Some(condition) = &tree.condition {
            self.condition(condition);
        }
    }

    pub(super) fn condition(&mut self, tree: &'t Logic) {
        match tree {
            Logic::Or(all) | Logic::And(all) => {
                for logic in all {
                    self.condition(logic);
                }
            }
            Logic::Not(inner) => self.condition(inner),
            Logic::Constant(_) => {}
            Logic::Compare(left, _, right) => {
                self.value(left);
                self.value(right);
            }
            Logic::Call(call) => self.call(call),
        }
    }

    fn call(&mut self, call: &'t Call) {
        self.converters.push(&call.name);
        self.args(call);
        self.keys(&call.keys);
    }

    fn args(&mut self, call: &'t Call) {
        for arg in &call.args {
            self.value(&arg.value);
        }
    }

    fn keys(&mut self, keys: &'t [Key]) {
        for key in keys {
            self.value(&key.value);
        }
    }

    fn value(&mut self, value: &'t Value) {
        match &value.kind {
            ValueKind::Path(path) => self.path(path),
            ValueKind::Call(call) => self.call(call),
            // A function's name may look like a symbol.
            ValueKind::Enum(name) if converter(name).is_none() => self.enums.push(name),
            ValueKind::List(items) => {
                for item in items {
                    self.value(item);
                }
            }
            ValueKind::Map(members) => {
                for (_, value) in members {
                    self.value(value);
                }
            }
            ValueKind::Negative(inner) => self.value(inner),
            ValueKind::Math(_, left, right) => {
                self.value(left);
                self.value(right);
            }
            _ => {}
        }
    }

    fn path(&mut self, path: &'t Path) {
        if let Some(first) = path.segments.first() {
            self.names.push(&first.name);
        }
        for segment in &path.segments {
            self.keys(&segment.keys);
        }
    }

    /// The context for data of a signal.
    ///
    /// # Errors
    /// There is none, and why.
    pub(super) fn context(&self, signal: Signal) -> Result<Context, String> {
        let valid = || {
            let names = Context::ALL.into_iter().filter(|context| context.is_of(signal)).map(Context::name);
            names.collect::<Vec<_>>().join(", ")
        };
        let named: Vec<Context> = self.names.iter().filter_map(|name| Context::of_prefix(name)).collect();
        let Some(candidate) = Context::ALL.into_iter().find(|context| named.contains(context)) else {
            return Err(format!(
                "unable to infer the context: no path begins with a context name ({}); add one, or set `context`",
                valid()
            ));
        };
        if !candidate.is_of(signal) {
            return Err(format!(
                "the inferred context {candidate:?} does not exist here; valid are {}",
                valid()
            ));
        }
        if self.lacking(candidate).is_none() {
            return Ok(candidate);
        }
        let mut lower = Context::ALL.into_iter().filter(|context| {
            *context != candidate && context.is_of(signal) && context.reachable().contains(&candidate)
        });
        match lower.find(|context| self.lacking(*context).is_none()) {
            Some(context) => Ok(context),
            // What is unknown everywhere is better told by the compiler, with its place.
            None => Ok(candidate),
        }
    }

    /// The first function or symbol that the context does not have.
    fn lacking(&self, context: Context) -> Option<&'t str> {
        let has_editor = |name: &&str| editor(name).is_some_and(|row| row.contexts.contains(&context));
        let has_converter = |name: &&str| converter(name).is_some_and(|row| row.contexts.contains(&context));
        let editors = self.editors.iter().copied().find(|name| !has_editor(name));
        let converters = || self.converters.iter().copied().find(|name| !has_converter(name));
        let enums = || self.enums.iter().copied().find(|name| enum_value(context, name).is_none());
        editors.or_else(converters).or_else(enums)
    }
}
