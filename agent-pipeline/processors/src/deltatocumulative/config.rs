//! Settings of `deltatocumulative`, with the Collector's defaults (`deltatocumulativeprocessor`, v0.145.0).

use agent_config::{GoDuration, Validate, Validator};
use serde::Deserialize;

/// The `deltatocumulative` section.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// How long a stream is remembered that says nothing. Default `5m`.
    pub max_stale: GoDuration,
    /// The most streams; points of further ones are dropped. Default: as many as there is room for.
    pub max_streams: i64,
}

impl Default for Config {
    fn default() -> Self {
        Self { max_stale: GoDuration::from_secs(300), max_streams: i64::MAX }
    }
}

impl Validate for Config {
    fn validate(&self, at: &mut Validator<'_>) {
        if self.max_stale.is_zero() || self.max_stale.is_negative() {
            at.error("max_stale", format!("max_stale must be a positive duration (got {})", self.max_stale));
        }
        if self.max_streams < 0 {
            let problem = format!("max_streams must be a positive number (got {})", self.max_streams);
            at.error("max_streams", problem);
        }
    }
}
