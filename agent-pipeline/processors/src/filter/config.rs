//! Settings of `filter` (the Collector's `filterprocessor`, v0.145.0).

use agent_config::{AnyYaml, Validate, Validator};
use agent_otlp::Signal;
use agent_ottl::{Conditions, Context, ErrorMode};
use serde::Deserialize;

use super::{expression, legacy};
use crate::matching::{self, AttributeConfig, MatchConfig, RegexpConfig};

/// The `filter` section.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// What a failing condition means. Default `propagate`.
    pub error_mode: ErrorMode,
    /// What to drop of traces.
    pub traces: TracesConfig,
    /// What to drop of metrics.
    pub metrics: MetricsConfig,
    /// What to drop of logs.
    pub logs: LogsConfig,
    /// The older way for spans.
    pub spans: SpansConfig,
    /// Profiles, which are not supported: may only be empty.
    pub profiles: ProfilesConfig,
}

/// Conditions for traces.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TracesConfig {
    /// Conditions that drop a resource. Default: none.
    pub resource: Vec<String>,
    /// Conditions that drop a span. Default: none.
    pub span: Vec<String>,
    /// Conditions that drop an event of a span. Default: none.
    pub spanevent: Vec<String>,
}

/// Conditions for metrics, or the older way.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MetricsConfig {
    /// Keep only what matches. Default: everything.
    pub include: Option<MetricMatchConfig>,
    /// Drop what matches, even where `include` does. Default: nothing.
    pub exclude: Option<MetricMatchConfig>,
    /// Conditions that drop a resource. Default: none.
    pub resource: Vec<String>,
    /// Conditions that drop a metric. Default: none.
    pub metric: Vec<String>,
    /// Conditions that drop a data point. Default: none.
    pub datapoint: Vec<String>,
}

/// Conditions for logs, or the older way.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogsConfig {
    /// Keep only what matches. Default: everything.
    pub include: Option<LogMatchConfig>,
    /// Drop what matches, even where `include` does. Default: nothing.
    pub exclude: Option<LogMatchConfig>,
    /// Conditions that drop a resource. Default: none.
    pub resource: Vec<String>,
    /// Conditions that drop a log record. Default: none.
    pub log_record: Vec<String>,
}

/// The older way for spans.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SpansConfig {
    /// Keep only what matches. Default: everything.
    pub include: Option<MatchConfig>,
    /// Drop what matches, even where `include` does. Default: nothing.
    pub exclude: Option<MatchConfig>,
}

/// Conditions for profiles.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProfilesConfig {
    /// May only be empty.
    pub resource: Vec<String>,
    /// May only be empty.
    pub profile: Vec<String>,
}

/// What a metric must be like to match.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MetricMatchConfig {
    /// `strict`, `regexp` or `expr`.
    pub match_type: String,
    /// Accepted for compatibility, without effect.
    pub regexp: Option<RegexpConfig>,
    /// Names, or patterns of names.
    pub metric_names: Vec<String>,
    /// For `expr`: expressions over a data point; one must hold for one of them.
    pub expressions: Vec<String>,
    /// Attributes of the resource; all must match.
    pub resource_attributes: Vec<AttributeConfig>,
}

/// What a log record must be like to match.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogMatchConfig {
    /// `strict` or `regexp`.
    pub match_type: String,
    /// Attributes of the resource; all must match.
    pub resource_attributes: Vec<AttributeConfig>,
    /// Attributes of the record; all must match.
    pub record_attributes: Vec<AttributeConfig>,
    /// Severity texts.
    pub severity_texts: Vec<String>,
    /// Bodies, as text.
    pub bodies: Vec<String>,
    /// The least severity.
    pub severity_number: Option<SeverityNumberConfig>,
}

/// A bound on severities.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SeverityNumberConfig {
    /// The least severity that matches: `INFO`, `ERROR2`, or its number. Default: 0.
    pub min: AnyYaml,
    /// Whether records without a severity match. Default `false`.
    pub match_undefined: bool,
}

impl SeverityNumberConfig {
    /// The number; `None` when the name is none.
    pub(super) fn number(&self) -> Option<i32> {
        match &self.min {
            AnyYaml::Null => Some(0),
            AnyYaml::Int(number) => i32::try_from(*number).ok(),
            AnyYaml::String(name) if name.is_empty() => Some(0),
            AnyYaml::String(name) => {
                let letters = name.trim_end_matches(|c: char| c.is_ascii_digit());
                let first = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];
                let level = first.iter().position(|known| known.eq_ignore_ascii_case(letters))?;
                let step = name.get(letters.len()..)?;
                let step: i32 = if step.is_empty() { 1 } else { step.parse().ok()? };
                (1..=4).contains(&step).then_some(i32::try_from(level).ok()? * 4 + step)
            }
            _ => None,
        }
    }
}

