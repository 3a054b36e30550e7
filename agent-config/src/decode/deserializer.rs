//! serde's view of a node: which content serves which kind of field.
//!
//! The rules are those of the Collector's decoder. A null is the default of a scalar, list or map field and an empty
//! map for a struct, so that `Option<Struct>` tells a section that is there without content (`grpc:` gives
//! `Some(Struct::default())`) from one that is absent (`None`). Whole values from the environment serve text fields with
//! their text and all others with their YAML type. A text for a list field is split at commas; a number for a
//! whole-number field loses its fraction.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::sync::Arc;

use serde::de::{Deserializer, IntoDeserializer, Visitor};

use super::SCALAR;
use super::access::{Elements, Entries, Tagged};
use super::error::{DecodeError, Reason};
use crate::issues::{ConfigPath, Issues, Trail};
use crate::yaml::{Kind, Node};

/// What one decode of a section shares.
pub(crate) struct Round<'a> {
    /// Values to leave out, told or null in an earlier round.
    pub(crate) absent: &'a HashSet<ConfigPath>,
    /// Where unknown keys are told.
    pub(crate) issues: RefCell<Issues>,
    /// Values that may still be looked at.
    pub(crate) budget: &'a Cell<usize>,
}

/// Who receives the value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Receiver {
    /// The field of a struct, which has a default.
    Field,
    /// An element of a list, a value of a map, or the section itself; a null there is the zero of its type.
    Element,
}

/// One value, ready to be decoded.
#[derive(Clone, Copy)]
pub(crate) struct Value<'a> {
    pub(crate) node: &'a Arc<Node>,
    pub(crate) trail: &'a Trail<'a>,
    pub(crate) round: &'a Round<'a>,
    pub(crate) receiver: Receiver,
}

impl Value<'_> {
    fn mismatch(&self, expected: &str) -> DecodeError {
        let kind = &self.node.kind;
        let got = match kind {
            Kind::Text(text) => format!("string {text:?}"),
            Kind::Null | Kind::List(_) | Kind::Map(_) => kind.noun().to_owned(),
            _ => format!("{} {}", kind.noun(), self.node.text.as_deref().unwrap_or_default()),
        };
        DecodeError::of(Reason::Unfit { expected: expected.to_owned(), got }).within(self.trail)
    }

    /// A null that the decoder cannot turn into a value; the caller asks for the default instead.
    fn absent(&self) -> DecodeError {
        DecodeError::of(Reason::Null).within(self.trail)
    }

    /// Whether a null counts as the zero of the type rather than as the field's default.
    fn null_is_zero(&self) -> bool {
        self.node.expanded || self.receiver == Receiver::Element
    }

    fn number<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match &self.node.kind {
            Kind::Int(value) => visitor.visit_i64(*value),
            Kind::UInt(value) => visitor.visit_u64(*value),
            Kind::Float(value) => match whole(*value) {
                Some(value) => visitor.visit_i64(value),
                None => Err(self.mismatch("an integer")),
            },
            Kind::Null if self.null_is_zero() => visitor.visit_i64(0),
            Kind::Null => Err(self.absent()),
            _ => Err(self.mismatch("an integer")),
        }
    }

    fn list<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        let text = match &self.node.kind {
            Kind::List(items) => return visitor.visit_seq(Elements::of(self, items)),
            Kind::Null if self.null_is_zero() => return visitor.visit_seq(Elements::of(self, &[])),
            Kind::Null => return Err(self.absent()),
            Kind::Map(_) => return Err(self.mismatch("a list")),
            _ => self.node.scalar_text().unwrap_or_default(),
        };
        let parts: Vec<Arc<Node>> = if text.is_empty() {
            Vec::new()
        } else {
            let part = |part: &str| Arc::new(Node::new(Kind::Text(part.to_owned()), self.node.position));
            text.split(',').map(part).collect()
        };
        visitor.visit_seq(Elements::of(self, &parts))
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the fraction is cut off, as in the Collector; the range is checked"
)]
fn whole(value: f64) -> Option<i64> {
    (-9.2e18..9.2e18).contains(&value).then_some(value as i64)
}

