//! Settings of `interval`, with the Collector's defaults (`intervalprocessor`, v0.145.0).

use agent_config::{GoDuration, Validate, Validator};
use serde::Deserialize;

/// The `interval` section.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// How often what is held is passed on. Default `60s`.
    pub interval: GoDuration,
    /// What is not held.
    pub pass_through: PassThroughConfig,
}

/// Kinds that pass at once.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PassThroughConfig {
    /// Gauges. Default `false`.
    pub gauge: bool,
    /// Summaries. Default `false`.
    pub summary: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self { interval: GoDuration::from_secs(60), pass_through: PassThroughConfig::default() }
    }
}

impl Validate for Config {
    fn validate(&self, at: &mut Validator<'_>) {
        if self.interval.is_zero() || self.interval.is_negative() {
            at.error("interval", "invalid interval value");
        }
    }
}
