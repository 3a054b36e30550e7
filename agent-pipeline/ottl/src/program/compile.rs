//! From tree to program: functions, paths and symbols are found, arguments checked and prepared.

use super::expr::{ArgExpr, CallExpr, Expr};
use super::logic::Condition;
use super::path::KeyExpr;
use super::statement::{EditorCall, Statement};
use crate::context::{Context, enum_names, enum_value};
use crate::error::Fault;
use crate::function::{CONVERTERS, EDITORS, Kind, Literals, Param, Prepare, Prepared, converter, editor};
use crate::syntax::{self, Call, Key, Logic, ValueKind};
use crate::value::{List, Map, Value, compare, math};

/// Compiles for one context.
#[derive(Clone, Copy)]
pub(super) struct Compiler {
    pub(super) context: Context,
    /// Paths without a context in front are paths of this one.
    pub(super) bare_paths: bool,
}

pub(super) type Compiled<T> = Result<T, Fault>;

impl Compiler {
    pub(super) fn statement(self, tree: &syntax::Statement) -> Compiled<Statement> {
        let call = &tree.editor;
        let Some(row) = editor(&call.name).filter(|row| row.contexts.contains(&self.context)) else {
            return Err(self.unknown(call, EDITORS.iter().map(|row| (row.name, row.contexts))));
        };
        let args = self.args(row.params, call)?;
        let prepared = prepare(call, row.params, row.prepare, &args)?;
        let condition = tree.condition.as_ref().map(|condition| self.condition(condition)).transpose()?;
        Ok(Statement { call: EditorCall { editor: row, args, prepared }, condition })
    }

    fn unknown(
        self,
        call: &Call,
        rows: impl Iterator<Item = (&'static str, &'static [Context])> + Clone,
    ) -> Fault {
        if rows.clone().any(|(name, _)| name == call.name) {
            let message =
                format!("function {:?} is not available in the {} context", call.name, self.context);
            return Fault::at(call.at, message);
        }
        let here = rows.filter(|(_, contexts)| contexts.contains(&self.context)).map(|(name, _)| name);
        Fault::at(call.at, format!("undefined function {:?}", call.name)).suggest(&call.name, here)
    }

    pub(super) fn condition(self, tree: &Logic) -> Compiled<Condition> {
        Ok(match tree {
            Logic::Or(terms) => Condition::Or(self.conditions(terms)?),
            Logic::And(factors) => Condition::And(self.conditions(factors)?),
            Logic::Not(inner) => Condition::Not(Box::new(self.condition(inner)?)),
            Logic::Constant(truth) => Condition::Constant(*truth),
            Logic::Call(call) => Condition::Call(self.call(call)?),
            Logic::Compare(left, op, right) => match (self.value(left)?, self.value(right)?) {
                (Expr::Literal(left), Expr::Literal(right)) => {
                    Condition::Constant(compare(&left, *op, &right))
                }
                (left, right) => Condition::Compare(left, *op, right),
            },
        })
    }

    fn conditions(self, all: &[Logic]) -> Compiled<Vec<Condition>> {
        all.iter().map(|tree| self.condition(tree)).collect()
    }

    fn value(self, tree: &syntax::Value) -> Compiled<Expr> {
        Ok(match &tree.kind {
            ValueKind::Nil => Expr::Literal(Value::Nil),
            ValueKind::Bool(truth) => Expr::Literal(Value::Bool(*truth)),
            ValueKind::Int(number) => Expr::Literal(Value::Int(*number)),
            ValueKind::Float(number) => Expr::Literal(Value::Double(*number)),
            ValueKind::String(text) => Expr::Literal(Value::string(text.clone())),
            ValueKind::Bytes(bytes) => Expr::Literal(Value::Bytes(bytes.clone().into())),
            ValueKind::Enum(name) => Expr::Literal(Value::Int(self.symbol(name, tree.at)?)),
            ValueKind::Function(name) => {
                return Err(Fault::at(
                    tree.at,
                    format!("the function {name} stands where a value must; call it"),
                ));
            }
            ValueKind::Path(path) => Expr::Path(self.path(path)?),
            ValueKind::Call(call) => Expr::Call(Box::new(self.call(call)?)),
            ValueKind::List(items) => {
                folded_list(items.iter().map(|item| self.value(item)).collect::<Compiled<_>>()?)
            }
            ValueKind::Map(members) => {
                let member = |(key, value): &(String, _)| Ok((key.clone(), self.value(value)?));
                folded_map(members.iter().map(member).collect::<Compiled<_>>()?)
            }
            ValueKind::Negative(value) => Expr::Negative(Box::new(self.value(value)?)),
            ValueKind::Math(op, left, right) => {
                let (left, right) = (self.value(left)?, self.value(right)?);
                if let (Expr::Literal(left), Expr::Literal(right)) = (&left, &right)
                    && let Ok(value) = math(*op, left, right)
                {
                    return Ok(Expr::Literal(value));
                }
                Expr::Math(*op, Box::new(left), Box::new(right))
            }
        })
    }

