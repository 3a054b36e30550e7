//! Settings of `batch`, with the Collector's defaults (v0.145.0).

use std::collections::HashSet;

use agent_config::{GoDuration, Validate, Validator};
use serde::Deserialize;

/// The `batch` section.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The longest that an item waits for company. Default `200ms`; zero sends every payload at once.
    pub timeout: GoDuration,
    /// A batch with this many items is sent without waiting. Default 8192; zero sends every payload at once.
    pub send_batch_size: u32,
    /// No batch is sent with more items than this. Default 0: no bound.
    pub send_batch_max_size: u32,
    /// Client metadata keys; requests with different values are batched apart. Default: none.
    pub metadata_keys: Vec<String>,
    /// The most combinations of metadata values that are kept apart. Default 1000; zero for no bound.
    pub metadata_cardinality_limit: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            timeout: GoDuration::from_millis(200),
            send_batch_size: 8192,
            send_batch_max_size: 0,
            metadata_keys: Vec::new(),
            metadata_cardinality_limit: 1000,
        }
    }
}

impl Validate for Config {
    fn validate(&self, at: &mut Validator<'_>) {
        if self.timeout.is_negative() {
            at.error("timeout", "timeout must be greater or equal to 0");
        }
        if self.send_batch_max_size > 0 && self.send_batch_max_size < self.send_batch_size {
            at.error(
                "send_batch_max_size",
                "send_batch_max_size must be greater or equal to send_batch_size",
            );
        }
        let mut seen = HashSet::new();
        let mut keys = at.field("metadata_keys");
        for (index, key) in self.metadata_keys.iter().enumerate() {
            let key = key.to_ascii_lowercase();
            if seen.contains(&key) {
                let text = format!("duplicate entry in metadata_keys: {key:?} (case-insensitive)");
                keys.index(index).error("", text);
            }
            seen.insert(key);
        }
    }
}
