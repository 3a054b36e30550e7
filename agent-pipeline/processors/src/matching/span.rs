//! Which spans match.

use agent_otlp::{ScopeCtx, Span};

use super::config::MatchConfig;
use super::properties::Properties;
use super::texts::Texts;
use super::{Fault, Found};
use crate::value::as_text;

/// The names of the kinds by number, as OTLP spells them.
const KINDS: [&str; 6] = [
    "SPAN_KIND_UNSPECIFIED",
    "SPAN_KIND_INTERNAL",
    "SPAN_KIND_SERVER",
    "SPAN_KIND_CLIENT",
    "SPAN_KIND_PRODUCER",
    "SPAN_KIND_CONSUMER",
];

/// A compiled `include` or `exclude` for spans.
#[derive(Clone, Debug)]
pub(crate) struct SpanMatcher {
    services: Option<Texts>,
    names: Option<Texts>,
    kinds: Option<Texts>,
    properties: Properties,
}

impl SpanMatcher {
    /// Compiles what concerns spans, and refuses what does not.
    pub(super) fn new(config: &MatchConfig) -> Found<Option<Self>> {
        let foreign = [
            ("log_bodies", !config.log_bodies.is_empty()),
            ("log_severity_texts", !config.log_severity_texts.is_empty()),
            ("log_severity_number", config.log_severity_number.is_some()),
        ];
        if let Some((field, _)) = foreign.into_iter().find(|(_, set)| *set) {
            return Err(Fault::new(field, format!("{field} should not be specified for trace spans")));
        }
        let nothing = config.services.is_empty()
            && config.span_names.is_empty()
            && config.span_kinds.is_empty()
            && config.attributes.is_empty()
            && config.libraries.is_empty()
            && config.resources.is_empty();
        if nothing {
            let problem =
                r#"at least one of "attributes", "libraries",  or "resources" field must be specified"#;
            return Err(Fault::new("", problem));
        }
        Self::compile(config).map(Some)
    }

    fn compile(config: &MatchConfig) -> Found<Self> {
        let MatchConfig { match_type, services, span_names, span_kinds, .. } = config;
        if let Some(fault) = kind_faults(config).next() {
            return Err(fault);
        }
        Ok(Self {
            services: Texts::optional(match_type, services, "services")?,
            names: Texts::optional(match_type, span_names, "span_names")?,
            kinds: Texts::optional(match_type, span_kinds, "span_kinds")?,
            properties: Properties::new(config)?,
        })
    }

    pub(super) fn matches(&self, ctx: &ScopeCtx<'_>, span: &Span<'_>) -> bool {
        self.services.as_ref().is_none_or(|services| {
            let service = ctx.resource().attributes().get("service.name").map(as_text);
            services.matches(service.as_deref().unwrap_or("<nil-service-name>"))
        }) && self.names.as_ref().is_none_or(|names| names.matches(span.name()))
            && self.kinds.as_ref().is_none_or(|kinds| kinds.matches(kind_name(span.kind())))
            && self.properties.matches(span.attributes(), ctx)
    }
}

/// The kinds that do not exist, where they have to be equal.
pub(super) fn kind_faults(config: &MatchConfig) -> impl Iterator<Item = Fault> {
    let unknown = |kind: &String| !KINDS.iter().skip(1).any(|known| known == kind);
    let kinds = config.span_kinds.iter().enumerate().filter(|_| config.match_type == "strict");
    kinds.filter(move |(_, kind)| unknown(kind)).map(|(index, _)| {
        let problem = "span_kinds string must match one of the standard span kinds when match_type=strict: \
                       [SPAN_KIND_CLIENT SPAN_KIND_CONSUMER SPAN_KIND_INTERNAL SPAN_KIND_PRODUCER SPAN_KIND_SERVER]";
        Fault::new("span_kinds", problem).at(index)
    })
}

fn kind_name(number: i32) -> &'static str {
    usize::try_from(number).ok().and_then(|number| KINDS.get(number)).copied().unwrap_or_default()
}