    fn symbol(self, name: &str, at: usize) -> Compiled<i64> {
        enum_value(self.context, name).ok_or_else(|| {
            let message = format!("enum symbol {name:?} not found in the {} context", self.context);
            Fault::at(at, message).suggest(name, enum_names(self.context))
        })
    }

    fn call(self, call: &Call) -> Compiled<CallExpr> {
        let Some(row) = converter(&call.name).filter(|row| row.contexts.contains(&self.context)) else {
            return Err(self.unknown(call, CONVERTERS.iter().map(|row| (row.name, row.contexts))));
        };
        let args = self.args(row.params, call)?;
        let prepared = prepare(call, row.params, row.prepare, &args)?;
        Ok(CallExpr { function: row, args, prepared, keys: self.keys(&call.keys)? })
    }

    pub(super) fn keys(self, keys: &[Key]) -> Compiled<Box<[KeyExpr]>> {
        let key = |key: &Key| {
            Ok(match self.value(&key.value)? {
                Expr::Literal(Value::String(name)) => KeyExpr::Name(name.into()),
                Expr::Literal(Value::Int(index)) => KeyExpr::Index(index),
                Expr::Literal(_) => {
                    return Err(Fault::at(
                        key.value.at,
                        "a key must be a string, an integer or an expression",
                    ));
                }
                dynamic => KeyExpr::Dynamic(dynamic),
            })
        };
        keys.iter().map(key).collect()
    }

    /// The arguments in the order of the parameters.
    fn args(self, params: &'static [Param], call: &Call) -> Compiled<Box<[ArgExpr]>> {
        let required = params.iter().filter(|param| !param.optional).count();
        let wrong_number = || {
            let expected = if required == params.len() {
                required.to_string()
            } else {
                format!("{required} to {}", params.len())
            };
            let message =
                format!("incorrect number of arguments. Expected: {expected} Received: {}", call.args.len());
            Fault::at(
                call.at,
                format!("error while parsing arguments for call to {:?}: {message}", call.name),
            )
        };
        if call.args.len() > params.len() || call.args.len() < required {
            return Err(wrong_number());
        }
        let mut out: Vec<ArgExpr> = params.iter().map(|_| ArgExpr::Missing).collect();
        for (position, arg) in call.args.iter().enumerate() {
            let index = match &arg.name {
                None => position,
                Some(name) => {
                    params.iter().position(|param| plain(param.name) == plain(name)).ok_or_else(|| {
                        Fault::at(arg.at, format!("no such parameter: {name}"))
                            .suggest(name, params.iter().map(|param| param.name))
                    })?
                }
            };
            let (Some(param), Some(place)) = (params.get(index), out.get_mut(index)) else {
                return Err(wrong_number());
            };
            if !matches!(place, ArgExpr::Missing) {
                return Err(Fault::at(arg.at, format!("the parameter {} is given twice", param.name)));
            }
            *place = self.arg(param, &arg.value).map_err(|fault| in_argument(fault, param, call))?;
        }
        let missing =
            params.iter().zip(&out).any(|(param, arg)| !param.optional && matches!(arg, ArgExpr::Missing));
        if missing { Err(wrong_number()) } else { Ok(out.into()) }
    }

