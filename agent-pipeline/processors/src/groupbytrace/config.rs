//! Settings of `groupbytrace`, with the Collector's defaults (`groupbytraceprocessor`, v0.145.0).

use agent_config::{GoDuration, Validate, Validator};
use serde::Deserialize;

/// The `groupbytrace` section.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// How long after its first span a trace is released. Default `1s`.
    pub wait_duration: GoDuration,
    /// The most traces that are held; one more evicts the oldest. Default 1000000.
    pub num_traces: u32,
    /// Accepted; the work is not divided here. Default 1.
    pub num_workers: u32,
    /// Not supported, as in the Collector. Default `false`.
    pub discard_orphans: bool,
    /// Not supported, as in the Collector. Default `false`.
    pub store_on_disk: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            wait_duration: GoDuration::from_secs(1),
            num_traces: 1_000_000,
            num_workers: 1,
            discard_orphans: false,
            store_on_disk: false,
        }
    }
}

impl Validate for Config {
    fn validate(&self, at: &mut Validator<'_>) {
        if self.store_on_disk {
            at.error("store_on_disk", "option 'disk storage' not supported in this release");
        }
        if self.discard_orphans {
            at.error("discard_orphans", "option 'discard orphans' not supported in this release");
        }
        if self.num_traces == 0 {
            at.error("num_traces", "must be greater than zero");
        }
    }
}
