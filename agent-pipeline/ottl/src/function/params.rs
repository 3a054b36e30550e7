//! Parameters: what an argument must be, checked when the program is compiled as far as possible, else when it runs.

use std::borrow::Cow;

use crate::error::Eval;
use crate::value::{Value, bytes_like, float_like, int_like, string_like};

/// One parameter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Param {
    /// In snake case.
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) optional: bool,
}

/// What an argument must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Any,
    Text,
    TextLike,
    Int,
    IntLike,
    Double,
    DoubleLike,
    BytesLike,
    Map,
    List,
    Time,
    Duration,
    /// Literals, known when the program is compiled.
    LiteralText,
    LiteralInt,
    LiteralBool,
    /// A list written out, each element of the kind.
    Anys,
    Texts,
    TextLikes,
    LiteralTexts,
    LiteralDoubles,
    /// A path, to be changed.
    Target,
    /// The name of a converter.
    Function,
}

impl Param {
    pub(crate) const fn of(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, optional: false }
    }

    pub(crate) const fn optional(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, optional: true }
    }
}

impl Kind {
    /// The value as the function gets it.
    pub(crate) fn coerce(self, value: Value<'_>) -> Eval<Value<'_>> {
        let fits = match self {
            Self::Text | Self::Texts | Self::LiteralText | Self::LiteralTexts => {
                matches!(value, Value::String(_))
            }
            Self::Int | Self::LiteralInt => matches!(value, Value::Int(_)),
            Self::Double | Self::LiteralDoubles => matches!(value, Value::Double(_)),
            Self::LiteralBool => matches!(value, Value::Bool(_)),
            Self::Map => matches!(value, Value::Map(_)),
            Self::List => matches!(value, Value::List(_)),
            Self::Time => matches!(value, Value::Time(_)),
            Self::Duration => matches!(value, Value::Duration(_)),
            Self::Any | Self::Anys | Self::Target | Self::Function => true,
            Self::TextLike | Self::TextLikes => {
                return Ok(string_like(value)?.map_or(Value::Nil, Value::String));
            }
            Self::IntLike => return Ok(int_like(&value)?.map_or(Value::Nil, Value::Int)),
            Self::DoubleLike => return Ok(float_like(&value)?.map_or(Value::Nil, Value::Double)),
            Self::BytesLike => return Ok(bytes_like(value)?.map_or(Value::Nil, Value::Bytes)),
        };
        if fits { Ok(value) } else { Err(value.not(self.name())) }
    }

    /// The kind in the words of an error.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Any | Self::Anys => "any value",
            Self::Text
            | Self::TextLike
            | Self::Texts
            | Self::TextLikes
            | Self::LiteralText
            | Self::LiteralTexts => "string",
            Self::Int | Self::IntLike | Self::LiteralInt => "int64",
            Self::Double | Self::DoubleLike | Self::LiteralDoubles => "float64",
            Self::LiteralBool => "bool",
            Self::BytesLike => "bytes",
            Self::Map => "map",
            Self::List => "list",
            Self::Time => "time",
            Self::Duration => "duration",
            Self::Target => "path",
            Self::Function => "function",
        }
    }

    /// What an argument may be, for documentation.
    const fn accepts(self) -> &'static str {
        match self {
            Self::Any => "any value",
            Self::Text => "text",
            Self::TextLike => "text, or what has one",
            Self::Int => "integer",
            Self::IntLike => "integer, or what becomes one",
            Self::Double => "double",
            Self::DoubleLike => "number, or what becomes one",
            Self::BytesLike => "bytes, or what has some",
            Self::Map => "map",
            Self::List => "list",
            Self::Time => "time",
            Self::Duration => "duration",
            Self::LiteralText => "literal text",
            Self::LiteralInt => "literal integer",
            Self::LiteralBool => "literal truth value",
            Self::Anys => "list, written out, of values",
            Self::Texts => "list, written out, of texts",
            Self::TextLikes => "list, written out, of what has a text",
            Self::LiteralTexts => "list of literal texts",
            Self::LiteralDoubles => "list of literal doubles",
            Self::Target => "path",
            Self::Function => "name of a converter",
        }
    }

    /// Whether only a literal will do.
    pub(crate) const fn is_literal(self) -> bool {
        matches!(self, Self::LiteralText | Self::LiteralInt | Self::LiteralBool)
            || matches!(self, Self::LiteralTexts | Self::LiteralDoubles)
    }

    /// Whether only a list written out will do.
    pub(crate) const fn is_many(self) -> bool {
        matches!(self, Self::Anys | Self::Texts | Self::TextLikes | Self::LiteralTexts | Self::LiteralDoubles)
    }
}

/// Parameters as documentation shows them.
pub(crate) fn signature(params: &[Param]) -> String {
    let show = |param: &Param| {
        if param.optional { Cow::Owned(format!("[{}]", param.name)) } else { Cow::Borrowed(param.name) }
    };
    params.iter().map(show).collect::<Vec<_>>().join(", ")
}

/// What each parameter accepts.
pub(crate) fn accepts(params: &[Param]) -> Vec<&'static str> {
    params.iter().map(|param| param.kind.accepts()).collect()
}
