//! Settings of `cumulativetodelta`, with the Collector's defaults (`cumulativetodeltaprocessor`, v0.145.0).

use agent_config::{GoDuration, Validate, Validator};
use agent_otlp::MetricKind;
use serde::Deserialize;

use crate::matching::{Names, RegexpConfig};

/// The `cumulativetodelta` section.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Convert only what matches. Default: everything.
    pub include: MatchMetrics,
    /// Leave alone what matches, even where `include` does. Default: nothing.
    pub exclude: MatchMetrics,
    /// How long after its last point a stream is remembered. Default `1h`; zero for as long as there is room.
    pub max_staleness: GoDuration,
    /// What becomes of the first point of a stream: `auto` (the default), `keep` or `drop`.
    pub initial_value: String,
}

/// Metrics by name and kind; both must match.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MatchMetrics {
    /// `strict` or `regexp`; needed for `metrics`.
    pub match_type: String,
    /// Settings of the Collector's pattern cache. Accepted; there is no cache to set here.
    pub regexp: Option<RegexpConfig>,
    /// Names. Default: every name.
    pub metrics: Vec<String>,
    /// `sum`, `histogram`, `exponentialhistogram`, in any case. Default: all of them.
    pub metric_types: Vec<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            include: MatchMetrics::default(),
            exclude: MatchMetrics::default(),
            max_staleness: GoDuration::from_secs(3600),
            initial_value: "auto".to_owned(),
        }
    }
}

/// What becomes of the first point of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Initial {
    /// Kept where it counts from a start that this processor has seen.
    Auto,
    Keep,
    Drop,
}

impl Initial {
    pub(super) fn parse(text: &str) -> Option<Self> {
        match text {
            "auto" => Some(Self::Auto),
            "keep" => Some(Self::Keep),
            "drop" => Some(Self::Drop),
            _ => None,
        }
    }
}

/// The kind of metric that a `metric_types` entry means.
pub(super) fn kind(text: &str) -> Option<MetricKind> {
    match &*text.to_ascii_lowercase() {
        "sum" => Some(MetricKind::Sum),
        "histogram" => Some(MetricKind::Histogram),
        "exponentialhistogram" => Some(MetricKind::ExponentialHistogram),
        _ => None,
    }
}

impl MatchMetrics {
    fn validate(&self, field: &str, at: &mut Validator<'_>) {
        let mut at = at.field(field);
        if !self.metrics.is_empty() && self.match_type.is_empty() {
            at.error("match_type", "match_type must be set if metrics are supplied");
        } else if self.metrics.is_empty() && !self.match_type.is_empty() {
            at.error("metrics", "metrics must be supplied if match_type is set");
        } else {
            Names::validate(&self.match_type, &self.metrics, "metrics", &mut at);
        }
        let mut at = at.field("metric_types");
        for (index, text) in self.metric_types.iter().enumerate() {
            if kind(text).is_none() {
                let problem = format!(
                    "found invalid metric type in {field}.metric_types: {text}. \
                     Valid values are [exponentialhistogram histogram sum]"
                );
                at.index(index).error("", problem);
            }
        }
    }
}

impl Validate for Config {
    fn validate(&self, at: &mut Validator<'_>) {
        self.include.validate("include", at);
        self.exclude.validate("exclude", at);
        if Initial::parse(&self.initial_value).is_none() {
            at.error("initial_value", format!("unknown initial_value: {}", self.initial_value));
        }
    }
}
