//! `include` and `exclude`: which records a processor works on (the Collector's `internal/filter`, v0.145.0).
//!
//! A record is worked on when it matches `include`, or there is none, and does not match `exclude`. What may be
//! asked depends on the signal, which is known when a pipeline is built: the rules that hold for every signal are
//! checked with the configuration, the others by [`Selection::build`].

mod config;
mod log;
mod metric;
mod names;
mod properties;
mod resource;
mod span;
mod texts;

#[cfg(test)]
mod tests;

use agent_component::{BuildContext, BuildError};
use agent_config::{PipelineId, Validator};
use agent_otlp::{LogRecord, Metric, ScopeCtx, Span};

pub use config::{AttributeConfig, LibraryConfig, MatchConfig, RegexpConfig, SeverityConfig};
use log::LogMatcher;
use metric::MetricMatcher;
pub(crate) use names::Names;
use properties::Properties;
pub(crate) use resource::ResourceMatcher;
use span::SpanMatcher;
use texts::Texts;

/// What is wrong with an `include` or `exclude`, and the field to blame.
#[derive(Debug)]
pub(crate) struct Fault {
    field: &'static str,
    /// The element, where the field is a list.
    index: Option<usize>,
    message: String,
}

type Found<T> = Result<T, Fault>;

impl Fault {
    fn new(field: &'static str, message: impl Into<String>) -> Self {
        Self { field, index: None, message: message.into() }
    }

    /// The same fault in an element of the list; `match_type` is none.
    fn at(mut self, index: usize) -> Self {
        self.index = Some(index).filter(|_| self.field != "match_type");
        self
    }

    fn unknown_match_type(given: &str) -> Self {
        Self::new(
            "match_type",
            format!("unrecognized match_type: '{given}', valid types are: [regexp strict]"),
        )
    }
}

/// Compiled `include` and `exclude` for one signal.
#[derive(Clone, Debug)]
pub(crate) struct Selection<M> {
    include: Option<M>,
    exclude: Option<M>,
}

/// The matchers of the signal that a pipeline carries.
#[derive(Clone, Debug)]
pub(crate) enum SignalSelection {
    Spans(Selection<SpanMatcher>),
    Metrics(Selection<MetricMatcher>),
    Logs(Selection<LogMatcher>),
}

impl SignalSelection {
    /// Compiles `include` and `exclude` for the signal of the component's pipeline.
    pub(crate) fn build(
        context: &BuildContext,
        include: Option<&MatchConfig>,
        exclude: Option<&MatchConfig>,
    ) -> Result<Self, BuildError> {
        match context.pipeline.as_ref().map(PipelineId::signal) {
            Some("metrics") => {
                if [include, exclude].into_iter().flatten().any(MetricMatcher::ignores_a_part_of) {
                    let id = &context.id;
                    tracing::warn!(component = %id, "Only metric_names selects metrics; the other fields are ignored");
                }
                Selection::build(include, exclude, MetricMatcher::new).map(Self::Metrics)
            }
            Some("logs") => Selection::build(include, exclude, LogMatcher::new).map(Self::Logs),
            _ => Selection::build(include, exclude, SpanMatcher::new).map(Self::Spans),
        }
    }
}

impl<M> Selection<M> {
    fn build(
        include: Option<&MatchConfig>,
        exclude: Option<&MatchConfig>,
        compile: impl Fn(&MatchConfig) -> Found<Option<M>>,
    ) -> Result<Self, BuildError> {
        let compile = |config: Option<&MatchConfig>, name: &str| match config.map(&compile) {
            None => Ok(None),
            Some(Ok(matcher)) => Ok(matcher),
            Some(Err(Fault { field, index, message })) => {
                let separator = if field.is_empty() { "" } else { "::" };
                let index = index.map(|index| format!("[{index}]")).unwrap_or_default();
                Err(BuildError::new(format!("{name}{separator}{field}{index}"), message))
            }
        };
        Ok(Self { include: compile(include, "include")?, exclude: compile(exclude, "exclude")? })
    }

    /// Whether nothing is left out.
    pub(crate) fn is_all(&self) -> bool {
        self.include.is_none() && self.exclude.is_none()
    }

    fn selects(&self, matches: impl Fn(&M) -> bool) -> bool {
        self.include.as_ref().is_none_or(&matches) && !self.exclude.as_ref().is_some_and(&matches)
    }
}

impl Selection<SpanMatcher> {
    /// Whether the span is to be worked on.
    pub(crate) fn span(&self, ctx: &ScopeCtx<'_>, span: &Span<'_>) -> bool {
        self.selects(|matcher| matcher.matches(ctx, span))
    }
}

impl Selection<LogMatcher> {
    /// Whether the log record is to be worked on.
    pub(crate) fn log_record(&self, ctx: &ScopeCtx<'_>, record: &LogRecord<'_>) -> bool {
        self.selects(|matcher| matcher.matches(ctx, record))
    }
}

impl Selection<MetricMatcher> {
    /// Whether the points of the metric are to be worked on.
    pub(crate) fn metric(&self, metric: &Metric<'_>) -> bool {
        self.selects(|matcher| matcher.matches(metric))
    }
}

/// Tells what is wrong with an `include` or `exclude` whatever the signal: an unknown `match_type`, bad patterns.
pub(crate) fn validate(config: Option<&MatchConfig>, field: &str, at: &mut Validator<'_>) {
    let Some(config) = config else { return };
    let mut at = at.field(field);
    let texts = [
        ("services", &config.services),
        ("span_names", &config.span_names),
        ("span_kinds", &config.span_kinds),
        ("log_bodies", &config.log_bodies),
        ("log_severity_texts", &config.log_severity_texts),
        ("metric_names", &config.metric_names),
    ];
    let texts = texts.into_iter().flat_map(|(field, list)| Texts::faults(&config.match_type, list, field));
    let faults = texts.chain(span::kind_faults(config)).chain(Properties::faults(config));
    for Fault { field, index, message } in faults {
        match index {
            Some(index) => at.field(field).index(index).error("", message),
            None => at.error(field, message),
        }
    }
}
