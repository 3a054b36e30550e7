//! Compiled conditions.

use super::expr::{CallExpr, Expr};
use crate::context::Look;
use crate::error::{Eval, EvalError};
use crate::syntax::Comparison;
use crate::value::{Value, compare};

/// A compiled condition. Sides are evaluated from left to right, and no further than needed.
#[derive(Debug)]
pub(crate) enum Condition {
    Or(Vec<Condition>),
    And(Vec<Condition>),
    Not(Box<Condition>),
    Constant(bool),
    Compare(Expr, Comparison, Expr),
    Call(CallExpr),
}

impl Condition {
    /// Whether the condition holds on the record.
    pub(crate) fn holds(&self, record: &dyn Look) -> Eval<bool> {
        match self {
            Self::Or(terms) => {
                for term in terms {
                    if term.holds(record)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Self::And(factors) => {
                for factor in factors {
                    if !factor.holds(record)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Self::Not(inner) => inner.holds(record).map(|holds| !holds),
            Self::Constant(truth) => Ok(*truth),
            Self::Compare(left, op, Expr::Literal(right)) => Ok(compare(&left.eval(record)?, *op, right)),
            Self::Compare(left, op, right) => Ok(compare(&left.eval(record)?, *op, &right.eval(record)?)),
            Self::Call(call) => match call.eval(record)? {
                Value::Bool(truth) => Ok(truth),
                _ => {
                    Err(EvalError::Limit("value returned from Converter in constant expression must be bool"))
                }
            },
        }
    }
}
