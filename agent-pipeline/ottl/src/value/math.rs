//! Arithmetic on numbers, times and durations. Integers wrap, as Go's do.

use super::{Time, Value};
use crate::error::{Eval, EvalError};
use crate::syntax::MathOp;

/// Applies an operator.
pub(crate) fn math(op: MathOp, left: &Value<'_>, right: &Value<'_>) -> Eval<Value<'static>> {
    match (left, right) {
        (Value::Int(a), Value::Int(b)) => ints(op, *a, *b),
        (Value::Int(a), Value::Double(b)) => doubles(op, float(*a), *b),
        (Value::Double(a), Value::Int(b)) => doubles(op, *a, float(*b)),
        (Value::Double(a), Value::Double(b)) => doubles(op, *a, *b),
        (Value::Time(a), Value::Time(b)) if op == MathOp::Subtract => Ok(Value::Duration(a.since(b))),
        (Value::Time(time), Value::Duration(nanos)) => match op {
            MathOp::Add => Ok(Value::Time(moved(time, *nanos))),
            MathOp::Subtract => Ok(Value::Time(moved(time, nanos.wrapping_neg()))),
            _ => Err(unsupported(left)),
        },
        (Value::Duration(nanos), Value::Time(time)) if op == MathOp::Add => {
            Ok(Value::Time(moved(time, *nanos)))
        }
        (Value::Duration(a), Value::Duration(b)) => match op {
            MathOp::Add => Ok(Value::Duration(a.wrapping_add(*b))),
            MathOp::Subtract => Ok(Value::Duration(a.wrapping_sub(*b))),
            _ => Err(unsupported(left)),
        },
        _ => Err(unsupported(if is_operand(left) { right } else { left })),
    }
}

/// The value with the other sign.
pub(crate) fn negative(value: &Value<'_>) -> Eval<Value<'static>> {
    match value {
        Value::Int(number) => Ok(Value::Int(number.wrapping_neg())),
        Value::Double(number) => Ok(Value::Double(-number)),
        _ => Err(unsupported(value)),
    }
}

fn is_operand(value: &Value<'_>) -> bool {
    matches!(value, Value::Int(_) | Value::Double(_) | Value::Time(_) | Value::Duration(_))
}

fn unsupported(value: &Value<'_>) -> EvalError {
    value.not("numbers, or times and durations that can be added or subtracted,")
}

fn moved(time: &Time, nanos: i64) -> Time {
    Time { nanos: time.nanos + i128::from(nanos), zone: time.zone.clone() }
}

#[expect(clippy::cast_precision_loss, reason = "an integer beside a double becomes one")]
fn float(number: i64) -> f64 {
    number as f64
}

fn ints(op: MathOp, a: i64, b: i64) -> Eval<Value<'static>> {
    Ok(Value::Int(match op {
        MathOp::Add => a.wrapping_add(b),
        MathOp::Subtract => a.wrapping_sub(b),
        MathOp::Multiply => a.wrapping_mul(b),
        MathOp::Divide if b == 0 => return Err(EvalError::DivideByZero),
        MathOp::Divide => a.wrapping_div(b),
    }))
}

fn doubles(op: MathOp, a: f64, b: f64) -> Eval<Value<'static>> {
    Ok(Value::Double(match op {
        MathOp::Add => a + b,
        MathOp::Subtract => a - b,
        MathOp::Multiply => a * b,
        MathOp::Divide if b == 0.0 => return Err(EvalError::DivideByZero),
        MathOp::Divide => a / b,
    }))
}
