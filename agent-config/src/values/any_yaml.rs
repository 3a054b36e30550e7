//! A value of whatever type the document gives it, for settings such as an attribute's `value`.

use std::fmt;

use indexmap::IndexMap;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::{Serialize, Serializer};

/// Any YAML value, typed as YAML types it: `1` is an integer, `"1"` a string.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum AnyYaml {
    /// `null`, `~` or nothing.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction or an exponent, or a whole one beyond 64 bits signed.
    Float(f64),
    /// Text.
    String(String),
    /// A list.
    List(Vec<AnyYaml>),
    /// A map, in the order of the document.
    Map(IndexMap<String, AnyYaml>),
}

impl AnyYaml {
    /// Whether there is no value.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }
}

impl Serialize for AnyYaml {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Int(value) => serializer.serialize_i64(*value),
            Self::Float(value) => serializer.serialize_f64(*value),
            Self::String(value) => serializer.serialize_str(value),
            Self::List(items) => serializer.collect_seq(items),
            Self::Map(entries) => serializer.collect_map(entries),
        }
    }
}

impl<'de> Deserialize<'de> for AnyYaml {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyVisitor)
    }
}

struct AnyVisitor;

impl<'de> Visitor<'de> for AnyVisitor {
    type Value = AnyYaml;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E: Error>(self) -> Result<AnyYaml, E> {
        Ok(AnyYaml::Null)
    }

    fn visit_none<E: Error>(self) -> Result<AnyYaml, E> {
        Ok(AnyYaml::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<AnyYaml, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<AnyYaml, E> {
        Ok(AnyYaml::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<AnyYaml, E> {
        Ok(AnyYaml::Int(value))
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "OTLP has no unsigned numbers; beyond 64 bits signed they are doubles"
    )]
    fn visit_u64<E: Error>(self, value: u64) -> Result<AnyYaml, E> {
        Ok(i64::try_from(value).map_or(AnyYaml::Float(value as f64), AnyYaml::Int))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<AnyYaml, E> {
        Ok(AnyYaml::Float(value))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<AnyYaml, E> {
        Ok(AnyYaml::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<AnyYaml, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(AnyYaml::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<AnyYaml, A::Error> {
        let mut map = IndexMap::new();
        while let Some((key, value)) = entries.next_entry()? {
            map.insert(key, value);
        }
        Ok(AnyYaml::Map(map))
    }
}
