//! JSON in and out. Out: keys in order, as the Collector's encoder writes maps. In: every number becomes a double.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use agent_otlp::AnyValue;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::list::Member;
use crate::error::{Eval, EvalError};
use crate::text::json_float;

/// Above how many members a map is indexed to find keys met twice.
const FEW: usize = 16;

/// The value as JSON text.
///
/// # Errors
/// A double is NaN or infinite.
pub(crate) fn write(any: &AnyValue<'_>) -> Eval<String> {
    let mut out = String::new();
    put(any, &mut out)?;
    Ok(out)
}

fn put(any: &AnyValue<'_>, out: &mut String) -> Eval<()> {
    match any {
        AnyValue::Empty => out.push_str("null"),
        AnyValue::Bool(truth) => out.push_str(if *truth { "true" } else { "false" }),
        AnyValue::Int(number) => out.push_str(&number.to_string()),
        AnyValue::Double(number) => {
            let text = json_float(*number).ok_or(EvalError::Limit("JSON has no NaN and no infinities"))?;
            out.push_str(&text);
        }
        AnyValue::String(text) => quote(text, out),
        AnyValue::Bytes(bytes) => quote(&STANDARD.encode(bytes), out),
        AnyValue::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                put(item, out)?;
            }
            out.push(']');
        }
        AnyValue::KvList(members) => {
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_by(|(a, _), (b, _)| a.cmp(b));
            out.push('{');
            for (index, (key, value)) in sorted.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                quote(key, out);
                out.push(':');
                put(value, out)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

fn quote(text: &str, out: &mut String) {
    // A string is always valid JSON.
    out.push_str(&serde_json::to_string(text).unwrap_or_default());
}

/// Reads an object or array. Texts without escapes are parts of the one that is read.
///
/// # Errors
/// The text is not JSON, or something else than an object or array.
pub(crate) fn parse(text: &str) -> Result<AnyValue<'_>, String> {
    if !text.trim_start().starts_with(['{', '[']) {
        return Err("the text is no JSON object and no JSON array".to_owned());
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    let parsed = Json.deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    // The words of the library may quote the data; the kind and place do not.
    parsed.map_err(|error| format!("invalid JSON at line {} column {}", error.line(), error.column()))
}

/// Reads one value.
struct Json;

impl<'de> DeserializeSeed<'de> for Json {
    type Value = AnyValue<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Json {
    type Value = AnyValue<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(AnyValue::Empty)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Self::Value, E> {
        Ok(AnyValue::Bool(truth))
    }

    #[expect(clippy::cast_precision_loss, reason = "every number becomes the nearest double")]
    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(AnyValue::Double(number as f64))
    }

    #[expect(clippy::cast_precision_loss, reason = "every number becomes the nearest double")]
    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(AnyValue::Double(number as f64))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(AnyValue::Double(number))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(AnyValue::String(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(AnyValue::String(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element_seed(Self)? {
            items.push(item);
        }
        Ok(AnyValue::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(key) = map.next_key_seed(Key)? {
            if members.is_empty() {
                // What a line of a logger has; one allocation instead of three.
                members.reserve(12);
            }
            members.push((key, map.next_value_seed(Self)?));
        }
        Ok(AnyValue::KvList(unique(members)))
    }
}

/// Reads a key.
struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}

/// Of members with the same key the last counts, at the place of the first.
fn unique(members: Vec<Member<'_>>) -> Vec<Member<'_>> {
    if members.len() <= FEW && !is_any_repeated(&members) {
        return members;
    }
    let mut out: Vec<Member<'_>> = Vec::with_capacity(members.len());
    let mut places: HashMap<Cow<'_, str>, usize> = HashMap::with_capacity(members.len());
    for (key, value) in members {
        let place = *places.entry(key.clone()).or_insert(out.len());
        match out.get_mut(place) {
            Some((_, old)) => *old = value,
            None => out.push((key, value)),
        }
    }
    out
}

/// Whether a key stands twice. Looks back only where the length and the ends of a key were met before, as far as 64 bits
/// can tell.
fn is_any_repeated(members: &[Member<'_>]) -> bool {
    let mut seen = 0_u64;
    members.iter().enumerate().any(|(at, (key, _))| {
        let end = |byte: Option<&u8>| usize::from(byte.copied().unwrap_or_default());
        let bytes = key.as_bytes();
        let bit = 1 << ((bytes.len() + 5 * end(bytes.first()) + 11 * end(bytes.last())) % 64);
        let met = seen & bit != 0;
        seen |= bit;
        met && members.iter().take(at).any(|(name, _)| name == key)
    })
}
