//! A value as attributes and log bodies hold it.

use std::borrow::Cow;

/// An OTLP `AnyValue`.
///
/// Strings and bytes are slices of the received buffer until someone changes them. Two values are equal when
/// they have the same kind and content; doubles compare by their bits, so that a NaN equals itself.
#[derive(Clone, Debug, Default)]
pub enum AnyValue<'a> {
    /// No value at all, which is not the same as an empty string.
    #[default]
    Empty,
    /// Text.
    String(Cow<'a, str>),
    /// A truth value.
    Bool(bool),
    /// A signed 64-bit integer.
    Int(i64),
    /// A double.
    Double(f64),
    /// Bytes.
    Bytes(Cow<'a, [u8]>),
    /// A list of values of any kinds.
    Array(Vec<AnyValue<'a>>),
    /// A map in wire order; keys are not checked for being unique.
    KvList(Vec<(Cow<'a, str>, AnyValue<'a>)>),
}

impl<'a> AnyValue<'a> {
    /// The text, if this is a string.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self { Some(text) } else { None }
    }

    /// The number, if this is an integer.
    pub fn as_int(&self) -> Option<i64> {
        if let Self::Int(number) = self { Some(*number) } else { None }
    }

    /// The number, if this is a double.
    pub fn as_double(&self) -> Option<f64> {
        if let Self::Double(number) = self { Some(*number) } else { None }
    }

    /// The truth value, if this is one.
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(truth) = self { Some(*truth) } else { None }
    }

    /// The bytes, if this is a byte string.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        if let Self::Bytes(bytes) = self { Some(bytes) } else { None }
    }

    /// The elements, if this is a list.
    pub fn as_array(&self) -> Option<&[AnyValue<'a>]> {
        if let Self::Array(values) = self { Some(values) } else { None }
    }

    /// The members, if this is a map.
    pub fn as_kvlist(&self) -> Option<&[(Cow<'a, str>, AnyValue<'a>)]> {
        if let Self::KvList(members) = self { Some(members) } else { None }
    }

    /// Whether there is no value.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Empty)
    }

    /// The same value without any tie to the received buffer.
    pub fn into_owned(self) -> AnyValue<'static> {
        match self {
            Self::Empty => AnyValue::Empty,
            Self::String(text) => AnyValue::String(Cow::Owned(text.into_owned())),
            Self::Bool(truth) => AnyValue::Bool(truth),
            Self::Int(number) => AnyValue::Int(number),
            Self::Double(number) => AnyValue::Double(number),
            Self::Bytes(bytes) => AnyValue::Bytes(Cow::Owned(bytes.into_owned())),
            Self::Array(values) => AnyValue::Array(values.into_iter().map(AnyValue::into_owned).collect()),
            Self::KvList(members) => AnyValue::KvList(
                members
                    .into_iter()
                    .map(|(key, value)| (Cow::Owned(key.into_owned()), value.into_owned()))
                    .collect(),
            ),
        }
    }
}

impl PartialEq for AnyValue<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Empty, Self::Empty) => true,
            (Self::String(a), Self::String(b)) => a == b,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Int(a), Self::Int(b)) => a == b,
            (Self::Double(a), Self::Double(b)) => a.to_bits() == b.to_bits(),
            (Self::Bytes(a), Self::Bytes(b)) => a == b,
            (Self::Array(a), Self::Array(b)) => a == b,
            (Self::KvList(a), Self::KvList(b)) => a == b,
            _ => false,
        }
    }
}

impl Eq for AnyValue<'_> {}

impl<'a> From<&'a str> for AnyValue<'a> {
    fn from(text: &'a str) -> Self {
        Self::String(Cow::Borrowed(text))
    }
}

impl From<String> for AnyValue<'_> {
    fn from(text: String) -> Self {
        Self::String(Cow::Owned(text))
    }
}

impl<'a> From<Cow<'a, str>> for AnyValue<'a> {
    fn from(text: Cow<'a, str>) -> Self {
        Self::String(text)
    }
}

impl From<bool> for AnyValue<'_> {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

impl From<i64> for AnyValue<'_> {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<f64> for AnyValue<'_> {
    fn from(number: f64) -> Self {
        Self::Double(number)
    }
}

impl<'a> From<&'a [u8]> for AnyValue<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Bytes(Cow::Borrowed(bytes))
    }
}

impl From<Vec<u8>> for AnyValue<'_> {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(Cow::Owned(bytes))
    }
}
