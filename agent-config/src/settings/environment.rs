//! The process environment behind a trait, so that tests never touch the real one.

use std::collections::BTreeMap;
use std::fmt;

/// A set of environment variables.
pub trait Environment: Send + Sync {
    /// The value of `name`, when it is set. A value that is not UTF-8 is read with replacement characters.
    fn get(&self, name: &str) -> Option<String>;

    /// All variables, in no particular order.
    fn vars(&self) -> Vec<(String, String)>;
}

/// The environment of this process, read at each call.
#[derive(Debug, Clone, Copy, Default)]
pub struct ProcessEnvironment;

impl Environment for ProcessEnvironment {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the process environment")]
    fn get(&self, name: &str) -> Option<String> {
        // The standard library panics on such names.
        if name.is_empty() || name.contains(['=', '\0']) {
            return None;
        }
        std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
    }

    fn vars(&self) -> Vec<(String, String)> {
        let text = |part: std::ffi::OsString| part.to_string_lossy().into_owned();
        std::env::vars_os().map(|(name, value)| (text(name), text(value))).collect()
    }
}

/// Variables held in memory: for tests, and for variables laid over those of another environment.
///
/// Its `Debug` shows names only.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct MapEnvironment(BTreeMap<String, String>);

impl MapEnvironment {
    /// No variables.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with `name` set to `value`.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    /// The same with `name` not set.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.0.remove(name);
        self
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for MapEnvironment {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(variables: I) -> Self {
        Self(variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

impl fmt::Debug for MapEnvironment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Environment for MapEnvironment {
    fn get(&self, name: &str) -> Option<String> {
        self.0.get(name).cloned()
    }

    fn vars(&self) -> Vec<(String, String)> {
        self.0.iter().map(|(name, value)| (name.clone(), value.clone())).collect()
    }
}

/// One environment laid over another: a variable of `upper` hides the same one of `lower`.
///
/// This is how the agent adds variables of its own (`KM_AGENT_VERSION`) without changing the process environment.
#[derive(Debug, Clone, Copy, Default)]
pub struct Layered<U, L> {
    /// Looked at first.
    pub upper: U,
    /// Looked at when `upper` has no such variable.
    pub lower: L,
}

impl<U: Environment, L: Environment> Environment for Layered<U, L> {
    fn get(&self, name: &str) -> Option<String> {
        self.upper.get(name).or_else(|| self.lower.get(name))
    }

    fn vars(&self) -> Vec<(String, String)> {
        let mut all: BTreeMap<String, String> = self.lower.vars().into_iter().collect();
        all.extend(self.upper.vars());
        all.into_iter().collect()
    }
}
