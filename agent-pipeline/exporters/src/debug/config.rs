//! The settings of `debug`, keys and defaults as the Collector's (v0.145.0).

use agent_config::{Validate, Validator};
use serde::Deserialize;

use crate::wrapper::QueueSettings;

/// The `debug` section.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// How much is shown. Default `basic`.
    pub verbosity: Verbosity,
    /// So many batches of a signal are shown in each second. Default 2.
    pub sampling_initial: i64,
    /// Then every so many; 0 shows no more in that second. Default 1, all.
    pub sampling_thereafter: i64,
    /// In the agent's log; false means on standard output. Default true.
    pub use_internal_logger: bool,
    /// A queue. Default none.
    pub sending_queue: Option<QueueSettings>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            verbosity: Verbosity::Basic,
            sampling_initial: 2,
            sampling_thereafter: 1,
            use_internal_logger: true,
            sending_queue: None,
        }
    }
}

/// How much is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verbosity {
    /// One line of counts a batch.
    #[default]
    Basic,
    /// The counts, then a line an item.
    Normal,
    /// The counts, then every field.
    Detailed,
}

impl Validate for Config {
    fn validate(&self, at: &mut Validator<'_>) {
        for (key, value) in
            [("sampling_initial", self.sampling_initial), ("sampling_thereafter", self.sampling_thereafter)]
        {
            if value < 0 {
                at.error(key, "must not be negative");
            }
        }
        if let Some(queue) = &self.sending_queue {
            at.nested("sending_queue", queue);
        }
    }
}
