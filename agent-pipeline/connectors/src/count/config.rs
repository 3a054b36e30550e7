//! Settings of `count` (the Collector's `countconnector`, v0.145.0).

use agent_config::{AnyYaml, Validate, Validator};
use agent_ottl::{Conditions, Context};
use indexmap::IndexMap;
use serde::Deserialize;

/// Metrics by name, in the order of the document.
pub type Metrics = IndexMap<String, MetricConfig>;

/// The `count` section. A map that is written replaces the default of its kind, an empty one too.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Metrics that count spans. Default: `trace.span.count`.
    pub spans: Metrics,
    /// Metrics that count events of spans. Default: `trace.span.event.count`.
    pub spanevents: Metrics,
    /// Metrics that count metrics. Default: `metric.count`.
    pub metrics: Metrics,
    /// Metrics that count data points. Default: `metric.datapoint.count`.
    pub datapoints: Metrics,
    /// Metrics that count log records. Default: `log.record.count`.
    pub logs: Metrics,
    /// Metrics that count profiles: accepted without effect, as there are no pipelines for them.
    pub profiles: Metrics,
}

/// One metric.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MetricConfig {
    /// Its description. Default: none.
    pub description: String,
    /// Conditions, of which one must hold. Default: none, which counts everything.
    pub conditions: Vec<String>,
    /// Attributes by whose values is counted. Default: none.
    pub attributes: Vec<AttributeConfig>,
}

/// An attribute to count by.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AttributeConfig {
    /// The key: of the record, else of its scope, else of its resource.
    pub key: String,
    /// Text or a number for what has no such attribute. Default (and 0, and an empty text): that is not counted.
    pub default_value: AnyYaml,
}

impl Default for Config {
    fn default() -> Self {
        let metric = |name: &str, what: &str| {
            let description = format!("The number of {what} observed.");
            Metrics::from([(name.to_owned(), MetricConfig { description, ..MetricConfig::default() })])
        };
        Self {
            spans: metric("trace.span.count", "spans"),
            spanevents: metric("trace.span.event.count", "span events"),
            metrics: metric("metric.count", "metrics"),
            datapoints: metric("metric.datapoint.count", "data points"),
            logs: metric("log.record.count", "log records"),
            profiles: metric("profile.count", "profiles"),
        }
    }
}

impl Validate for Config {
    fn validate(&self, at: &mut Validator<'_>) {
        let sections = [
            ("spans", &self.spans, Some(Context::Span)),
            ("spanevents", &self.spanevents, Some(Context::SpanEvent)),
            ("metrics", &self.metrics, Some(Context::Metric)),
            ("datapoints", &self.datapoints, Some(Context::DataPoint)),
            ("logs", &self.logs, Some(Context::Log)),
            ("profiles", &self.profiles, None),
        ];
        for (section, metrics, context) in sections {
            for (name, metric) in metrics {
                let mut at = at.field(section);
                if name.is_empty() {
                    at.error("", format!("{section}: metric name missing"));
                }
                metric.validate(&mut at.field(name), section, name, context);
            }
        }
    }
}

impl MetricConfig {
    fn validate(&self, at: &mut Validator<'_>, section: &str, name: &str, context: Option<Context>) {
        let parsed = context.map_or(Ok(()), |context| Conditions::parse(context, &self.conditions).map(drop));
        for error in parsed.err().unwrap_or_default() {
            let problem = format!("{section} condition: metric {name:?}: {error}");
            at.field("conditions").index(error.index).error("", problem);
        }
        if context == Some(Context::Metric) && !self.attributes.is_empty() {
            at.error("attributes", format!("metrics attributes not supported: metric {name:?}"));
        }
        for (index, attribute) in self.attributes.iter().enumerate() {
            if attribute.key.is_empty() {
                let problem = format!("{section} attributes: metric {name:?}: attribute key missing");
                at.field("attributes").index(index).error("", problem);
            }
        }
    }
}
