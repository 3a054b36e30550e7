//! Paths found in their context, with what is wrong where they lead nowhere.

use super::compile::{Compiled, Compiler};
use super::path::PathExpr;
use crate::context::{Context, Root, SpanField, Unresolved, first_names, resolve};
use crate::error::Fault;
use crate::syntax::Path;

impl Compiler {
    pub(super) fn path(self, path: &Path) -> Compiled<PathExpr> {
        let names: Vec<&str> = path.segments.iter().map(|segment| segment.name.as_str()).collect();
        let keyed: Vec<bool> = path.segments.iter().map(|segment| !segment.keys.is_empty()).collect();
        let (context, skip) = self.context_of(path)?;
        let (own, own_keyed) = (names.get(skip..).unwrap_or_default(), keyed.get(skip..).unwrap_or_default());
        if own.is_empty() || (skip == 1 && keyed.first() == Some(&true)) {
            let message = format!("a path cannot end with its context {:?}", names.join("."));
            return Err(at_segment(path, 0, message));
        }
        let root =
            resolve(context, own, own_keyed).map_err(|why| unresolved(path, &names, context, skip, why))?;
        let keys = path.segments.last().map_or(&[][..], |segment| &segment.keys);
        if context != self.context && root == Root::Cache {
            let message = format!(
                "access to cache of the {context} context is not allowed in the {} context",
                self.context
            );
            return Err(at_segment(path, skip, message));
        }
        let expr = PathExpr { root, keys: self.keys(keys)? };
        let single = expr.root == Root::Span(SpanField::TraceState);
        if single && expr.keys.len() > 1 {
            return Err(at_segment(path, skip, "trace_state takes exactly one key".to_owned()));
        }
        Ok(expr)
    }

    /// The context of a path, and how many of its names say so.
    fn context_of(self, path: &Path) -> Compiled<(Context, usize)> {
        let first = path.segments.first().map(|segment| segment.name.as_str()).unwrap_or_default();
        match Context::of_prefix(first) {
            Some(context) if self.context.reachable().contains(&context) => Ok((context, 1)),
            _ if self.bare_paths => Ok((self.context, 0)),
            Some(_) => Err(at_segment(
                path,
                0,
                format!("context {first:?} cannot be reached from the {} context", self.context),
            )),
            None => {
                let names = Context::ALL.into_iter().map(Context::name);
                let message = format!(
                    "missing context name for path {first:?}, begin it with one of {}",
                    self.prefixes()
                );
                Err(at_segment(path, 0, message).suggest(first, names))
            }
        }
    }

    fn prefixes(self) -> String {
        let names = self.context.reachable().iter().map(|context| format!("{:?}", context.name()));
        names.collect::<Vec<_>>().join(", ")
    }
}

fn unresolved(path: &Path, names: &[&str], context: Context, skip: usize, why: Unresolved) -> Fault {
    let whole = names.join(".");
    let name = |index: usize| names.get(index + skip).copied().unwrap_or_default();
    match why {
        Unresolved::Name(index) => {
            let message = format!(
                "segment {:?} from path {whole:?} is not a valid path nor a valid OTTL keyword for the {context} context",
                name(index)
            );
            let known = first_names(context);
            at_segment(path, index + skip, message).suggest(name(index), known.into_iter())
        }
        Unresolved::Extra(index) => {
            let message = format!(
                "segment {:?} of path {whole:?} leads nowhere: for an attribute write attributes[\"{}\"]",
                name(index),
                name(index)
            );
            at_segment(path, index + skip, message)
        }
        Unresolved::Keys(index) => {
            let message = format!("{:?} in path {whole:?} cannot be indexed", name(index));
            at_segment(path, index + skip, message)
        }
    }
}

fn at_segment(path: &Path, index: usize, message: String) -> Fault {
    let at = path.segments.get(index).map(|segment| segment.at);
    Fault { offset: at, message, suggestion: None }
}
