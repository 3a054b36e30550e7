//! What spans and log records have in common for matching: attributes, resource and instrumentation scope.

use std::borrow::Cow;

use agent_otlp::{AnyValue, Attributes, ScopeCtx};

use super::config::{AttributeConfig, LibraryConfig, MatchConfig};
use super::texts::Texts;
use super::{Fault, Found};
use crate::value;

/// See the file's head.
#[derive(Clone, Debug)]
pub(super) struct Properties {
    libraries: Vec<Library>,
    resources: Vec<Attribute>,
    attributes: Vec<Attribute>,
}

#[derive(Clone, Debug)]
struct Library {
    name: Texts,
    version: Option<Texts>,
}

#[derive(Clone, Debug)]
pub(super) struct Attribute {
    key: String,
    expected: Expected,
}

#[derive(Clone, Debug)]
enum Expected {
    Anything,
    Value(AnyValue<'static>),
    Pattern(Texts),
}

impl Properties {
    pub(super) fn new(config: &MatchConfig) -> Found<Self> {
        Ok(Self {
            libraries: libraries(config).collect::<Found<_>>()?,
            resources: attributes(&config.match_type, &config.resources, "resources")
                .collect::<Found<_>>()?,
            attributes: attributes(&config.match_type, &config.attributes, "attributes")
                .collect::<Found<_>>()?,
        })
    }

    /// All that is wrong with the parts.
    pub(super) fn faults(config: &MatchConfig) -> impl Iterator<Item = Fault> {
        let attributes = attributes(&config.match_type, &config.attributes, "attributes").chain(attributes(
            &config.match_type,
            &config.resources,
            "resources",
        ));
        libraries(config).filter_map(Found::err).chain(attributes.filter_map(Found::err))
    }

    pub(super) fn matches(&self, attributes: &Attributes<'_>, ctx: &ScopeCtx<'_>) -> bool {
        self.libraries.iter().all(|library| library.matches(ctx))
            && self.resources.iter().all(|expected| expected.matches(ctx.resource().attributes()))
            && self.attributes.iter().all(|expected| expected.matches(attributes))
    }
}

fn libraries(config: &MatchConfig) -> impl Iterator<Item = Found<Library>> {
    let one = |(index, library)| Library::new(&config.match_type, library).map_err(|fault| fault.at(index));
    config.libraries.iter().enumerate().map(one)
}

pub(super) fn attributes<'c>(
    match_type: &'c str,
    attributes: &'c [AttributeConfig],
    field: &'static str,
) -> impl Iterator<Item = Found<Attribute>> + 'c {
    let one = move |(index, attribute)| {
        Attribute::new(match_type, attribute, field).map_err(|fault: Fault| fault.at(index))
    };
    attributes.iter().enumerate().map(one)
}

impl Library {
    fn new(match_type: &str, config: &LibraryConfig) -> Found<Self> {
        let text = |text: &String| Texts::new(match_type, std::slice::from_ref(text), "libraries");
        Ok(Self { name: text(&config.name)?, version: config.version.as_ref().map(text).transpose()? })
    }

    fn matches(&self, ctx: &ScopeCtx<'_>) -> bool {
        let scope = ctx.scope();
        self.name.matches(scope.name())
            && self.version.as_ref().is_none_or(|version| version.matches(scope.version()))
    }
}

impl Attribute {
    fn new(match_type: &str, config: &AttributeConfig, field: &'static str) -> Found<Self> {
        let AttributeConfig { key, value } = config;
        if key.is_empty() {
            return Err(Fault::new(field, "can't have empty key in the list of attributes"));
        }
        let expected = match (value::from_yaml(value), match_type) {
            (AnyValue::Empty, _) => Expected::Anything,
            (value, "strict") => Expected::Value(value),
            (AnyValue::String(pattern), _) => {
                Expected::Pattern(Texts::new(match_type, &[pattern.into_owned()], field)?)
            }
            (_, "regexp") => {
                let problem = format!("match_type=regexp for {key:?} only supports Str");
                return Err(Fault::new(field, problem));
            }
            _ => return Err(Fault::unknown_match_type(match_type)),
        };
        Ok(Self { key: key.clone(), expected })
    }

    pub(super) fn matches(&self, attributes: &Attributes<'_>) -> bool {
        let Some(value) = attributes.get(&self.key) else { return false };
        match &self.expected {
            Expected::Anything => true,
            Expected::Value(expected) => equal(expected, value),
            Expected::Pattern(pattern) => scalar_text(value).is_some_and(|text| pattern.matches(&text)),
        }
    }
}

/// Doubles are equal as numbers, not as bits, and maps in whatever order.
fn equal(expected: &AnyValue<'_>, value: &AnyValue<'_>) -> bool {
    match (expected, value) {
        #[expect(clippy::float_cmp, reason = "the configuration names the exact number")]
        (AnyValue::Double(a), AnyValue::Double(b)) => a == b,
        (AnyValue::Array(a), AnyValue::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b))
        }
        (AnyValue::KvList(a), AnyValue::KvList(b)) => {
            let has = |(key, value): &(Cow<'_, str>, AnyValue<'_>)| {
                b.iter().any(|(other, found)| other == key && equal(value, found))
            };
            a.len() == b.len() && a.iter().all(has)
        }
        _ => expected == value,
    }
}

/// The text that a pattern looks at. Lists, maps and bytes have none; doubles are written without exponent.
fn scalar_text<'v>(value: &'v AnyValue<'_>) -> Option<Cow<'v, str>> {
    match value {
        AnyValue::Double(number) if number.is_finite() => Some(Cow::Owned(number.to_string())),
        AnyValue::Double(number) if number.is_nan() => Some(Cow::Borrowed("NaN")),
        AnyValue::Double(number) => Some(Cow::Borrowed(if *number > 0.0 { "+Inf" } else { "-Inf" })),
        AnyValue::String(_) | AnyValue::Bool(_) | AnyValue::Int(_) => Some(value::as_text(value)),
        _ => None,
    }
}
