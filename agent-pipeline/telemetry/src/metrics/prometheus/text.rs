//! The text exposition format, version 0.0.4, of what the SDK collected.

use std::collections::BTreeMap;
use std::fmt::{Display, Write as _};

use agent_config::document::{LabelSelection, PrometheusExporter};
use opentelemetry::{Key, Value};
use opentelemetry_sdk::metrics::data::{
    AggregatedMetrics, Metric, MetricData, ResourceMetrics, ScopeMetrics,
};

use super::names;

/// Renders all metrics, sorted by name, each with the labels that `switches` ask for.
pub(in crate::metrics) fn render(metrics: &ResourceMetrics, switches: &PrometheusExporter) -> String {
    let resource = || metrics.resource().iter();
    let mut families = Families::new();
    let mut target = Family::new("gauge", "Target metadata");
    target.sample("", &Labels::default().with(resource()), None, 1);
    families.insert("target_info".to_owned(), target);
    let common = match &switches.with_resource_constant_labels {
        Some(selection) => {
            Labels::default().with(resource().filter(|(key, _)| takes(selection, key.as_str())))
        }
        None => Labels::default(),
    };
    for scope in metrics.scope_metrics() {
        let common =
            if switches.without_scope_info { common.clone() } else { common.clone().of_scope(scope) };
        for metric in scope.metrics() {
            family(metric, &common, switches, &mut families);
        }
    }
    let mut text = String::new();
    for (name, family) in families {
        family.write(&name, &mut text);
    }
    text
}

/// `*` in a name stands for any text.
fn takes(selection: &LabelSelection, key: &str) -> bool {
    let named = |names: &[String]| names.iter().any(|pattern| matches(pattern, key));
    !named(&selection.excluded) && (selection.included.is_empty() || named(&selection.included))
}

fn matches(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(start) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let end = parts.pop().unwrap_or_default();
    for part in parts {
        let Some(found) = text.find(part) else { return false };
        text = text.get(found + part.len()..).unwrap_or_default();
    }
    text.ends_with(end)
}

type Families = BTreeMap<String, Family>;

fn family(metric: &Metric, common: &Labels, switches: &PrometheusExporter, families: &mut Families) {
    match metric.data() {
        AggregatedMetrics::F64(data) => points(metric, data, common, switches, families),
        AggregatedMetrics::U64(data) => points(metric, data, common, switches, families),
        AggregatedMetrics::I64(data) => points(metric, data, common, switches, families),
    }
}

fn points<T: Copy + Display>(
    metric: &Metric,
    data: &MetricData<T>,
    common: &Labels,
    switches: &PrometheusExporter,
    families: &mut Families,
) {
    let kind = match data {
        MetricData::Sum(sum) if sum.is_monotonic() => "counter",
        MetricData::Gauge(_) | MetricData::Sum(_) => "gauge",
        MetricData::Histogram(_) => "histogram",
        // Nothing here makes them, and the text format has no form for them.
        MetricData::ExponentialHistogram(_) => return,
    };
    let is_ratio = matches!(data, MetricData::Gauge(_));
    let name = names::metric(metric.name(), metric.unit(), kind == "counter", is_ratio, switches);
    let family = families.entry(name).or_insert_with(|| Family::new(kind, metric.description()));
    match data {
        MetricData::Gauge(gauge) => {
            for point in gauge.data_points() {
                family.sample("", &common.clone().with_point(point.attributes()), None, point.value());
            }
        }
        MetricData::Sum(sum) => {
            for point in sum.data_points() {
                family.sample("", &common.clone().with_point(point.attributes()), None, point.value());
            }
        }
        MetricData::Histogram(histogram) => {
            for point in histogram.data_points() {
                let labels = common.clone().with_point(point.attributes());
                family.buckets(&labels, point.bounds(), point.bucket_counts(), point.count());
                family.sample("_sum", &labels, None, point.sum());
                family.sample("_count", &labels, None, point.count());
            }
        }
        MetricData::ExponentialHistogram(_) => {}
    }
}

/// Labels by name, values escaped.
#[derive(Clone, Default)]
struct Labels(BTreeMap<String, String>);

impl Labels {
    /// Keys that become the same name share it, their values joined.
    fn with<'a>(mut self, attributes: impl Iterator<Item = (&'a Key, &'a Value)>) -> Self {
        for (key, value) in attributes {
            let value = escape(&value.to_string(), true);
            let slot = self.0.entry(names::label(key.as_str())).or_default();
            if !slot.is_empty() {
                slot.push(';');
            }
            slot.push_str(&value);
        }
        self
    }

    fn with_point<'a>(self, attributes: impl Iterator<Item = &'a opentelemetry::KeyValue>) -> Self {
        self.with(attributes.map(|attribute| (&attribute.key, &attribute.value)))
    }

    fn of_scope(mut self, scope: &ScopeMetrics) -> Self {
        self.0.insert("otel_scope_name".to_owned(), escape(scope.scope().name(), true));
        self.0.insert(
            "otel_scope_version".to_owned(),
            escape(scope.scope().version().unwrap_or_default(), true),
        );
        self
    }
}

/// The series of one name.
struct Family {
    kind: &'static str,
    help: String,
    /// What comes after the name, a line each.
    samples: Vec<String>,
}

impl Family {
    fn new(kind: &'static str, help: &str) -> Self {
        Self { kind, help: escape(help, false), samples: Vec::new() }
    }

    fn sample(&mut self, suffix: &str, labels: &Labels, bound: Option<&str>, value: impl Display) {
        let mut line = suffix.to_owned();
        let labels = labels.0.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let mut opening = '{';
        for (name, value) in labels.chain(bound.map(|bound| ("le", bound))) {
            // Writing to a text cannot fail.
            let _ = write!(line, "{opening}{name}=\"{value}\"");
            opening = ',';
        }
        if opening == ',' {
            line.push('}');
        }
        let _ = write!(line, " {value}");
        self.samples.push(line);
    }

    /// Buckets count what is below their bound, as Prometheus has them.
    fn buckets(
        &mut self,
        labels: &Labels,
        bounds: impl Iterator<Item = f64>,
        counts: impl Iterator<Item = u64>,
        all: u64,
    ) {
        let mut below = 0;
        for (bound, count) in bounds.zip(counts) {
            below += count;
            self.sample("_bucket", labels, Some(&bound.to_string()), below);
        }
        self.sample("_bucket", labels, Some("+Inf"), all);
    }

    fn write(&self, name: &str, to: &mut String) {
        let _ = writeln!(to, "# HELP {name} {}\n# TYPE {name} {}", self.help, self.kind);
        for sample in &self.samples {
            let _ = writeln!(to, "{name}{sample}");
        }
    }
}

fn escape(text: &str, quotes: bool) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' => escaped.push_str("\\\\"),
            '\n' => escaped.push_str("\\n"),
            '"' if quotes => escaped.push_str("\\\""),
            c => escaped.push(c),
        }
    }
    escaped
}
