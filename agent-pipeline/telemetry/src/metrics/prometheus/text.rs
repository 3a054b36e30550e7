//! The text exposition format, version 0.0.4, of what the SDK collected.
//!
//! Written straight into one text: a scrape comes every few seconds, and what it leaves behind in the allocator stays.

use std::collections::BTreeMap;
use std::fmt::{Display, Write as _};

use agent_config::document::{LabelSelection, PrometheusExporter};
use opentelemetry::{Key, KeyValue, Value};
use opentelemetry_sdk::metrics::data::{
    AggregatedMetrics, Metric, MetricData, ResourceMetrics, ScopeMetrics,
};

use super::names;

/// What the default metrics take; more is grown.
const USUAL_SIZE: usize = 16 * 1024;

/// Renders all metrics, sorted by name, each with the labels that `switches` ask for.
pub(in crate::metrics) fn render(metrics: &ResourceMetrics, switches: &PrometheusExporter) -> String {
    let mut text = String::with_capacity(USUAL_SIZE);
    let resource = || metrics.resource().iter();
    for scope in metrics.scope_metrics() {
        let common =
            Labels::new(resource().filter(|(key, _)| match &switches.with_resource_constant_labels {
                Some(selection) => takes(selection, key.as_str()),
                None => false,
            }));
        let common = if switches.without_scope_info { common } else { common.of_scope(scope) };
        let mut families: Vec<(String, &Metric)> =
            scope.metrics().map(|metric| (name(metric, switches), metric)).collect();
        families.sort_by(|(one, _), (other, _)| one.cmp(other));
        for (name, metric) in &families {
            family(&mut text, name, metric, &common);
        }
    }
    header(&mut text, "target_info", "gauge", "Target metadata");
    sample(&mut text, ("target_info", ""), &[], &Labels::new(resource()), None, 1);
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

fn name(metric: &Metric, switches: &PrometheusExporter) -> String {
    names::metric(metric.name(), metric.unit(), kind(metric), switches)
}

fn kind(metric: &Metric) -> &'static str {
    match metric.data() {
        AggregatedMetrics::F64(data) => kind_of(data),
        AggregatedMetrics::U64(data) => kind_of(data),
        AggregatedMetrics::I64(data) => kind_of(data),
    }
}

fn kind_of<T>(data: &MetricData<T>) -> &'static str {
    match data {
        MetricData::Sum(sum) if sum.is_monotonic() => "counter",
        MetricData::Gauge(_) | MetricData::Sum(_) => "gauge",
        MetricData::Histogram(_) | MetricData::ExponentialHistogram(_) => "histogram",
    }
}

fn family(text: &mut String, name: &str, metric: &Metric, common: &Labels) {
    header(text, name, kind(metric), metric.description());
    match metric.data() {
        AggregatedMetrics::F64(data) => points(text, name, data, common),
        AggregatedMetrics::U64(data) => points(text, name, data, common),
        AggregatedMetrics::I64(data) => points(text, name, data, common),
    }
}

fn points<T: Copy + Display>(text: &mut String, name: &str, data: &MetricData<T>, common: &Labels) {
    match data {
        MetricData::Gauge(gauge) => {
            for point in gauge.data_points() {
                let own: Vec<&KeyValue> = point.attributes().collect();
                sample(text, (name, ""), &own, common, None, point.value());
            }
        }
        MetricData::Sum(sum) => {
            for point in sum.data_points() {
                let own: Vec<&KeyValue> = point.attributes().collect();
                sample(text, (name, ""), &own, common, None, point.value());
            }
        }
        MetricData::Histogram(histogram) => {
            for point in histogram.data_points() {
                let own: Vec<&KeyValue> = point.attributes().collect();
                // Buckets count what is below their bound, as Prometheus has them.
                let mut below = 0;
                for (bound, count) in point.bounds().zip(point.bucket_counts()) {
                    below += count;
                    sample(text, (name, "_bucket"), &own, common, Some(&bound), below);
                }
                sample(text, (name, "_bucket"), &own, common, Some(&"+Inf"), point.count());
                sample(text, (name, "_sum"), &own, common, None, point.sum());
                sample(text, (name, "_count"), &own, common, None, point.count());
            }
        }
        // Nothing here makes them, and the text format has no form for them.
        MetricData::ExponentialHistogram(_) => {}
    }
}

fn header(text: &mut String, name: &str, kind: &str, help: &str) {
    text.push_str("# HELP ");
    text.push_str(name);
    text.push(' ');
    escape(text, help, false);
    // Writing to a text cannot fail, here and below.
    let _ = writeln!(text, "\n# TYPE {name} {kind}");
}

/// One series: its own labels, then the common ones that it does not have itself.
fn sample(
    text: &mut String,
    (name, suffix): (&str, &str),
    own: &[&KeyValue],
    common: &Labels,
    bound: Option<&dyn Display>,
    value: impl Display,
) {
    text.push_str(name);
    text.push_str(suffix);
    let mut opening = '{';
    let mut label = |text: &mut String, name: &str| {
        text.push(opening);
        opening = ',';
        text.push_str(name);
        text.push_str("=\"");
    };
    for attribute in own {
        label(text, &names::label(attribute.key.as_str()));
        escape(text, &attribute.value.as_str(), true);
        text.push('"');
    }
    for (name, value) in &common.0 {
        if !own.iter().any(|attribute| names::label(attribute.key.as_str()) == *name) {
            label(text, name);
            text.push_str(value);
            text.push('"');
        }
    }
    if let Some(bound) = bound {
        label(text, "le");
        let _ = write!(text, "{bound}\"");
    }
    if opening == ',' {
        text.push('}');
    }
    let _ = writeln!(text, " {value}");
}

/// Labels of every series: names and escaped values.
struct Labels(BTreeMap<String, String>);

impl Labels {
    /// Keys that become the same name share it, their values joined.
    fn new<'a>(attributes: impl Iterator<Item = (&'a Key, &'a Value)>) -> Self {
        let mut labels: BTreeMap<String, String> = BTreeMap::new();
        for (key, value) in attributes {
            let label = labels.entry(names::label(key.as_str()).into_owned()).or_default();
            if !label.is_empty() {
                label.push(';');
            }
            escape(label, &value.as_str(), true);
        }
        Self(labels)
    }

    fn of_scope(mut self, scope: &ScopeMetrics) -> Self {
        let scope = scope.scope();
        for (name, value) in
            [("otel_scope_name", scope.name()), ("otel_scope_version", scope.version().unwrap_or_default())]
        {
            let mut escaped = String::new();
            escape(&mut escaped, value, true);
            self.0.insert(name.to_owned(), escaped);
        }
        self
    }
}

fn escape(to: &mut String, text: &str, quotes: bool) {
    for c in text.chars() {
        match c {
            '\\' => to.push_str("\\\\"),
            '\n' => to.push_str("\\n"),
            '"' if quotes => to.push_str("\\\""),
            c => to.push(c),
        }
    }
}