    fn arg(self, param: &Param, tree: &syntax::Value) -> Compiled<ArgExpr> {
        let must = |what: &str| Fault::at(tree.at, format!("must be {what}"));
        if param.kind == Kind::Target {
            let ValueKind::Path(path) = &tree.kind else { return Err(must("a path")) };
            return self.path(path).map(ArgExpr::Target);
        }
        if param.kind == Kind::Function {
            let (ValueKind::Function(name) | ValueKind::Enum(name)) = &tree.kind else {
                return Err(must("the name of a converter"));
            };
            let row = converter(name).filter(|row| row.contexts.contains(&self.context));
            let takes_text = |row: &&crate::function::Converter| {
                row.params
                    .first()
                    .is_some_and(|first| matches!(first.kind, Kind::Text | Kind::TextLike | Kind::Any))
                    && row.params.iter().skip(1).all(|param| param.optional)
            };
            let found = row.filter(takes_text).map(ArgExpr::Function);
            return found.ok_or_else(|| {
                Fault::at(tree.at, format!("invalid function name given: {name}"))
                    .suggest(name, CONVERTERS.iter().map(|row| row.name))
            });
        }
        if param.kind.is_many() {
            let ValueKind::List(items) = &tree.kind else {
                return Err(must(&format!("a list of type {}", param.kind.name())));
            };
            let items = items.iter().map(|item| self.element(param.kind, item));
            let items = items.collect::<Compiled<Vec<_>>>()?;
            let literals = items.iter().map(|item| coerced(param.kind, item)).collect::<Option<_>>();
            return Ok(literals.map_or(ArgExpr::Many(items), ArgExpr::Literals));
        }
        let value = self.element(param.kind, tree)?;
        Ok(coerced(param.kind, &value).map_or(ArgExpr::Value(value), ArgExpr::Literal))
    }

    fn element(self, kind: Kind, tree: &syntax::Value) -> Compiled<Expr> {
        let expr = self.value(tree)?;
        if kind.is_literal() {
            let fits = matches!(&expr, Expr::Literal(value) if kind.coerce(value.borrow()).is_ok());
            if !fits {
                return Err(Fault::at(tree.at, format!("must be a literal of type {}", kind.name())));
            }
        }
        Ok(expr)
    }
}

/// A literal as the function gets it. One that it cannot get is refused when the statement runs.
fn coerced(kind: Kind, expr: &Expr) -> Option<Value<'static>> {
    literal_of(expr).and_then(|value| kind.coerce(value.clone()).ok())
}

/// A parameter's name in any spelling.
fn plain(name: &str) -> String {
    name.chars().filter(|c| *c != '_').map(|c| c.to_ascii_lowercase()).collect()
}

fn in_argument(mut fault: Fault, param: &Param, call: &Call) -> Fault {
    if fault.message.starts_with("must be ") {
        fault.message = format!("argument {} of {:?} {}", param.name, call.name, fault.message);
    }
    fault
}

fn prepare(
    call: &Call,
    params: &'static [Param],
    prepare: Option<Prepare>,
    args: &[ArgExpr],
) -> Compiled<Prepared> {
    let Some(prepare) = prepare else { return Ok(Prepared::Nothing) };
    let values = args.iter().map(|arg| match arg {
        ArgExpr::Literal(value) | ArgExpr::Value(Expr::Literal(value)) => Some(value),
        _ => None,
    });
    let lists = args.iter().map(|arg| match arg {
        ArgExpr::Literals(values) => Some(values.iter().collect()),
        ArgExpr::Many(exprs) if exprs.iter().all(|expr| literal_of(expr).is_some()) => {
            Some(exprs.iter().filter_map(literal_of).collect())
        }
        _ => None,
    });
    let given = args.iter().map(|arg| !matches!(arg, ArgExpr::Missing)).collect();
    let literals = Literals { values: values.collect(), lists: lists.collect(), given, params };
    let outcome = prepare(&literals);
    outcome.map_err(|reason| Fault::at(call.at, format!("invalid call to {:?}: {reason}", call.name)))
}

fn literal_of(expr: &Expr) -> Option<&Value<'static>> {
    if let Expr::Literal(value) = expr { Some(value) } else { None }
}

fn folded_list(items: Vec<Expr>) -> Expr {
    let literal = |item: &Expr| if let Expr::Literal(value) = item { value.clone().into_any() } else { None };
    match items.iter().map(literal).collect::<Option<Vec<_>>>() {
        Some(values) => Expr::Literal(Value::List(List::literal(values))),
        None => Expr::List(items),
    }
}

fn folded_map(members: Vec<(String, Expr)>) -> Expr {
    let literal = |(key, item): &(String, Expr)| {
        let Expr::Literal(value) = item else { return None };
        Some((key.clone().into(), value.clone().into_any()?))
    };
    match members.iter().map(literal).collect::<Option<Vec<_>>>() {
        Some(values) => Expr::Literal(Value::Map(Map::owned(values))),
        None => Expr::Map(members),
    }
}
