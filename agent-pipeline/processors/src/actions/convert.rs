//! `convert`: the same value in another type, where it has one.

use agent_otlp::AnyValue;

use crate::value::as_text;

/// The type to convert to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Int,
    Double,
    String,
}

impl Target {
    pub(super) fn parse(text: &str) -> Option<Self> {
        match text {
            "int" => Some(Self::Int),
            "double" => Some(Self::Double),
            "string" => Some(Self::String),
            _ => None,
        }
    }

    /// The converted value; `None` when there is none, or it has the type already.
    pub(super) fn convert(self, value: &AnyValue<'_>) -> Option<AnyValue<'static>> {
        match (self, value) {
            (Self::Int, AnyValue::Double(number)) => Some(AnyValue::Int(truncate(*number))),
            (Self::Int, AnyValue::Bool(truth)) => Some(AnyValue::Int(i64::from(*truth))),
            (Self::Int, AnyValue::String(text)) => text.parse().ok().map(AnyValue::Int),
            (Self::Double, AnyValue::Int(number)) => Some(AnyValue::Double(widen(*number))),
            (Self::Double, AnyValue::Bool(truth)) => Some(AnyValue::Double(f64::from(u8::from(*truth)))),
            (Self::Double, AnyValue::String(text)) => parse_double(text).map(AnyValue::Double),
            (Self::String, AnyValue::String(_)) => None,
            (Self::String, value) => Some(as_text(value).into_owned().into()),
            _ => None,
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "that is the conversion: the fraction goes, what is too large is cut"
)]
fn truncate(number: f64) -> i64 {
    number as i64
}

#[expect(clippy::cast_precision_loss, reason = "the nearest double is what a conversion to double gives")]
fn widen(number: i64) -> f64 {
    number as f64
}

/// Reads a double. As in Go, a text that names a finite number beyond the range of doubles has no value.
fn parse_double(text: &str) -> Option<f64> {
    let number: f64 = text.parse().ok()?;
    let too_large = number.is_infinite() && text.contains(|c: char| c.is_ascii_digit());
    (!too_large).then_some(number)
}
