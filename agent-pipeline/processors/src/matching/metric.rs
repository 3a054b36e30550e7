//! Which metrics match: only their names count, as in the Collector.

use agent_otlp::Metric;

use super::Found;
use super::config::MatchConfig;
use super::texts::Texts;

/// A compiled `include` or `exclude` for metrics.
#[derive(Clone, Debug)]
pub(crate) struct MetricMatcher(Texts);

impl MetricMatcher {
    /// Compiles the names. Without any there is no matcher, whatever other fields say.
    pub(super) fn new(config: &MatchConfig) -> Found<Option<Self>> {
        Ok(Texts::optional(&config.match_type, &config.metric_names, "metric_names")?.map(Self))
    }

    /// Whether fields are set that do not count for metrics, which their author hardly meant.
    pub(super) fn ignores_a_part_of(config: &MatchConfig) -> bool {
        let MatchConfig { services, span_names, span_kinds, log_bodies, log_severity_texts, .. } = config;
        let MatchConfig { log_severity_number, attributes, resources, libraries, .. } = config;
        let texts = [services, span_names, span_kinds, log_bodies, log_severity_texts];
        texts.into_iter().any(|texts| !texts.is_empty())
            || log_severity_number.is_some()
            || !(attributes.is_empty() && resources.is_empty() && libraries.is_empty())
    }

    pub(super) fn matches(&self, metric: &Metric<'_>) -> bool {
        self.0.matches(metric.name())
    }
}
