//! Both directions between the name of a span and its attributes.

use std::borrow::Cow;

use agent_component::BuildError;
use agent_otlp::{AnyValue, Span};
use agent_ottl::pattern;
use regex::{Captures, Regex};

use super::{Config, NameConfig};

/// The name from the values of attributes.
#[derive(Debug)]
pub(super) struct FromAttributes {
    keys: Vec<String>,
    separator: String,
}

/// Attributes from parts of the name.
#[derive(Debug)]
pub(super) struct ToAttributes {
    rules: Vec<Rule>,
    first_only: bool,
    keep_name: bool,
}

#[derive(Debug)]
struct Rule {
    pattern: Regex,
    /// The names of its groups, without that of the whole match; empty for one without a name.
    groups: Vec<String>,
}

impl FromAttributes {
    pub(super) fn new(config: &NameConfig) -> Self {
        Self { keys: config.from_attributes.clone(), separator: config.separator.clone() }
    }

    /// Sets the name, if there are keys to make it from and the span has them all.
    pub(super) fn apply(&self, span: &mut Span<'_>) {
        if self.keys.is_empty() {
            return;
        }
        let mut name = String::new();
        for (index, key) in self.keys.iter().enumerate() {
            let Some(value) = span.attributes().get(key) else { return };
            if index > 0 {
                name.push_str(&self.separator);
            }
            name.push_str(&text(value));
        }
        span.set_name(&name);
    }
}

/// The text of a value in a name; doubles are written without an exponent.
fn text<'v>(value: &'v AnyValue<'_>) -> Cow<'v, str> {
    match value {
        AnyValue::String(text) => Cow::Borrowed(text),
        AnyValue::Bool(truth) => Cow::Borrowed(if *truth { "true" } else { "false" }),
        AnyValue::Int(number) => Cow::Owned(number.to_string()),
        AnyValue::Double(number) if number.is_infinite() => {
            Cow::Borrowed(if *number > 0.0 { "+Inf" } else { "-Inf" })
        }
        AnyValue::Double(number) => Cow::Owned(number.to_string()),
        AnyValue::Empty | AnyValue::Bytes(_) | AnyValue::Array(_) | AnyValue::KvList(_) => {
            Cow::Borrowed("<unknown-attribute-type>")
        }
    }
}

impl ToAttributes {
    pub(super) fn build(config: &Config) -> Result<Self, BuildError> {
        let rule = |(index, text): (usize, &String)| {
            let at = || format!("name::to_attributes::rules[{index}]");
            let pattern = pattern::compile(text).map_err(|error| BuildError::new(at(), error.to_string()))?;
            let groups = pattern.capture_names().skip(1).map(|name| name.unwrap_or_default().to_owned());
            let groups = groups.collect();
            Ok(Rule { pattern, groups })
        };
        let options = config.name.to_attributes.as_ref();
        Ok(Self {
            rules: config.rules().iter().enumerate().map(rule).collect::<Result<_, _>>()?,
            first_only: options.is_some_and(|options| options.break_after_match),
            keep_name: options.is_some_and(|options| options.keep_original_name),
        })
    }

    /// Runs the rules one after the other, each on the name that the one before it left.
    pub(super) fn apply(&self, span: &mut Span<'_>) {
        for Rule { pattern, groups } in &self.rules {
            let name = span.name().to_owned();
            if name.is_empty() {
                return;
            }
            let Some(found) = pattern.captures(&name) else { continue };
            for (index, group) in groups.iter().enumerate() {
                let value = found.get(index + 1).map_or("", |found| found.as_str());
                span.attributes_mut().upsert(group.clone(), value.to_owned());
            }
            if !self.keep_name {
                span.set_name(&template(&name, groups, &found));
            }
            if self.first_only {
                return;
            }
        }
    }
}

/// The name with `{group}` where each group matched. A group that lies in another one, or did not take part in the
/// match, has no place of its own; the Collector fails on such a name.
fn template(name: &str, groups: &[String], found: &Captures<'_>) -> String {
    let mut out = String::with_capacity(name.len() + 16);
    let mut done = 0;
    for (index, group) in groups.iter().enumerate() {
        let Some(place) = found.get(index + 1) else { continue };
        let Some(before) = name.get(done..place.start()) else { continue };
        out.push_str(before);
        out.push('{');
        out.push_str(group);
        out.push('}');
        done = place.end();
    }
    out.push_str(name.get(done..).unwrap_or_default());
    out
}
