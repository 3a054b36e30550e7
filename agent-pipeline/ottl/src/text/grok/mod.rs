//! Grok: `%{NAME:field:type}` in a regular expression stands for a named one.
//!
//! A pattern is expanded once into one expression with numbered groups; which group fills which field is kept beside it.

mod patterns;

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::HashMap;

use agent_otlp::AnyValue;
use regex::Regex;

use crate::pattern;
use crate::value::parse_bool;

/// How deep named patterns may use others.
const MAX_DEPTH: usize = 16;
/// The longest expanded expression.
const MAX_LENGTH: usize = 64 * 1024;

/// A compiled pattern.
#[derive(Debug)]
pub(crate) struct Grok {
    regex: Regex,
    fields: Vec<Field>,
}

/// A group and what it fills.
#[derive(Debug)]
struct Field {
    group: String,
    name: String,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Int,
    Double,
    Bool,
}

impl Grok {
    /// Compiles a pattern. With `named_only` a pattern without a field captures nothing, else its own name is its field.
    /// `definitions` are `NAME=expression` and come before the stock ones.
    ///
    /// # Errors
    /// An unknown name or type, a definition without `=`, or no regular expression.
    pub(crate) fn new(text: &str, named_only: bool, definitions: &[&str]) -> Result<Self, String> {
        let mut own = HashMap::new();
        for definition in definitions {
            let (name, expression) =
                definition.split_once('=').ok_or("a pattern definition must be NAME=expression")?;
            own.insert(name.trim(), expression);
        }
        let mut expansion = Expansion { own: &own, named_only, out: String::new(), fields: Vec::new() };
        expansion.expand(text, 0)?;
        let regex =
            pattern::compile(&expansion.out).map_err(|error| format!("the pattern is no regexp: {error}"))?;
        let mut fields = expansion.fields;
        // Groups that were named in the expression itself.
        for name in regex.capture_names().flatten() {
            if !fields.iter().any(|field| field.group == name) {
                fields.push(Field { group: name.to_owned(), name: name.to_owned(), kind: Kind::Text });
            }
        }
        Ok(Self { regex, fields })
    }

    /// Whether any field is filled.
    pub(crate) fn has_fields(&self) -> bool {
        !self.fields.is_empty()
    }

    /// The fields of a text; none when it does not match.
    ///
    /// # Errors
    /// A field's text is not of its type.
    pub(crate) fn extract(&self, text: &str) -> Result<Vec<(Cow<'static, str>, AnyValue<'static>)>, String> {
        let Some(captures) = self.regex.captures(text) else { return Ok(Vec::new()) };
        let mut out: Vec<(Cow<'static, str>, AnyValue<'static>)> = Vec::new();
        for field in &self.fields {
            let Some(found) = captures.name(&field.group) else { continue };
            if out.iter().any(|(name, _)| *name == field.name) {
                continue;
            }
            let value = field.kind.convert(found.as_str());
            let value = value.ok_or_else(|| format!("the text for {:?} is not of its type", field.name))?;
            out.push((Cow::Owned(field.name.clone()), value));
        }
        Ok(out)
    }
}

impl Kind {
    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "string" => Self::Text,
            "int" | "long" => Self::Int,
            "float" | "double" => Self::Double,
            "bool" | "boolean" => Self::Bool,
            _ => return None,
        })
    }

    fn convert(self, text: &str) -> Option<AnyValue<'static>> {
        Some(match self {
            Self::Text => AnyValue::from(text.to_owned()),
            Self::Int => AnyValue::Int(text.parse().ok()?),
            Self::Double => AnyValue::Double(crate::value::parse_float(text)?),
            Self::Bool => AnyValue::Bool(parse_bool(text)?),
        })
    }
}

struct Expansion<'d> {
    own: &'d HashMap<&'d str, &'d str>,
    named_only: bool,
    out: String,
    fields: Vec<Field>,
}

impl Expansion<'_> {
    fn expand(&mut self, text: &str, depth: usize) -> Result<(), String> {
        if depth > MAX_DEPTH {
            return Err("grok patterns use each other too deeply".to_owned());
        }
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("%{") {
            self.out.push_str(before);
            let (inside, after) = after.split_once('}').ok_or("`%{` is not closed")?;
            self.reference(inside, depth)?;
            rest = after;
        }
        self.out.push_str(rest);
        if self.out.len() > MAX_LENGTH {
            return Err("the expanded grok pattern is too long".to_owned());
        }
        Ok(())
    }

    /// `NAME`, `NAME:field` or `NAME:field:type`.
    fn reference(&mut self, inside: &str, depth: usize) -> Result<(), String> {
        let mut parts = inside.splitn(3, ':');
        let name = parts.next().unwrap_or_default();
        let field = parts.next().filter(|field| !field.is_empty());
        let kind = parts.next().map_or(Ok(Kind::Text), |kind| {
            Kind::of(kind).ok_or_else(|| format!("unknown type {kind:?} in the grok pattern"))
        })?;
        let own = self.own.get(name).copied();
        let expression =
            own.or_else(|| patterns::stock(name)).ok_or_else(|| format!("unknown grok pattern {name:?}"))?;
        match field.or_else(|| (!self.named_only).then_some(name)) {
            Some(field) => {
                let group = format!("g{}_", self.fields.len());
                self.out.extend(["(?P<", &group, ">"]);
                self.fields.push(Field { group, name: field.to_owned(), kind });
            }
            None => self.out.push_str("(?:"),
        }
        self.expand(expression, depth + 1)?;
        self.out.push(')');
        Ok(())
    }
}
