//! Settings of `resource` (the Collector's `resourceprocessor`, v0.145.0).

use agent_config::{Validate, Validator};
use serde::Deserialize;

use crate::actions::{self, ActionConfig};

/// The `resource` section.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// What to do to the attributes of every resource, in this order. Required.
    pub attributes: Vec<ActionConfig>,
}

impl Validate for Config {
    fn validate(&self, at: &mut Validator<'_>) {
        actions::validate(&self.attributes, "attributes", at);
    }
}
