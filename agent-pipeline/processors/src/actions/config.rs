//! One action as the configuration writes it, for `attributes` and `resource`.

use agent_config::{AnyYaml, Validator};
use serde::Deserialize;

use super::Actions;

/// An action on attributes. Which fields belong to it depends on `action`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ActionConfig {
    /// The attribute to act on.
    pub key: String,
    /// The value to set, of any YAML type.
    pub value: AnyYaml,
    /// `delete`, `hash`: also act on every key that matches. `extract`: the groups to take from the value.
    pub pattern: String,
    /// Take the value of this attribute.
    pub from_attribute: String,
    /// Take the value from the client: `metadata.KEY`, `auth.NAME`, `client.address`.
    pub from_context: String,
    /// `convert`: `int`, `double` or `string`.
    pub converted_type: String,
    /// `insert`, `update`, `upsert`, `delete`, `hash`, `extract` or `convert`, in any case.
    pub action: String,
}

/// Tells what is wrong with a required list of actions that stands in `field`.
pub(crate) fn validate(actions: &[ActionConfig], field: &str, at: &mut Validator<'_>) {
    if actions.is_empty() {
        at.error("", format!("missing required field {field:?}"));
    }
    let mut list = at.field(field);
    for fault in Actions::compile(actions).1 {
        list.index(fault.index).error(fault.field, &fault.message);
    }
}
