//! Which log records match.

use agent_otlp::{LogRecord, ScopeCtx};

use super::config::{MatchConfig, SeverityConfig};
use super::properties::Properties;
use super::texts::Texts;
use super::{Fault, Found};
use crate::value::as_text;

/// A compiled `include` or `exclude` for log records.
#[derive(Clone, Debug)]
pub(crate) struct LogMatcher {
    bodies: Option<Texts>,
    severity_texts: Option<Texts>,
    severity: Option<SeverityConfig>,
    properties: Properties,
}

impl LogMatcher {
    /// Compiles what concerns log records, and refuses what does not.
    pub(super) fn new(config: &MatchConfig) -> Found<Option<Self>> {
        let foreign = [
            ("services", !config.services.is_empty()),
            ("span_names", !config.span_names.is_empty()),
            ("span_kinds", !config.span_kinds.is_empty()),
        ];
        if let Some((field, _)) = foreign.into_iter().find(|(_, set)| *set) {
            return Err(Fault::new(
                field,
                "services, span_names, and span_kinds are not valid for log records",
            ));
        }
        let nothing = config.attributes.is_empty()
            && config.libraries.is_empty()
            && config.resources.is_empty()
            && config.log_bodies.is_empty()
            && config.log_severity_texts.is_empty()
            && config.log_severity_number.is_none();
        if nothing {
            let problem = r#"at least one of "attributes", "libraries", "span_kinds", "resources", "log_bodies", "log_severity_texts" or "log_severity_number" field must be specified"#;
            return Err(Fault::new("", problem));
        }
        Self::compile(config).map(Some)
    }

    fn compile(config: &MatchConfig) -> Found<Self> {
        let MatchConfig { match_type, log_bodies, log_severity_texts, log_severity_number, .. } = config;
        Ok(Self {
            bodies: Texts::optional(match_type, log_bodies, "log_bodies")?,
            severity_texts: Texts::optional(match_type, log_severity_texts, "log_severity_texts")?,
            severity: log_severity_number.clone(),
            properties: Properties::new(config)?,
        })
    }

    pub(super) fn matches(&self, ctx: &ScopeCtx<'_>, record: &LogRecord<'_>) -> bool {
        self.bodies.as_ref().is_none_or(|bodies| bodies.matches(&as_text(record.body())))
            && self.severity_texts.as_ref().is_none_or(|texts| texts.matches(record.severity_text()))
            && self.severity.as_ref().is_none_or(|severity| is_severe(severity, record.severity_number()))
            && self.properties.matches(record.attributes(), ctx)
    }
}

fn is_severe(bound: &SeverityConfig, number: i32) -> bool {
    if number == 0 { bound.match_undefined } else { number >= bound.min }
}
