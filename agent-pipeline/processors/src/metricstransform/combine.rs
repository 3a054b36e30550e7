//! `combine`: the metrics of a scope that match become one, told apart by what the groups of the pattern matched.

use std::collections::BTreeSet;

use agent_otlp::{Metric, MetricKind, Verdict};

use super::filter::Filter;
use super::operation::is_delta;
use agent_ottl::aggregate::{Aggregation, aggregate};

/// Takes what matches out of the list and makes one metric of it. `None`, and nothing is taken, when nothing matches or
/// it cannot be one; the reason is then told.
pub(super) fn combine<'e>(
    metrics: &mut Vec<Metric<'e>>,
    filter: &Filter,
    name: &str,
    how: Option<Aggregation>,
) -> Result<Option<Metric<'e>>, String> {
    let matching: Vec<&Metric<'e>> = metrics.iter().filter(|metric| filter.matches(metric)).collect();
    check(&matching)?;
    let mut parts = Vec::new();
    metrics.retain(|metric| {
        let matches = filter.matches(metric);
        if matches {
            parts.push(metric.clone());
        }
        !matches
    });
    for part in &mut parts {
        filter.narrow(part);
        let labels = filter.groups(part.name());
        part.edit_points(|_, point| {
            for (label, text) in &labels {
                point.attributes_mut().upsert(label.clone(), text.clone());
            }
            Verdict::Keep
        });
    }
    Ok(join(&parts, name, how))
}

/// The parts as one, described as the first of them is.
fn join<'e>(parts: &[Metric<'e>], name: &str, how: Option<Aggregation>) -> Option<Metric<'e>> {
    let first = parts.first()?;
    let mut combined = Metric::empty();
    combined.set_name(name);
    combined.set_description(first.description());
    combined.set_unit(first.unit());
    if let Some(kind) = first.kind() {
        let points = parts.iter().flat_map(Metric::points).collect();
        combined.set_points(kind, &aggregate(points, is_delta(first), how));
        combined.set_aggregation_temporality(first.aggregation_temporality());
        combined.set_is_monotonic(first.is_monotonic());
    }
    Some(combined)
}

/// Whether the metrics have all in common that a metric has only one of.
fn check(metrics: &[&Metric<'_>]) -> Result<(), String> {
    for metric in metrics {
        if metric.kind() == Some(MetricKind::Summary) {
            return Err(format!("Summary metrics cannot be combined: {}", metric.name()));
        }
    }
    let Some((first, others)) = metrics.split_first() else { return Ok(()) };
    for other in others {
        let differences = [
            ("are of different types", first.kind() != other.kind()),
            ("have different units", first.unit() != other.unit()),
            ("have different attributes", labels(first) != labels(other)),
            (
                "have different aggregation temporalities",
                first.aggregation_temporality() != other.aggregation_temporality(),
            ),
            ("have different monotonicity", first.is_monotonic() != other.is_monotonic()),
        ];
        if let Some((difference, _)) = differences.into_iter().find(|(_, differs)| *differs) {
            let (first, other) = (first.name(), other.name());
            return Err(format!("metrics cannot be combined as they {difference}: {first} and {other}"));
        }
    }
    Ok(())
}

fn labels(metric: &Metric<'_>) -> BTreeSet<String> {
    let keys = metric.points().flat_map(|point| {
        let keys: Vec<String> = point.attributes().iter().map(|(key, _)| key.to_owned()).collect();
        keys
    });
    keys.collect()
}
