//! Actions on attributes, the engine that `attributes` and `resource` share
//! (the Collector's `internal/coreinternal/attraction`, v0.145.0).
//!
//! Everything is compiled when the component is built. An action that would change nothing leaves the attributes
//! unmarked, so that whatever holds them is not encoded again.

mod compile;
mod config;
mod context;
mod convert;
mod hash;

#[cfg(test)]
mod tests;

use agent_component::{BuildError, ClientInfo};
use agent_otlp::{AnyValue, Attributes};
use regex::Regex;

pub use config::ActionConfig;
pub(crate) use config::validate;
use context::ContextKey;
use convert::Target;

/// A list of actions, ready to run.
#[derive(Clone, Debug)]
pub(crate) struct Actions(Vec<Action>);

/// What is wrong with the action at `index`, and the field to blame.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) index: usize,
    pub(crate) field: &'static str,
    pub(crate) message: String,
}

#[derive(Clone, Debug)]
enum Action {
    Set { key: String, when: When, origin: Origin },
    Delete(Keys),
    Hash(Keys),
    Extract { key: String, pattern: Regex, names: Vec<String> },
    Convert { key: String, target: Target },
}

/// Whether the key must be there for a value to be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    Absent,
    Present,
    Always,
}

#[derive(Clone, Debug)]
enum Origin {
    Value(AnyValue<'static>),
    Attribute(String),
    Context(ContextKey),
}

/// A key, all keys that match, or both.
#[derive(Clone, Debug)]
struct Keys {
    key: Option<String>,
    pattern: Option<Regex>,
}

impl Actions {
    /// Compiles all actions that are right and names what is wrong with the others.
    pub(crate) fn compile(configs: &[ActionConfig]) -> (Self, Vec<Fault>) {
        let mut actions = Vec::with_capacity(configs.len());
        let mut faults = Vec::new();
        for (index, config) in configs.iter().enumerate() {
            match compile::action(index, config) {
                Ok(action) => actions.push(action),
                Err(fault) => faults.push(fault),
            }
        }
        (Self(actions), faults)
    }

    /// Compiles the validated actions of the field `field`.
    pub(crate) fn build(configs: &[ActionConfig], field: &str) -> Result<Self, BuildError> {
        let (actions, faults) = Self::compile(configs);
        match faults.into_iter().next() {
            None => Ok(actions),
            Some(fault) => {
                let Fault { index, field: key, message } = fault;
                Err(BuildError::new(format!("{field}[{index}]::{key}"), message))
            }
        }
    }

    /// Runs every action in order.
    pub(crate) fn apply(&self, attributes: &mut Attributes<'_>, client: Option<&ClientInfo>) {
        for action in &self.0 {
            action.apply(attributes, client);
        }
    }
}

impl Action {
    fn apply(&self, attributes: &mut Attributes<'_>, client: Option<&ClientInfo>) {
        match self {
            Self::Set { key, when, origin } => set(attributes, key, *when, origin, client),
            Self::Delete(Keys { key, pattern }) => {
                if let Some(key) = key {
                    attributes.delete(key);
                }
                if let Some(pattern) = pattern {
                    attributes.retain(|key, _| !pattern.is_match(key));
                }
            }
            Self::Hash(Keys { key, pattern }) => {
                if let Some(key) = key
                    && let Some(value) = attributes.get(key)
                {
                    let hashed = hash::hash(value);
                    attributes.update(key, hashed);
                }
                if let Some(pattern) = pattern {
                    attributes.update_each(|key, value| {
                        let matches = pattern.is_match(key);
                        if matches {
                            *value = hash::hash(value).into();
                        }
                        matches
                    });
                }
            }
            Self::Extract { key, pattern, names } => extract(attributes, key, pattern, names),
            Self::Convert { key, target } => {
                if let Some(converted) = attributes.get(key).and_then(|value| target.convert(value)) {
                    attributes.update(key, converted);
                }
            }
        }
    }
}

fn set(attributes: &mut Attributes<'_>, key: &str, when: When, origin: &Origin, client: Option<&ClientInfo>) {
    let is_there = attributes.contains_key(key);
    match when {
        When::Absent if is_there => return,
        When::Present if !is_there => return,
        _ => {}
    }
    let value = match origin {
        // The common case on the hot path: what is to be set is already there, and nothing is copied.
        Origin::Value(value) if is_there && attributes.get(key) == Some(value) => return,
        Origin::Value(value) => Some(value.clone()),
        Origin::Attribute(from) => attributes.get(from).cloned(),
        Origin::Context(from) => client.and_then(|client| from.value(client)).map(AnyValue::from),
    };
    if let Some(value) = value {
        attributes.set(key, value);
    }
}

/// Sets an attribute for every group. A group that took no part in the match gives an empty text, as in Go.
fn extract(attributes: &mut Attributes<'_>, key: &str, pattern: &Regex, names: &[String]) {
    let Some(captures) = attributes.get_str(key).and_then(|text| pattern.captures(text)) else { return };
    let group = |index: usize| captures.get(index + 1).map_or("", |group| group.as_str()).to_owned();
    let values: Vec<String> = (0..names.len()).map(group).collect();
    for (name, value) in names.iter().zip(values) {
        attributes.upsert(name.clone(), value);
    }
}
