//! The `...Like` coercions: what a function accepts where it asks for something like a string or number.
//! Nil stays nil; callers decide what that means.

use std::borrow::Cow;

use super::{Value, write_json};
use crate::error::{Eval, EvalError};
use crate::text::{hex, json_float};

/// Text of a value: bytes in hexadecimal, lists and maps as JSON.
pub(crate) fn string_like(value: Value<'_>) -> Eval<Option<Cow<'_, str>>> {
    Ok(Some(match value {
        Value::Nil => return Ok(None),
        Value::String(text) => text,
        Value::Bytes(bytes) => Cow::Owned(hex(&bytes)),
        Value::Bool(truth) => Cow::Borrowed(if truth { "true" } else { "false" }),
        Value::Int(number) | Value::Duration(number) => {
            Cow::Owned(itoa::Buffer::new().format(number).to_owned())
        }
        Value::Double(number) => {
            let text = json_float(number).ok_or(EvalError::Limit("NaN and infinities have no text"))?;
            Cow::Owned(text)
        }
        Value::List(_) | Value::Map(_) => {
            let any = value.into_any().unwrap_or_default();
            Cow::Owned(write_json(&any)?)
        }
        Value::TraceId(id) => Cow::Owned(hex(&id)),
        Value::SpanId(id) => Cow::Owned(hex(&id)),
        Value::Time(_) | Value::Records(_) => return Err(value.not("string or what becomes one")),
    }))
}

/// Appends what [`string_like`] gives, and says whether there is any.
pub(crate) fn put_string_like(value: Value<'_>, out: &mut String) -> Eval<bool> {
    match value {
        Value::Nil => return Ok(false),
        Value::String(text) => out.push_str(&text),
        Value::Int(number) | Value::Duration(number) => out.push_str(itoa::Buffer::new().format(number)),
        other => out.push_str(&string_like(other)?.unwrap_or_default()),
    }
    Ok(true)
}

/// A double of a number, numeric text or truth value.
pub(crate) fn float_like(value: &Value<'_>) -> Eval<Option<f64>> {
    Ok(Some(match value {
        Value::Nil => return Ok(None),
        Value::Double(number) => *number,
        #[expect(clippy::cast_precision_loss, reason = "an integer becomes the nearest double")]
        Value::Int(number) => *number as f64,
        Value::Bool(truth) => f64::from(u8::from(*truth)),
        Value::String(text) => {
            parse_float(text).ok_or(EvalError::Limit("the text is not a floating point number"))?
        }
        _ => return Err(value.not("float64 or what becomes one")),
    }))
}

/// An integer of a number, decimal text or truth value; text that is none gives nil, without an error.
pub(crate) fn int_like(value: &Value<'_>) -> Eval<Option<i64>> {
    Ok(match value {
        Value::Nil => None,
        Value::Int(number) => Some(*number),
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the fraction is cut; what is out of range is held"
        )]
        Value::Double(number) => Some(*number as i64),
        Value::Bool(truth) => Some(i64::from(*truth)),
        Value::String(text) => text.parse().ok(),
        _ => return Err(value.not("int64 or what becomes one")),
    })
}

/// A truth value of one, a number, or text.
pub(crate) fn bool_like(value: &Value<'_>) -> Eval<Option<bool>> {
    Ok(Some(match value {
        Value::Nil => return Ok(None),
        Value::Bool(truth) => *truth,
        Value::Int(number) => *number != 0,
        Value::Double(number) => *number != 0.0,
        Value::String(text) => parse_bool(text).ok_or(EvalError::Limit("the text is not a truth value"))?,
        _ => return Err(value.not("bool or what becomes one")),
    }))
}

/// Bytes of a value: text as it is, numbers in eight bytes with the highest first.
pub(crate) fn bytes_like(value: Value<'_>) -> Eval<Option<Cow<'_, [u8]>>> {
    Ok(Some(match value {
        Value::Nil => return Ok(None),
        Value::Bytes(bytes) => bytes,
        Value::String(Cow::Borrowed(text)) => Cow::Borrowed(text.as_bytes()),
        Value::String(Cow::Owned(text)) => Cow::Owned(text.into_bytes()),
        Value::Int(number) => Cow::Owned(number.to_be_bytes().to_vec()),
        Value::Double(number) => Cow::Owned(number.to_be_bytes().to_vec()),
        Value::Bool(truth) => Cow::Owned(vec![u8::from(truth)]),
        _ => return Err(value.not("bytes or what becomes bytes")),
    }))
}

/// Go's spellings of true and false.
pub(crate) fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}

/// A number as Go's `ParseFloat` reads it: decimal, hexadecimal with a binary exponent, infinities and NaN by name.
pub(crate) fn parse_float(text: &str) -> Option<f64> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, text.get(1..)?),
        b'+' => (false, text.get(1..)?),
        _ => (false, text),
    };
    if let Some(hexadecimal) = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        let magnitude = hexadecimal_float(hexadecimal)?;
        return Some(if negative { -magnitude } else { magnitude });
    }
    let parsed: f64 = text.parse().ok()?;
    // A finite text out of range is an error in Go.
    let named = digits.starts_with(|c: char| c.is_ascii_alphabetic());
    (named || parsed.is_finite()).then_some(parsed)
}

/// Digits, an optional point, and `p` with a decimal exponent, which is required.
fn hexadecimal_float(text: &str) -> Option<f64> {
    let (mantissa, exponent) = text.split_once(['p', 'P'])?;
    let exponent: i32 = exponent.parse().ok().filter(|exponent: &i32| exponent.abs() < 5000)?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let (mut value, mut scale) = (0.0_f64, 1.0_f64);
    for digit in whole.chars() {
        value = value * 16.0 + f64::from(digit.to_digit(16)?);
    }
    for digit in fraction.chars() {
        scale /= 16.0;
        value += scale * f64::from(digit.to_digit(16)?);
    }
    // In two steps, so that neither factor leaves the range while the product is in it.
    let result = value * 2f64.powi(exponent / 2) * 2f64.powi(exponent - exponent / 2);
    result.is_finite().then_some(result)
}
