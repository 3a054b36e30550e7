//! JSON to wire.
//!
//! The parser is `serde_json`; the seeds here turn each token into wire bytes as it comes. Its own recursion limit
//! is off, because it is lower than the nesting the agent relays: only `AnyValue` can nest without end, and
//! [`MAX_VALUE_DEPTH`] bounds it; unknown members are skipped by the parser without recursion.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::scalar;
use crate::schema::{self, Field, Kind, Message, Presence};
use crate::wire::{self, Nested};
use crate::{JsonError, MAX_VALUE_DEPTH, Signal};

/// The longest reason kept; what the parser quotes of the document can be of any length.
const MAX_REASON: usize = 200;

/// Turns a document into the bytes of an export request.
pub(crate) fn read(signal: Signal, json: &[u8]) -> Result<Vec<u8>, JsonError> {
    let mut parser = serde_json::Deserializer::from_slice(json);
    parser.disable_recursion_limit();
    // A guess that saves most of the growing: field names, quotes and hex digits take half of a document or more.
    let mut out = Nested::with_capacity(json.len() / 2);
    let request = Body { message: schema::request(signal), depth: 0, out: &mut out };
    request.deserialize(&mut parser).and_then(|()| parser.end()).map_err(|error| json_error(&error))?;
    let mut bytes = Vec::new();
    out.write(&mut bytes);
    Ok(bytes)
}

fn json_error(error: &serde_json::Error) -> JsonError {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let mut reason = text.strip_suffix(&place).unwrap_or(&text).to_owned();
    if reason.len() > MAX_REASON {
        let end = (0..=MAX_REASON).rev().find(|at| reason.is_char_boundary(*at)).unwrap_or(0);
        reason.truncate(end);
        reason.push_str("...");
    }
    JsonError { line: error.line(), column: error.column(), reason }
}

/// The members of one message.
struct Body<'o> {
    message: &'static Message,
    depth: usize,
    out: &'o mut Nested,
}

impl Body<'_> {
    fn read<'de, A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let depth = if self.message.nests { self.depth + 1 } else { self.depth };
        if depth > MAX_VALUE_DEPTH {
            return Err(A::Error::custom("values are nested too deeply"));
        }
        while let Some(field) = members.next_key_seed(Name(self.message))? {
            if let Some(field) = field {
                members.next_value_seed(Content { field, element: false, depth, out: self.out })?;
            } else {
                members.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Body<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Body<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object ({})", self.message.name)
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<(), A::Error> {
        self.read(members)
    }
}

/// The name of a member: the field it stands for, `None` for one nobody knows.
struct Name(&'static Message);

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Option<&'static Field>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for Name {
    type Value = Option<&'static Field>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.0.named(name))
    }
}

/// The value of a known member, or one element of it when it is a list.
struct Content<'o> {
    field: &'static Field,
    element: bool,
    depth: usize,
    out: &'o mut Nested,
}

impl Content<'_> {
    fn is_list(&self) -> bool {
        self.field.presence == Presence::List && !self.element
    }

    /// Whether elements stand in one length-delimited field without keys.
    fn is_packed(&self) -> bool {
        self.field.presence == Presence::List && self.field.kind.wire_type() != wire::LEN
    }

    /// Writes a scalar: key (unless packed) and content.
    fn put<E: Error>(self, scalar: Result<scalar::Scalar<'_>, &'static str>) -> Result<(), E> {
        if self.is_list() {
            return Err(E::custom(format_args!("{} must be a list", self.field.name)));
        }
        let scalar = scalar.map_err(|rule| E::custom(format_args!("{} {rule}", self.field.name)))?;
        if self.field.presence == Presence::Plain && scalar.is_zero() {
            return Ok(());
        }
        if !self.is_packed() {
            wire::put_key(self.out.bytes(), self.field.number, self.field.kind.wire_type());
        }
        scalar.put(self.out.bytes());
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Content<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Content<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shape = match self.field.kind {
            _ if self.is_list() => "a list",
            Kind::Message(_) => "an object",
            Kind::Str => "a string",
            Kind::Bytes => "a base64 string",
            Kind::TraceId | Kind::SpanId => "a hex string",
            Kind::Bool => "true or false",
            _ => "a number",
        };
        write!(f, "{shape} for {}", self.field.name)
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<(), A::Error> {
        match self.field.kind {
            Kind::Message(message) if !self.is_list() => {
                let open = self.out.open(self.field.number);
                Body { message, depth: self.depth, out: self.out }.read(members)?;
                self.out.close(&open);
                Ok(())
            }
            _ => Err(A::Error::invalid_type(serde::de::Unexpected::Map, &self)),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        if !self.is_list() {
            return Err(A::Error::invalid_type(serde::de::Unexpected::Seq, &self));
        }
        let list = self.is_packed().then(|| self.out.open(self.field.number));
        let (field, depth) = (self.field, self.depth);
        while elements.next_element_seed(Content { field, element: true, depth, out: self.out })?.is_some() {}
        if let Some(list) = list {
            self.out.close_unless_empty(&list);
        }
        Ok(())
    }

    /// `null` counts as absent; in a list of messages it is one without members.
    fn visit_unit<E: Error>(self) -> Result<(), E> {
        match self.field.kind {
            _ if !self.element => Ok(()),
            Kind::Message(_) => {
                wire::put_bytes(self.out.bytes(), self.field.number, &[]);
                Ok(())
            }
            _ => Err(E::invalid_type(serde::de::Unexpected::Unit, &self)),
        }
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        let scalar = scalar::from_bool(self.field.kind, value);
        self.put(scalar)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        let scalar = scalar::from_integer(self.field.kind, i128::from(value));
        self.put(scalar)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        let scalar = scalar::from_integer(self.field.kind, i128::from(value));
        self.put(scalar)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        let scalar = scalar::from_double(self.field.kind, value);
        self.put(scalar)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        let scalar = scalar::from_text(self.field.kind, value);
        self.put(scalar)
    }
}
