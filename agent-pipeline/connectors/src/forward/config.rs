//! Settings of `forward`: none.

use agent_config::Validate;
use serde::Deserialize;

/// The `forward` section, which is empty.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {}

impl Validate for Config {}
