//! Settings of `span` (the Collector's `spanprocessor`, v0.145.0).

use agent_config::{Validate, Validator};
use agent_ottl::pattern;
use serde::Deserialize;

use crate::matching::{self, MatchConfig};

/// The `span` section.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Work only on spans that match. Default: on all.
    pub include: Option<MatchConfig>,
    /// Leave spans alone that match, even where `include` does. Default: none.
    pub exclude: Option<MatchConfig>,
    /// How the name and the attributes make each other.
    pub name: NameConfig,
    /// The status to set. Default: it stays.
    pub status: Option<StatusConfig>,
}

/// The name from attributes, and attributes from the name.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NameConfig {
    /// The attributes whose values make the name, in this order; without one of them the name stays. Default: none.
    pub from_attributes: Vec<String>,
    /// What stands between the values. Default: nothing.
    pub separator: String,
    /// The attributes to take out of the name. Default: none.
    pub to_attributes: Option<ToAttributesConfig>,
}

/// Taking attributes out of names.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ToAttributesConfig {
    /// Patterns, tried in this order on what the one before left of the name. Groups become attributes.
    pub rules: Vec<String>,
    /// Stop after the first that matches. Default `false`.
    pub break_after_match: bool,
    /// Set attributes and leave the name. Default `false`: the name becomes a template.
    pub keep_original_name: bool,
}

/// The status to set.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StatusConfig {
    /// `Ok`, `Error` or `Unset`. Required.
    pub code: String,
    /// The message; only for `Error`. Default: none.
    pub description: String,
}

impl StatusConfig {
    /// OTLP's number of the code.
    pub(super) fn number(&self) -> Option<i32> {
        match &*self.code {
            "Unset" => Some(0),
            "Ok" => Some(1),
            "Error" => Some(2),
            _ => None,
        }
    }
}

impl Config {
    pub(super) fn rules(&self) -> &[String] {
        self.name.to_attributes.as_ref().map_or(&[], |config| &config.rules)
    }
}

impl Validate for Config {
    fn validate(&self, at: &mut Validator<'_>) {
        matching::validate(self.include.as_ref(), "include", at);
        matching::validate(self.exclude.as_ref(), "exclude", at);
        if self.name.from_attributes.is_empty() && self.rules().is_empty() && self.status.is_none() {
            let problem = "error creating \"span\" processor: either \"from_attributes\" or \"to_attributes\" must be \
                           specified in \"name:\" or \"setStatus\" must be specified";
            at.error("", problem);
        }
        if let Some(status) = &self.status {
            if status.number().is_none() {
                let problem = "error creating \"span\" processor: \"status\" must have specified \"code\" as \"Ok\" or \
                               \"Error\" or \"Unset\"";
                at.error("status::code", problem);
            } else if !status.description.is_empty() && status.code != "Error" {
                let problem = "error creating \"span\" processor: \"description\" can be specified only for \
                               \"code\" \"Error\"";
                at.error("status::description", problem);
            }
        }
        let mut at = at.field("name");
        let mut at = at.field("to_attributes");
        let mut at = at.field("rules");
        for (index, rule) in self.rules().iter().enumerate() {
            if let Err(error) = pattern::compile(rule) {
                at.index(index).error("", format!("invalid regexp pattern {rule}: {error}"));
            }
        }
    }
}
