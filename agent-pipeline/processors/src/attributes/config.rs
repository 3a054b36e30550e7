//! Settings of `attributes` (the Collector's `attributesprocessor`, v0.145.0).

use agent_config::{Validate, Validator};
use serde::Deserialize;

use crate::actions::{self, ActionConfig};
use crate::matching::{self, MatchConfig};

/// The `attributes` section.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Work only on what matches. Default: on everything.
    pub include: Option<MatchConfig>,
    /// Leave alone what matches, even where `include` does. Default: nothing.
    pub exclude: Option<MatchConfig>,
    /// What to do to the attributes of every span, log record or data point, in this order. Required.
    pub actions: Vec<ActionConfig>,
}

impl Validate for Config {
    fn validate(&self, at: &mut Validator<'_>) {
        matching::validate(self.include.as_ref(), "include", at);
        matching::validate(self.exclude.as_ref(), "exclude", at);
        actions::validate(&self.actions, "actions", at);
    }
}
