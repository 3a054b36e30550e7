//! Names of metrics to match, for components whose `include` asks for nothing else
//! (the Collector's `internal/filter/filterset`, v0.145.0).

use agent_component::BuildError;
use agent_config::Validator;

use super::Fault;
use super::texts::Texts;

/// Compiled names.
#[derive(Clone, Debug)]
pub(crate) struct Names(Texts);

impl Names {
    /// Compiles validated names; `None` when there are none, and then every name matches. `at` is the place of `field`.
    pub(crate) fn build(
        match_type: &str,
        names: &[String],
        at: &str,
        field: &'static str,
    ) -> Result<Option<Self>, BuildError> {
        let names = Texts::optional(match_type, names, field);
        let names = names.map_err(|fault| BuildError::new(format!("{at}::{}", fault.field), fault.message));
        Ok(names?.map(Self))
    }

    /// Tells what is wrong with each of the names, and with the `match_type` beside them.
    pub(crate) fn validate(match_type: &str, names: &[String], field: &'static str, at: &mut Validator<'_>) {
        for Fault { field, index, message } in Texts::faults(match_type, names, field) {
            match index {
                Some(index) => at.field(field).index(index).error("", message),
                None => at.error(field, message),
            }
        }
    }

    /// Whether the name matches.
    pub(crate) fn matches(&self, name: &str) -> bool {
        self.0.matches(name)
    }
}
