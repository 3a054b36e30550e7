//! Settings of `groupbyattrs` (the Collector's `groupbyattrsprocessor`, v0.145.0).

use std::collections::HashSet;

use agent_config::{Validate, Validator};
use serde::Deserialize;

/// The `groupbyattrs` section.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The attributes that move from records to resources. Default: none; then equal resources are only joined.
    pub keys: Vec<String>,
}

impl Validate for Config {
    fn validate(&self, at: &mut Validator<'_>) {
        let mut seen = HashSet::new();
        let mut at = at.field("keys");
        for (index, key) in self.keys.iter().enumerate() {
            if !key.is_empty() && !seen.insert(key) {
                at.index(index).warning("", "the key stands here twice");
            }
        }
    }
}
