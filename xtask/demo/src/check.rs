//! What arrived at the backend, held against what the application sent.

use std::collections::BTreeSet;
use std::fmt;

use agent_testkit::otlp_backend::{Message, Request, Signal};
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::metrics::v1::Metric;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;

use crate::application::{LOG_RECORDS, POINTS_PER_INSTRUMENT, Part, SPANS, item};
use crate::edit;
use crate::sdk::Transport;

/// A promise and whether it was kept.
pub(crate) struct Check {
    text: String,
    /// Kept.
    pub(crate) good: bool,
}

impl Check {
    /// A check.
    pub(crate) fn new(text: impl Into<String>, good: bool) -> Self {
        Self { text: text.into(), good }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:<7}{}", if self.good { "ok" } else { "FAILED" }, self.text)
    }
}

/// Checks of all requests.
pub(crate) fn arrived(requests: &[Request], api_key: &str) -> Vec<Check> {
    let expected = |prefixes: &[&str], count: usize| -> Vec<String> {
        let numbers = |prefix: &&str| {
            let prefix = (*prefix).to_owned();
            Transport::ALL.into_iter().flat_map(move |transport| {
                let prefix = prefix.clone();
                (0..count).map(move |number| format!("{prefix}{}", item(transport, number)))
            })
        };
        prefixes.iter().flat_map(numbers).collect()
    };
    let instruments = ["shop.orders ", "shop.stock ", "shop.checkout.duration "];
    let keyed =
        requests.iter().all(|request| request.headers.get("api-key").is_some_and(|key| key == api_key));
    vec![
        every("span", &expected(&[""], SPANS), &names(requests, Signal::Traces)),
        every("log record", &expected(&[""], LOG_RECORDS), &names(requests, Signal::Logs)),
        every(
            "data point",
            &expected(&instruments, POINTS_PER_INSTRUMENT),
            &names(requests, Signal::Metrics),
        ),
        Check::new("every request carried the api-key", keyed && !requests.is_empty()),
    ]
}

/// Spans that were made after the edit carry what it adds, and those from before do not.
pub(crate) fn edited(requests: &[Request]) -> Check {
    let is_edited = |attribute: &KeyValue| attribute.key == edit::ATTRIBUTE;
    let (mut plain, mut changed) = (BTreeSet::new(), BTreeSet::new());
    for message in
        requests.iter().filter(|request| request.accepted).filter_map(|request| request.message.as_ref())
    {
        let Message::Traces(request) = message else { continue };
        for entry in &request.resource_spans {
            let edited = entry.resource.iter().flat_map(|resource| &resource.attributes).any(is_edited);
            let names = entry.scope_spans.iter().flat_map(|scope| &scope.spans).map(|span| span.name.clone());
            if edited { &mut changed } else { &mut plain }.extend(names);
        }
    }
    let expected = [Part::BeforeTheEdit, Part::AfterTheEdit].map(|part| {
        let of = |transport| part.of(SPANS).map(move |number| item(transport, number));
        Transport::ALL.into_iter().flat_map(of).collect::<BTreeSet<_>>()
    });
    let text = format!("the edit took effect between two spans: {} carry what it adds", changed.len());
    Check::new(text, [plain, changed] == expected)
}

/// Each item of the application once: none lost, none doubled. What a person sent besides is not looked at.
fn every(what: &str, expected: &[String], got: &[String]) -> Check {
    let wanted: BTreeSet<&String> = expected.iter().collect();
    let got: Vec<&String> = got.iter().filter(|name| wanted.contains(name)).collect();
    let distinct: BTreeSet<&String> = got.iter().copied().collect();
    let missing: Vec<&String> = expected.iter().filter(|name| !distinct.contains(name)).collect();
    let text = match missing.first() {
        None => format!("every {what} arrived once: {} of {}", got.len(), expected.len()),
        Some(first) => {
            format!(
                "{} of {} {what}s did not arrive, `{first}` the first of them",
                missing.len(),
                expected.len()
            )
        }
    };
    Check::new(text, missing.is_empty() && got.len() == expected.len())
}

