//! Brings OTLP/JSON into the one form in which two outputs are compared.
//!
//! Absent and default become the same, 64-bit integers become decimal strings, ids lower case, and arrays without an
//! order are sorted. What OTLP does not have stays as it is, so that it is seen.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use serde_json::{Map, Value};

use super::merge;
use super::order::sort_key;
use super::schema::{Kind, Scalar, Shape, Signal, is_unordered};

/// Output that is not OTLP/JSON: the sentence says which field.
pub(super) type Malformed = String;

const LENIENT_BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// How a case wants its output read.
#[derive(Debug)]
pub(super) struct Canon {
    /// Field names that are dropped everywhere.
    pub(super) ignore: BTreeSet<String>,
    /// Attribute keys that are dropped.
    pub(super) ignore_attributes: BTreeSet<String>,
    /// Whether entries with an equal resource become one.
    pub(super) merge: bool,
}

impl Canon {
    /// The canonical form of all resource entries of one signal.
    pub(super) fn signal(&self, signal: &Signal, resources: &[Value]) -> Result<Value, Malformed> {
        let mut entries = Vec::with_capacity(resources.len());
        for resource in resources {
            entries.push(self.message(signal.shape, resource)?);
        }
        if self.merge {
            entries = merge::resources(signal, entries);
        }
        let mut entries: Vec<Value> = entries.into_iter().map(Value::Object).collect();
        entries.sort_by_cached_key(sort_key);
        Ok(Value::Array(entries))
    }

    fn message(&self, shape: &Shape, value: &Value) -> Result<Map<String, Value>, Malformed> {
        let object = match value {
            Value::Null => return Ok(Map::new()),
            Value::Object(object) => object,
            other => return Err(format!("{} is not an object: {other}", shape.name)),
        };
        let mut out = Map::new();
        for (key, value) in object {
            if value.is_null() || self.ignore.contains(key) {
                continue;
            }
            let Some((_, kind)) = shape.fields.iter().find(|(name, _)| name == key) else {
                out.insert(key.clone(), value.clone());
                continue;
            };
            let canonical =
                self.field(key, *kind, value).map_err(|reason| format!("{}.{key}: {reason}", shape.name))?;
            if let Some(canonical) = canonical {
                out.insert(key.clone(), canonical);
            }
        }
        Ok(out)
    }

    /// `None` where the value is the same as no value.
    fn field(&self, key: &str, kind: Kind, value: &Value) -> Result<Option<Value>, Malformed> {
        let full = |object: Map<String, Value>| (!object.is_empty()).then_some(Value::Object(object));
        Ok(match kind {
            Kind::One(kind) => Some(scalar(kind, value)?).filter(|value| !is_default(value)),
            Kind::Present(kind) => Some(scalar(kind, value)?),
            Kind::Message(shape) => full(self.message(shape, value)?),
            Kind::Marked(shape) => Some(Value::Object(self.message(shape, value)?)),
            Kind::Any => full(self.any_value(value)?),
            Kind::Attributes => Some(self.attributes(value, true)?).filter(|value| !is_default(value)),
            Kind::Many(kind) => {
                let items: Result<Vec<_>, _> = array(value)?.iter().map(|item| scalar(kind, item)).collect();
                Some(Value::Array(items?)).filter(|value| !is_default(value))
            }
            Kind::Messages(shape) => {
                let mut items = Vec::new();
                for item in array(value)? {
                    items.push(Value::Object(self.message(shape, item)?));
                }
                if is_unordered(key) {
                    items.sort_by_cached_key(sort_key);
                }
                Some(Value::Array(items)).filter(|value| !is_default(value))
            }
        })
    }

    fn attributes(&self, value: &Value, drop_ignored: bool) -> Result<Value, Malformed> {
        let mut out = Vec::new();
        for item in array(value)? {
            let key = item.get("key").and_then(Value::as_str).unwrap_or_default();
            if drop_ignored && self.ignore_attributes.contains(key) {
                continue;
            }
            let mut entry = Map::new();
            entry.insert("key".to_owned(), Value::from(key));
            let value = self.any_value(item.get("value").unwrap_or(&Value::Null))?;
            if !value.is_empty() {
                entry.insert("value".to_owned(), Value::Object(value));
            }
            out.push((key.to_owned(), Value::Object(entry)));
        }
        out.sort_by(|left, right| left.0.cmp(&right.0));
        Ok(Value::Array(out.into_iter().map(|(_, entry)| entry).collect()))
    }