macro_rules! numbers {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
            self.number(visitor)
        })*
    };
}

impl<'de> Deserializer<'de> for Value<'_> {
    type Error = DecodeError;

    numbers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match &self.node.kind {
            Kind::Null => visitor.visit_unit(),
            Kind::Bool(value) => visitor.visit_bool(*value),
            Kind::Int(value) => visitor.visit_i64(*value),
            Kind::UInt(value) => visitor.visit_u64(*value),
            Kind::Float(value) => visitor.visit_f64(*value),
            Kind::Text(text) => visitor.visit_str(text),
            Kind::List(items) => visitor.visit_seq(Elements::of(self, items)),
            Kind::Map(entries) => visitor.visit_map(Entries::of(self, Some(entries), None)),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match &self.node.kind {
            Kind::Bool(value) => visitor.visit_bool(*value),
            Kind::Null if self.null_is_zero() => visitor.visit_bool(false),
            Kind::Null => Err(self.absent()),
            _ => Err(self.mismatch("true or false")),
        }
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match &self.node.kind {
            Kind::Float(value) => visitor.visit_f64(*value),
            Kind::Int(value) => visitor.visit_i64(*value),
            Kind::UInt(value) => visitor.visit_u64(*value),
            Kind::Null if self.null_is_zero() => visitor.visit_f64(0.0),
            Kind::Null => Err(self.absent()),
            _ => Err(self.mismatch("a number")),
        }
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match (self.node.scalar_text(), &self.node.kind) {
            // The text of a typed value counts only where a reference brought it, as in the Collector.
            (Some(_), Kind::Bool(_) | Kind::Int(_) | Kind::UInt(_) | Kind::Float(_))
                if !self.node.expanded =>
            {
                Err(self.mismatch("a string"))
            }
            (Some(text), _) => visitor.visit_str(text),
            (None, Kind::Null) if self.null_is_zero() => visitor.visit_str(""),
            (None, Kind::Null) => Err(self.absent()),
            _ => Err(self.mismatch("a string")),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        if self.node.is_null() && self.node.expanded {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match &self.node.kind {
            Kind::Null => visitor.visit_unit(),
            Kind::Map(entries) if entries.is_empty() => visitor.visit_unit(),
            _ => Err(self.mismatch("nothing")),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        match &self.node.kind {
            _ if name != SCALAR => visitor.visit_newtype_struct(self),
            Kind::Null if self.null_is_zero() => visitor.visit_i64(0),
            Kind::Null => Err(self.absent()),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.list(visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _length: usize, visitor: V) -> Result<V::Value, DecodeError> {
        self.list(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _length: usize,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.list(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match &self.node.kind {
            Kind::Map(entries) => visitor.visit_map(Entries::of(self, Some(entries), None)),
            Kind::Null if self.null_is_zero() => visitor.visit_map(Entries::of(self, None, None)),
            Kind::Null => Err(self.absent()),
            _ => Err(self.mismatch("a map")),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        match &self.node.kind {
            Kind::Map(entries) => visitor.visit_map(Entries::of(self, Some(entries), Some(fields))),
            Kind::Null => visitor.visit_map(Entries::of(self, None, Some(fields))),
            _ => Err(self.mismatch("a map")),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        if let Some(text) = self.node.scalar_text() {
            return visitor.visit_enum(text.into_deserializer());
        }
        match &self.node.kind {
            Kind::Null if self.receiver == Receiver::Field => Err(self.absent()),
            Kind::Map(entries) => match (entries.first(), entries.len()) {
                (Some((key, entry)), 1) => visitor.visit_enum(Tagged::of(self, key, entry)),
                _ => Err(self.mismatch(&format!("a map with one of the keys {}", variants.join(", ")))),
            },
            _ => Err(self.mismatch(&format!("one of {}", variants.join(", ")))),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_unit()
    }
}
