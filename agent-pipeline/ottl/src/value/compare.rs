//! Comparison: never an error. Values of different types are unequal and have no order; integers and doubles mix.

use std::cmp::Ordering;

use agent_otlp::AnyValue;

use super::Value;
use crate::syntax::Comparison;

/// Compares two values.
pub(crate) fn compare(left: &Value<'_>, op: Comparison, right: &Value<'_>) -> bool {
    match (is_nil(left), is_nil(right)) {
        (true, true) => {
            matches!(op, Comparison::Equal | Comparison::LessOrEqual | Comparison::GreaterOrEqual)
        }
        (true, false) | (false, true) => op == Comparison::NotEqual,
        (false, false) => match relation(left, right) {
            Relation::Ordered(order) => holds(op, order),
            Relation::Equality(equal) => match op {
                Comparison::Equal => equal,
                Comparison::NotEqual => !equal,
                _ => false,
            },
        },
    }
}

enum Relation {
    /// `None` when a NaN takes part.
    Ordered(Option<Ordering>),
    /// Equal or not, and no order.
    Equality(bool),
}

/// An empty byte string counts as nil, as an unset one does in the Collector.
fn is_nil(value: &Value<'_>) -> bool {
    match value {
        Value::Nil => true,
        Value::Bytes(bytes) => bytes.is_empty(),
        _ => false,
    }
}

fn relation(left: &Value<'_>, right: &Value<'_>) -> Relation {
    use Relation::{Equality, Ordered};
    match (left, right) {
        (Value::Bool(a), Value::Bool(b)) => Ordered(Some(a.cmp(b))),
        (Value::Int(a), Value::Int(b)) | (Value::Duration(a), Value::Duration(b)) => Ordered(Some(a.cmp(b))),
        (Value::Double(a), Value::Double(b)) => Ordered(a.partial_cmp(b)),
        (Value::Int(a), Value::Double(b)) => Ordered(float(*a).partial_cmp(b)),
        (Value::Double(a), Value::Int(b)) => Ordered(a.partial_cmp(&float(*b))),
        (Value::String(a), Value::String(b)) => Ordered(Some(a.as_bytes().cmp(b.as_bytes()))),
        (Value::Bytes(a), Value::Bytes(b)) => Ordered(Some(a.cmp(b))),
        (Value::Time(a), Value::Time(b)) => Ordered(Some(a.nanos.cmp(&b.nanos))),
        (Value::TraceId(a), Value::TraceId(b)) => Equality(a == b),
        (Value::SpanId(a), Value::SpanId(b)) => Equality(a == b),
        (Value::List(a), Value::List(b)) => Equality(same_items(a, b)),
        (Value::Map(a), Value::Map(b)) => Equality(same_members(a, b)),
        _ => Equality(false),
    }
}

#[expect(clippy::cast_precision_loss, reason = "integers are compared with doubles as doubles")]
fn float(number: i64) -> f64 {
    number as f64
}

fn holds(op: Comparison, order: Option<Ordering>) -> bool {
    let Some(order) = order else { return op == Comparison::NotEqual };
    match op {
        Comparison::Equal => order.is_eq(),
        Comparison::NotEqual => order.is_ne(),
        Comparison::Less => order.is_lt(),
        Comparison::LessOrEqual => order.is_le(),
        Comparison::Greater => order.is_gt(),
        Comparison::GreaterOrEqual => order.is_ge(),
    }
}

/// Equality through all levels; the order of map members does not count.
pub(crate) fn deep_equal(left: &AnyValue<'_>, right: &AnyValue<'_>) -> bool {
    match (left, right) {
        (AnyValue::Array(a), AnyValue::Array(b)) => same_items(a, b),
        (AnyValue::KvList(a), AnyValue::KvList(b)) => same_members(a, b),
        (AnyValue::Double(a), AnyValue::Double(b)) => a.partial_cmp(b) == Some(Ordering::Equal),
        _ => left == right,
    }
}

fn same_items(left: &[AnyValue<'_>], right: &[AnyValue<'_>]) -> bool {
    left.len() == right.len() && left.iter().zip(right).all(|(a, b)| deep_equal(a, b))
}

fn same_members(left: &[super::list::Member<'_>], right: &[super::list::Member<'_>]) -> bool {
    left.len() == right.len()
        && left.iter().zip(right).all(|((key, value), (other_key, other))| {
            // Members are nearly always in the same order; look for one only where they are not.
            let counterpart = if key == other_key {
                Some(other)
            } else {
                right.iter().find(|(name, _)| name == key).map(|(_, value)| value)
            };
            counterpart.is_some_and(|other| deep_equal(value, other))
        })
}
