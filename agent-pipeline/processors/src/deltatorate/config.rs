//! Settings of `deltatorate` (the Collector's `deltatorateprocessor`, v0.145.0).

use agent_config::{Validate, Validator};
use serde::Deserialize;

/// The `deltatorate` section.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The names of the metrics to convert. Required.
    pub metrics: Vec<String>,
}

impl Validate for Config {
    fn validate(&self, at: &mut Validator<'_>) {
        if self.metrics.is_empty() {
            at.error("", "metric names are missing");
        }
    }
}
