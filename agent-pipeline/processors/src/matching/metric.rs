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

    pub(super) fn matches(&self, metric: &Metric<'_>) -> bool {
        self.0.matches(metric.name())
    }
}
