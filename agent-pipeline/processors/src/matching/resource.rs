//! Which resources match, by their attributes alone.

use agent_otlp::Attributes;

use super::config::AttributeConfig;
use super::properties::{Attribute, attributes};

/// Attributes of a resource; all must match.
#[derive(Clone, Debug)]
pub(crate) struct ResourceMatcher(Vec<Attribute>);

impl ResourceMatcher {
    /// Compiles the attributes, or says what is wrong with them.
    pub(crate) fn new(match_type: &str, wanted: &[AttributeConfig]) -> Result<Self, String> {
        let compiled = attributes(match_type, wanted, "resource_attributes");
        compiled.collect::<Result<_, _>>().map(Self).map_err(|fault| fault.message)
    }

    pub(crate) fn matches(&self, attributes: &Attributes<'_>) -> bool {
        self.0.iter().all(|wanted| wanted.matches(attributes))
    }
}
