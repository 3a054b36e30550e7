//! Configurations of the pages, judged as `KM_ACTION=validate` does. What a page leaves out, because it is about one
//! component, is put around it.

use std::collections::BTreeSet;

use agent_config::document::PipelineConfig;
use agent_config::{Document, MapEnvironment};

use crate::agent::run;

/// What components that a page names and does not show are like; the others have no settings.
const BODIES: [(&str, &str); 4] = [
    ("attributes", "{actions: [{key: a, action: delete}]}"),
    ("file", "{path: /var/lib/kubeagent/out.json}"),
    ("otlp", "{protocols: {grpc: }}"),
    ("otlphttp", "{endpoint: 'http://backend.example:4318'}"),
];

/// Whether the agent takes it; where it says of no pipeline, in one of some signal.
pub(super) fn good(text: &str) -> Result<(), String> {
    let mut told = String::new();
    for signal in ["traces", "metrics", "logs"] {
        let (status, answer) = validate(&complete(text, signal));
        if status == Some(0) {
            return Ok(());
        }
        told = answer;
    }
    Err(told)
}

/// What `KM_ACTION=validate` says, with the folders of a pod in one of the test.
pub(super) fn validate(configuration: &str) -> (Option<i32>, String) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().to_str().unwrap();
    let mut here = configuration.to_owned();
    for folder in ["/var/lib/kubeagent/queues", "/var/lib/kubeagent", "/var/log/otel"] {
        here = here.replace(folder, path);
    }
    std::fs::write(directory.path().join("agent-deployment.yaml"), here).unwrap();
    let output = run(&[
        ("KM_ACTION", "validate"),
        ("KM_CONFIG_SOURCE", "file"),
        ("KM_CONFIG_DIR", path),
        ("KM_API_KEY", "the-secret"),
        ("KM_COLLECTOR_ENDPOINT", "http://backend.example:4318"),
    ]);
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

fn complete(text: &str, signal: &str) -> String {
    let (document, issues) = Document::parse(text, &MapEnvironment::new());
    let Some(document) = document else { panic!("{issues}: {text}") };
    let lists = [
        ("receivers", document.receivers.keys().map(ToString::to_string).collect(), "nop"),
        ("processors", document.processors.keys().map(ToString::to_string).collect(), ""),
        ("exporters", document.exporters.keys().map(ToString::to_string).collect(), "nop"),
    ];
    let (mut front, mut pipeline) = (String::new(), Vec::new());
    for (section, shown, at_least) in lists {
        let mut ids: BTreeSet<String> = shown;
        if ids.is_empty() {
            ids = named(&document, section, at_least);
            front.push_str(&written(section, &ids));
        }
        pipeline.push(format!("{section}: [{}]", ids.into_iter().collect::<Vec<_>>().join(", ")));
    }
    let extensions: Vec<String> = document.extensions.keys().map(ToString::to_string).collect();
    let has_service = text.lines().any(|line| line.starts_with("service:"));
    let service = format!("service:\n  extensions: [{}]\n", extensions.join(", "));
    let pipelines = format!("  pipelines: {{{signal}: {{{}}}}}\n", pipeline.join(", "));
    let service = if has_service { "" } else { &service };
    let pipelines = if document.service.pipelines.is_empty() { &pipelines } else { "" };
    format!("{front}{text}{service}{pipelines}")
}

/// What pipelines name in a list and is no connector; without pipelines `at_least`.
fn named(document: &Document, section: &str, at_least: &str) -> BTreeSet<String> {
    let list = |pipeline: &PipelineConfig| match section {
        "receivers" => pipeline.receivers.clone(),
        "processors" => pipeline.processors.clone(),
        _ => pipeline.exporters.clone(),
    };
    if document.service.pipelines.is_empty() {
        return [at_least].into_iter().filter(|id| !id.is_empty()).map(str::to_owned).collect();
    }
    let named = document.service.pipelines.values().flat_map(list).map(|reference| reference.id);
    named.filter(|id| !document.connectors.contains_key(id)).map(|id| id.to_string()).collect()
}

fn written(section: &str, ids: &BTreeSet<String>) -> String {
    let body = |id: &str| {
        let name = id.split('/').next().unwrap_or_default();
        BODIES.iter().find(|(known, _)| *known == name).map_or("{}", |(_, body)| body)
    };
    let components: Vec<String> = ids.iter().map(|id| format!("  {id}: {}\n", body(id))).collect();
    if components.is_empty() { String::new() } else { format!("{section}:\n{}", components.concat()) }
}

#[test]
fn sections_are_judged_like_whole_documents() {
    assert_eq!(good("processors:\n  deltatorate:\n    metrics: [a]\n"), Ok(()));
    let connected = "connectors:
  forward:
service:
  pipelines:
    logs/a: {receivers: [otlp], exporters: [forward]}
    logs/b: {receivers: [forward], exporters: [file]}
";
    assert_eq!(good(connected), Ok(()));
    let told = good("exporters:\n  debug: {verbositty: detailed}\n").unwrap_err();
    assert!(told.contains("did you mean `verbosity`?"), "{told}");
}
