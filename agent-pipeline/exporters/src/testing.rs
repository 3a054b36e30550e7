//! What the tests of this crate share: batches, contexts, and sections of documents.

use std::sync::Arc;

use agent_component::{BuildContext, BuildInfo, Host};
use agent_config::{ComponentId, Document, Issues, MapEnvironment, Section, Validate};
use agent_otlp::{Batch, Signal};
use serde::de::DeserializeOwned;

/// A batch of one resource with `items` spans, named `span 0` and so on.
pub(crate) fn spans(items: usize) -> Batch {
    let spans: Vec<String> = (0..items)
        .map(|index| {
            format!(
                r#"{{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708","name":"span {index}"}}"#
            )
        })
        .collect();
    let spans = spans.join(",");
    json(
        Signal::Traces,
        &format!(
            r#"{{"resourceSpans":[{{"resource":{{"attributes":[{{"key":"service.name","value":{{"stringValue":"shop"}}}}]}},"scopeSpans":[{{"spans":[{spans}]}}]}}]}}"#
        ),
    )
}

/// A batch from OTLP/JSON.
pub(crate) fn json(signal: Signal, text: &str) -> Batch {
    Batch::from_json(signal, text.as_bytes()).unwrap()
}

/// A context for the component `id` with an empty environment.
pub(crate) fn context(id: &str) -> BuildContext {
    context_with(id, MapEnvironment::new())
}

/// A context for the component `id`.
pub(crate) fn context_with(id: &str, environment: MapEnvironment) -> BuildContext {
    let build = BuildInfo { version: "1.2.3", commit: "none" };
    BuildContext {
        id: id.parse().unwrap(),
        pipeline: None,
        host: Arc::new(Host::new(build, Arc::new(environment))),
    }
}

/// The section of an exporter `x` that is written as flow YAML.
pub(crate) fn section(yaml: &str) -> Section {
    let text = format!("exporters: {{x: {yaml}}}");
    let (document, _) = Document::parse(&text, &MapEnvironment::new());
    document.unwrap().exporters[&"x".parse::<ComponentId>().unwrap()].clone()
}

/// Decodes and validates; the settings must be good.
pub(crate) fn good<T: DeserializeOwned + Validate>(yaml: &str) -> T {
    let mut issues = Issues::new();
    let config = section(yaml).decode_valid(&mut issues);
    config.unwrap_or_else(|| panic!("{issues}"))
}

/// Decodes and validates; the problems without the common part of their path.
pub(crate) fn problems<T: DeserializeOwned + Validate>(yaml: &str) -> Vec<String> {
    let mut issues = Issues::new();
    let _: Option<T> = section(yaml).decode_valid(&mut issues);
    let text = |issue: &agent_config::Issue| {
        let hint = issue.suggestion.as_ref().map(|hint| format!(", did you mean {hint}?")).unwrap_or_default();
        format!("{}: {}{hint}", issue.path, issue.message).replace("exporters::x::", "")
    };
    issues.iter().map(text).collect()
}