    /// The member that is set counts, even when it holds a zero.
    fn any_value(&self, value: &Value) -> Result<Map<String, Value>, Malformed> {
        let Value::Object(object) = value else { return Ok(Map::new()) };
        let mut out = Map::new();
        for (key, inner) in object.iter().filter(|(_, inner)| !inner.is_null()) {
            let values = inner.get("values").filter(|values| !values.is_null());
            let canonical = match key.as_str() {
                "stringValue" => scalar(Scalar::Text, inner)?,
                "boolValue" => scalar(Scalar::Bool, inner)?,
                "intValue" => scalar(Scalar::Int64, inner)?,
                "doubleValue" => scalar(Scalar::Double, inner)?,
                "bytesValue" => scalar(Scalar::Base64, inner)?,
                "arrayValue" => {
                    let mut items = Vec::new();
                    for item in values.map_or(Ok(&[][..]), array)? {
                        items.push(Value::Object(self.any_value(item)?));
                    }
                    with_values(Value::Array(items))
                }
                "kvlistValue" => with_values(
                    values.map_or(Ok(Value::Array(vec![])), |values| self.attributes(values, false))?,
                ),
                _ => inner.clone(),
            };
            out.insert(key.clone(), canonical);
        }
        Ok(out)
    }
}

fn with_values(values: Value) -> Value {
    let mut object = Map::new();
    if !is_default(&values) {
        object.insert("values".to_owned(), values);
    }
    Value::Object(object)
}

fn array(value: &Value) -> Result<&[Value], Malformed> {
    value.as_array().map(Vec::as_slice).ok_or_else(|| format!("not an array: {value}"))
}

fn is_default(value: &Value) -> bool {
    match value {
        Value::String(text) => text.is_empty() || text == "0",
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::Bool(flag) => !flag,
        Value::Array(items) => items.is_empty(),
        Value::Object(object) => object.is_empty(),
        Value::Null => true,
    }
}

fn scalar(kind: Scalar, value: &Value) -> Result<Value, Malformed> {
    match (kind, value) {
        (Scalar::Text, Value::String(_)) | (Scalar::Bool, Value::Bool(_)) => Ok(value.clone()),
        (Scalar::Text, _) => Err(format!("not a string: {value}")),
        (Scalar::Bool, _) => Err(format!("not a bool: {value}")),
        (Scalar::Int32, _) => {
            let number = integer(value)?;
            i64::try_from(number).map(Value::from).map_err(|_| format!("not a 32-bit integer: {value}"))
        }
        (Scalar::Int64, _) => Ok(Value::from(integer(value)?.to_string())),
        (Scalar::Double, _) => double(value),
        (Scalar::Base64, Value::String(text)) => {
            let text = text.replace('-', "+").replace('_', "/");
            let bytes = LENIENT_BASE64.decode(text).map_err(|_| format!("not base64: {value}"))?;
            Ok(Value::from(STANDARD.encode(bytes)))
        }
        (Scalar::Base64, _) => Err(format!("not base64: {value}")),
        (Scalar::Hex, Value::String(text)) => {
            let all_zero = text.bytes().all(|byte| byte == b'0');
            Ok(Value::from(if all_zero { String::new() } else { text.to_ascii_lowercase() }))
        }
        (Scalar::Hex, _) => Err(format!("not an id: {value}")),
    }
}

fn integer(value: &Value) -> Result<i128, Malformed> {
    let parsed = match value {
        Value::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(number), _, _) => Some(i128::from(number)),
            (_, Some(number), _) => Some(i128::from(number)),
            // Beyond 2^63 a JSON number without a fraction is read as a double; its digits are then exact.
            (_, _, Some(number)) if number.fract() == 0.0 => format!("{number:.0}").parse().ok(),
            _ => None,
        },
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    parsed.ok_or_else(|| format!("not an integer: {value}"))
}

fn double(value: &Value) -> Result<Value, Malformed> {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        // Rust reads nan, inf and infinity in any case, as the comparison wants it.
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    let number: f64 = number.ok_or_else(|| format!("not a double: {value}"))?;
    Ok(if number.is_nan() {
        Value::from("NaN")
    } else if number.is_infinite() {
        Value::from(if number > 0.0 { "Infinity" } else { "-Infinity" })
    } else {
        Value::from(number)
    })
}
