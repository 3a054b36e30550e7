//! The contexts and what they are called.

use std::fmt;
use std::str::FromStr;

use agent_otlp::Signal;

/// What the statements of a group run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Context {
    /// Every log record.
    Log,
    /// Every data point.
    DataPoint,
    /// Every metric.
    Metric,
    /// Every event of every span.
    SpanEvent,
    /// Every span.
    Span,
    /// Every instrumentation scope.
    Scope,
    /// Every resource.
    Resource,
}

impl Context {
    /// All, from the lowest level up: of the contexts that the paths of a group name, the first is the group's.
    pub const ALL: [Self; 7] =
        [Self::Log, Self::DataPoint, Self::Metric, Self::SpanEvent, Self::Span, Self::Scope, Self::Resource];

    /// Its name, as `context:` and paths have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::DataPoint => "datapoint",
            Self::Metric => "metric",
            Self::SpanEvent => "spanevent",
            Self::Span => "span",
            Self::Scope => "scope",
            Self::Resource => "resource",
        }
    }

    /// The context that a path's first name means.
    pub(crate) fn of_prefix(name: &str) -> Option<Self> {
        if name == "instrumentation_scope" {
            return Some(Self::Scope);
        }
        Self::ALL.into_iter().find(|context| context.name() == name)
    }

    /// The contexts whose paths may be used in this one, itself first.
    pub const fn reachable(self) -> &'static [Self] {
        match self {
            Self::Log => &[Self::Log, Self::Resource, Self::Scope],
            Self::DataPoint => &[Self::DataPoint, Self::Metric, Self::Resource, Self::Scope],
            Self::Metric => &[Self::Metric, Self::Resource, Self::Scope],
            Self::SpanEvent => &[Self::SpanEvent, Self::Span, Self::Resource, Self::Scope],
            Self::Span => &[Self::Span, Self::Resource, Self::Scope],
            Self::Scope => &[Self::Scope, Self::Resource],
            Self::Resource => &[Self::Resource],
        }
    }

    /// The paths of the context without its name in front, and whether keys may stand behind them; `cache`, a map of the
    /// record's own for statements to use, included.
    pub fn paths(self) -> impl Iterator<Item = (&'static str, bool)> {
        super::fields::paths(self).into_iter().chain([("cache", true)])
    }

    /// The symbols that stand for integers, and those.
    pub fn symbols(self) -> impl Iterator<Item = (&'static str, i64)> {
        super::enums::symbols(self)
    }

    /// Whether data of the signal has such a level.
    pub const fn is_of(self, signal: Signal) -> bool {
        match self {
            Self::Resource | Self::Scope => true,
            Self::Log => matches!(signal, Signal::Logs),
            Self::DataPoint | Self::Metric => matches!(signal, Signal::Metrics),
            Self::SpanEvent | Self::Span => matches!(signal, Signal::Traces),
        }
    }
}

impl fmt::Display for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that is no context.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown context {0}")]
pub struct UnknownContext(pub String);

impl FromStr for Context {
    type Err = UnknownContext;

    /// Names in any case.
    fn from_str(name: &str) -> Result<Self, UnknownContext> {
        let found = Self::ALL.into_iter().find(|context| context.name().eq_ignore_ascii_case(name));
        found.ok_or_else(|| UnknownContext(name.to_owned()))
    }
}
