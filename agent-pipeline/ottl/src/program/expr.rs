//! Compiled values: evaluated on a record without parsing, looking up names or, mostly, allocating.

use std::borrow::Cow;

use agent_otlp::AnyValue;

use super::path::{KeyExpr, PathExpr, look_into};
use crate::context::{Look, Record};
use crate::error::{Eval, EvalError};
use crate::function::{Args, Computed, Converter, Kind, Param, Prepared};
use crate::syntax::MathOp;
use crate::value::{List, Value, check, math, negative};

/// A compiled value.
#[derive(Debug)]
pub(crate) enum Expr {
    Literal(Value<'static>),
    Path(PathExpr),
    Call(Box<CallExpr>),
    List(Vec<Expr>),
    Map(Vec<(String, Expr)>),
    Negative(Box<Expr>),
    Math(MathOp, Box<Expr>, Box<Expr>),
}

/// A compiled call of a converter.
#[derive(Debug)]
pub(crate) struct CallExpr {
    pub(crate) function: &'static Converter,
    pub(crate) args: Box<[ArgExpr]>,
    pub(crate) prepared: Prepared,
    pub(crate) keys: Box<[KeyExpr]>,
}

/// A compiled argument.
#[derive(Debug)]
pub(crate) enum ArgExpr {
    Missing,
    /// What the parameter asks for already.
    Literal(Value<'static>),
    /// The same for a list that was written out.
    Literals(Vec<Value<'static>>),
    Value(Expr),
    Many(Vec<Expr>),
    Target(PathExpr),
    Function(&'static Converter),
}

impl Expr {
    /// The value on a record.
    pub(crate) fn eval<'v>(&'v self, record: &'v dyn Look) -> Eval<Value<'v>> {
        match self {
            Self::Literal(value) => Ok(value.borrow()),
            Self::Path(path) => path.get(record),
            Self::Call(call) => call.eval(record),
            Self::List(items) => {
                let items = items.iter().map(|item| storable(item.eval(record)?));
                let list = bounded(AnyValue::Array(items.collect::<Eval<_>>()?))?;
                Ok(if let AnyValue::Array(items) = list {
                    Value::List(List::literal(items))
                } else {
                    Value::Nil
                })
            }
            Self::Map(members) => {
                let members = members
                    .iter()
                    .map(|(key, value)| Ok((Cow::Borrowed(&**key), storable(value.eval(record)?)?)));
                bounded(AnyValue::KvList(members.collect::<Eval<_>>()?)).map(Value::of_owned)
            }
            Self::Negative(value) => negative(&value.eval(record)?),
            Self::Math(op, left, right) => math(*op, &left.eval(record)?, &right.eval(record)?),
        }
    }

    /// The value without a tie to the record or the program, to be put into the record.
    pub(crate) fn eval_apart<'e>(&self, record: &dyn Record<'e>) -> Eval<Value<'e>> {
        match self {
            Self::Literal(value) => Ok(value.clone()),
            Self::Path(path) => path.get_apart(record),
            Self::Call(call) => call.eval_apart(record),
            other => other.eval(record).map(Value::into_owned),
        }
    }
}

/// A value inside of a list or map.
fn storable(value: Value<'_>) -> Eval<AnyValue<'_>> {
    let name = value.type_name();
    let any = value
        .into_any()
        .ok_or(EvalError::Type { expected: "a value that lists and maps can hold", found: name })?;
    Ok(any)
}

/// A list or map that was put together, unless it is too large to be copied.
fn bounded(value: AnyValue<'_>) -> Eval<AnyValue<'_>> {
    check(&value, 0).map(|()| value)
}

impl CallExpr {
    /// The converter's result, looked into by the keys.
    pub(crate) fn eval<'v>(&'v self, record: &'v dyn Look) -> Eval<Value<'v>> {
        let mut args = Args::new(&self.args, &self.prepared, Some(record));
        for (index, (param, arg)) in self.function.params.iter().zip(&self.args).enumerate() {
            let kind = param.kind;
            match arg {
                ArgExpr::Value(expr) => {
                    args.put(index, Computed::Value(kind.coerce(expr.eval(record)?)?));
                }
                ArgExpr::Many(exprs) if kind != Kind::TextLikes => {
                    let values = exprs.iter().map(|expr| kind.coerce(expr.eval(record)?));
                    args.put(index, Computed::Many(values.collect::<Eval<_>>()?));
                }
                _ => {}
            }
        }
        let value = (self.function.run)(&mut args)?;
        if self.keys.is_empty() { Ok(value) } else { look_into(value, &self.keys, record) }
    }

    /// The result without a tie to the record or the program.
    fn eval_apart<'e>(&self, record: &dyn Record<'e>) -> Eval<Value<'e>> {
        if !self.function.parts || !self.keys.is_empty() {
            return self.eval(record).map(Value::into_owned);
        }
        let mut args = Args::new(&self.args, &self.prepared, Some(record));
        args.put_apart(self.function.params, record)?;
        (self.function.run)(&mut args)
    }
}

impl<'e> Args<'_, 'e> {
    /// Evaluates what must be, without a tie to the record.
    pub(super) fn put_apart(&mut self, params: &[Param], record: &dyn Record<'e>) -> Eval<()> {
        for (index, (param, arg)) in params.iter().zip(self.as_compiled()).enumerate() {
            let apart = |expr: &Expr| param.kind.coerce(expr.eval_apart(record)?);
            match arg {
                ArgExpr::Value(expr) => self.put(index, Computed::Value(apart(expr)?)),
                ArgExpr::Many(exprs) => {
                    let values = exprs.iter().map(apart);
                    self.put(index, Computed::Many(values.collect::<Eval<_>>()?));
                }
                _ => {}
            }
        }
        Ok(())
    }
}