fn names(requests: &[Request], signal: Signal) -> Vec<String> {
    let of_signal = requests.iter().filter(|request| request.signal == signal && request.accepted);
    of_signal.filter_map(|request| request.message.as_ref()).flat_map(names_of).collect()
}

fn names_of(message: &Message) -> Vec<String> {
    match message {
        Message::Traces(request) => {
            let scopes = request.resource_spans.iter().flat_map(|entry| &entry.scope_spans);
            scopes.flat_map(|scope| &scope.spans).map(|span| span.name.clone()).collect()
        }
        Message::Logs(request) => {
            let scopes = request.resource_logs.iter().flat_map(|entry| &entry.scope_logs);
            let bodies =
                scopes.flat_map(|scope| &scope.log_records).filter_map(|record| record.body.as_ref());
            bodies.filter_map(|body| string(body.value.as_ref())).collect()
        }
        Message::Metrics(request) => {
            let scopes = request.resource_metrics.iter().flat_map(|entry| &entry.scope_metrics);
            scopes.flat_map(|scope| &scope.metrics).flat_map(points).collect()
        }
    }
}

/// Each point as the instrument's name and the attribute that tells it from the others.
fn points(metric: &Metric) -> Vec<String> {
    let attributes: Vec<&Vec<KeyValue>> = match &metric.data {
        Some(Data::Sum(data)) => data.data_points.iter().map(|point| &point.attributes).collect(),
        Some(Data::Gauge(data)) => data.data_points.iter().map(|point| &point.attributes).collect(),
        Some(Data::Histogram(data)) => data.data_points.iter().map(|point| &point.attributes).collect(),
        _ => Vec::new(),
    };
    let name = |attributes: &Vec<KeyValue>| {
        let item = attributes.iter().find(|attribute| attribute.key == "item");
        let item = item.and_then(|attribute| string(attribute.value.as_ref()?.value.as_ref()));
        format!("{} {}", metric.name, item.unwrap_or_default())
    };
    attributes.into_iter().map(name).collect()
}

fn string(value: Option<&Value>) -> Option<String> {
    match value {
        Some(Value::StringValue(text)) => Some(text.clone()),
        _ => None,
    }
}

/// What came, by signal.
pub(crate) fn table(requests: &[Request]) -> String {
    let row = |(signal, name): (Signal, &str)| {
        let of_signal: Vec<&Request> = requests.iter().filter(|request| request.signal == signal).collect();
        let items: usize = of_signal.iter().map(|request| request.items).sum();
        let bytes: usize = of_signal.iter().map(|request| request.wire_bytes).sum();
        let compression: BTreeSet<&str> =
            of_signal.iter().map(|request| request.compression.as_str()).collect();
        let compression = compression.into_iter().collect::<Vec<_>>().join(", ");
        format!("{name:<10}{items:>9}{:>10}{bytes:>12}{compression:>13}\n", of_signal.len())
    };
    let rows =
        [(Signal::Traces, "traces"), (Signal::Metrics, "metrics"), (Signal::Logs, "logs")].map(row).concat();
    format!(
        "{:<10}{:>9}{:>10}{:>12}{:>13}\n{rows}",
        "arrived", "items", "requests", "wire bytes", "compression"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_and_a_doubled_item_are_both_seen() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let expected = names(&["a", "b"]);
        assert!(every("span", &expected, &names(&["b", "a"])).good);
        assert!(every("span", &expected, &names(&["b", "a", "of a person"])).good);
        assert!(!every("span", &expected, &names(&["a", "a", "b"])).good);
        let lost = every("span", &expected, &names(&["a"]));
        assert!(
            !lost.good && lost.to_string().contains("1 of 2 spans did not arrive, `b` the first"),
            "{lost}"
        );
    }

    #[test]
    fn nothing_at_all_passes_no_check() {
        assert!(arrived(&[], "key").iter().all(|check| !check.good));
        assert!(!edited(&[]).good);
    }
}