/// Where conditions stand, what they are for, and the conditions.
type Level<'c> = (&'static str, Context, &'c [String]);

impl Config {
    /// The lists of a signal, from the resource down.
    pub(super) fn conditions(&self, signal: Signal) -> Vec<Level<'_>> {
        let Self { traces, metrics, logs, .. } = self;
        match signal {
            Signal::Traces => vec![
                ("traces::resource", Context::Resource, &traces.resource),
                ("traces::span", Context::Span, &traces.span),
                ("traces::spanevent", Context::SpanEvent, &traces.spanevent),
            ],
            Signal::Metrics => vec![
                ("metrics::resource", Context::Resource, &metrics.resource),
                ("metrics::metric", Context::Metric, &metrics.metric),
                ("metrics::datapoint", Context::DataPoint, &metrics.datapoint),
            ],
            Signal::Logs => vec![
                ("logs::resource", Context::Resource, &logs.resource),
                ("logs::log_record", Context::Log, &logs.log_record),
            ],
        }
    }

    fn has_conditions(&self, signal: Signal) -> bool {
        self.conditions(signal).iter().any(|(_, _, list)| !list.is_empty())
    }
}

impl Validate for Config {
    fn validate(&self, at: &mut Validator<'_>) {
        for signal in Signal::ALL {
            for (place, context, list) in self.conditions(signal) {
                let (section, field) = place.split_once("::").unwrap_or((place, ""));
                for error in Conditions::parse(context, list).err().unwrap_or_default() {
                    at.field(section).field(field).index(error.index).error("", error.to_string());
                }
            }
        }
        let older = [
            ("spans", Signal::Traces, self.spans.include.is_some() || self.spans.exclude.is_some()),
            ("metrics", Signal::Metrics, self.metrics.include.is_some() || self.metrics.exclude.is_some()),
            ("logs", Signal::Logs, self.logs.include.is_some() || self.logs.exclude.is_some()),
        ];
        for (section, signal, is_set) in older {
            if is_set && self.has_conditions(signal) {
                let problem =
                    format!("cannot use ottl conditions and include/exclude for {section} at the same time");
                at.error(section, problem);
            }
        }
        if !(self.profiles.resource.is_empty() && self.profiles.profile.is_empty()) {
            at.error("profiles", "profiles are not supported");
        }
        let mut spans = at.field("spans");
        matching::validate(self.spans.include.as_ref(), "include", &mut spans);
        matching::validate(self.spans.exclude.as_ref(), "exclude", &mut spans);
        for (field, config) in [("include", &self.metrics.include), ("exclude", &self.metrics.exclude)] {
            if let Some(config) = config {
                config.validate(&mut at.field("metrics").field(field));
            }
        }
        for (field, config) in [("include", &self.logs.include), ("exclude", &self.logs.exclude)] {
            if let Some(config) = config {
                config.validate(&mut at.field("logs").field(field));
            }
        }
    }
}

impl Validate for MetricMatchConfig {
    fn validate(&self, at: &mut Validator<'_>) {
        if self.match_type != "expr" {
            for (field, index, problem) in legacy::metric_faults(self) {
                match index {
                    Some(index) => at.field(field).index(index).error("", problem),
                    None => at.error(field, problem),
                }
            }
            return;
        }
        for (index, text) in self.expressions.iter().enumerate() {
            if let Err(problem) = expression::Expression::new(text) {
                at.field("expressions").index(index).error("", problem);
            }
        }
    }
}

impl Validate for LogMatchConfig {
    fn validate(&self, at: &mut Validator<'_>) {
        if !matches!(&*self.match_type, "strict" | "regexp") {
            let problem =
                format!("unrecognized match_type: '{}', valid types are: [regexp strict]", self.match_type);
            at.error("match_type", problem);
        }
        if self.severity_number.as_ref().is_some_and(|severity| severity.number().is_none()) {
            let problem = "not a valid severity, which is a name such as INFO or ERROR2, or a number";
            at.field("severity_number").error("min", problem);
        }
    }
}
