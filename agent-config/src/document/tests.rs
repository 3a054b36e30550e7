//! Whole documents: the rules that need no knowledge of components, with their texts.

use std::fs;
use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::settings::{MapEnvironment, ProcessEnvironment};
use crate::values::AnyYaml;

/// The variables that the documents in `testdata` refer to.
fn environment() -> MapEnvironment {
    MapEnvironment::new()
        .with("BACKEND", "https://backend.example.com")
        .with("KEY", "s3cret-key")
        .with("LOOP", "${env:LOOP}")
}

/// Each `NAME.yaml` in `testdata` gives exactly the problems in `NAME.txt`; with `BLESS` set the latter are written.
#[test]
fn documents_give_the_recorded_problems() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/document/testdata");
    let bless = ProcessEnvironment.get("BLESS").is_some();
    let mut seen = 0;
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("it can be listed").path();
        if path.extension().is_none_or(|extension| extension != "yaml") {
            continue;
        }
        seen += 1;
        let text = fs::read_to_string(&path).expect("a document");
        let (document, issues) = Document::parse(&text, &environment());
        let told = format!("{}{issues}\n", if document.is_some() { "" } else { "no document\n" });
        assert!(!told.contains("s3cret"), "{}: {told}", path.display());
        let recorded = path.with_extension("txt");
        if bless {
            fs::write(&recorded, &told).expect("it can be written");
        }
        let expected = fs::read_to_string(&recorded).expect("the problems are recorded");
        assert_eq!(told, expected, "{}", path.display());
    }
    assert!(seen > 20, "only {seen} documents were found");
}

fn good() -> Document {
    let text = include_str!("testdata/good.yaml");
    let (document, issues) = Document::parse(text, &environment());
    assert!(issues.is_empty(), "{issues}");
    document.expect("a document")
}

#[test]
fn a_good_document_has_all_its_parts() {
    let document = good();
    let ids = |sections: &IndexMap<ComponentId, Section>| {
        sections.keys().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(ids(&document.receivers), "otlp");
    assert_eq!(ids(&document.processors), "batch");
    assert_eq!(ids(&document.exporters), "otlphttp");
    assert_eq!(ids(&document.connectors), "forward");
    assert_eq!(ids(&document.extensions), "health_check");
    let names =
        |list: &[Reference]| list.iter().map(|reference| reference.id.to_string()).collect::<Vec<_>>();
    assert_eq!(names(&document.service.extensions), ["health_check"]);
    let pipelines: Vec<String> = document.service.pipelines.keys().map(ToString::to_string).collect();
    assert_eq!(pipelines, ["logs/in", "logs/out"]);
    let first = &document.service.pipelines[0];
    assert_eq!(first.path.to_string(), "service::pipelines::logs/in");
    assert_eq!(first.receivers[0].path.to_string(), "service::pipelines::logs/in::receivers[0]");
    assert_eq!(names(&first.processors), ["batch"]);
    assert_eq!(names(&document.service.pipelines[1].exporters), ["otlphttp"], "a text is a list of one");
    assert_eq!(document.receivers[0].path().to_string(), "receivers::otlp");
}

#[test]
fn the_telemetry_section_is_decoded() {
    let telemetry = good().service.telemetry;
    assert_eq!(telemetry.logs.level, LogLevelName::Debug);
    assert_eq!(telemetry.logs.encoding, LogEncoding::Json);
    assert_eq!(telemetry.logs.sampling.tick, crate::GoDuration::from_secs(1));
    assert_eq!(telemetry.logs.sampling.initial, 10, "defaults hold for what is not given");
    assert_eq!(telemetry.metrics.level, MetricsLevel::Detailed);
    assert_eq!(telemetry.resource["service.instance.id"], AnyYaml::Null);
    let readers = telemetry.metrics.readers.expect("they are given");
    let pull = readers[0].pull.as_ref().expect("a pull reader");
    assert_eq!(pull.exporter.prometheus.as_ref().expect("prometheus").host, "0.0.0.0");
    let otlp = readers[1].periodic.as_ref().expect("a periodic reader").exporter.otlp.as_ref().expect("otlp");
    assert_eq!(otlp.headers.get("a").expect("a header").expose(), "b");
}

#[test]
fn telemetry_that_is_not_given_has_the_collectors_defaults() {
    for (telemetry, level) in [("", LogLevelName::Info), ("telemetry:", LogLevelName::Info)] {
        let text = format!(
            "receivers: {{a: }}\nexporters: {{b: }}\nservice:\n  {telemetry}\n  pipelines: {{logs: {{receivers: [a], exporters: [b]}}}}\n"
        );
        let (document, issues) = Document::parse(&text, &environment());
        assert!(issues.is_empty(), "{issues}");
        let telemetry = document.expect("a document").service.telemetry;
        assert_eq!((telemetry.logs.level, telemetry.metrics.level), (level, MetricsLevel::Normal));
        assert!(telemetry.logs.sampling.enabled && telemetry.metrics.readers.is_none());
    }
}

#[test]
fn the_resolved_document_hides_secrets_and_reads_back() {
    let text = "\
receivers: {otlp: {tls: {key_pem: PEM, key_file: /k, password_file: /p}, auth: {token: t, Password: p}}}
exporters:
  otlphttp:
    endpoint: ${env:BACKEND}
    api_key: ${env:KEY}
    api-key: ${env:KEY}
    headers: {x-tenant: abc, list: [a, b]}
  other: {headers: [{name: n, value: v}], size: 0123, text: '0123', empty: '', none: null}
service: {pipelines: {logs: {receivers: [otlp], exporters: [otlphttp, other]}}}
";
    let (document, _) = Document::parse(text, &environment());
    let document = document.expect("a document");
    let expected = "\
receivers:
  otlp:
    tls:
      key_pem: \"[REDACTED]\"
      key_file: /k
      password_file: /p
    auth:
      token: \"[REDACTED]\"
      Password: \"[REDACTED]\"
exporters:
  otlphttp:
    endpoint: https://backend.example.com
    api_key: \"[REDACTED]\"
    api-key: \"[REDACTED]\"
    headers:
      x-tenant: \"[REDACTED]\"
      list:
      - \"[REDACTED]\"
      - \"[REDACTED]\"
  other:
    headers:
    - name: \"[REDACTED]\"
      value: \"[REDACTED]\"
    size: 0123
    text: \"0123\"
    empty: \"\"
    none:
service:
  pipelines:
    logs:
      receivers:
      - otlp
      exporters:
      - otlphttp
      - other
";
    assert_eq!(document.resolved_yaml(true), expected);
    let shown = document.resolved_yaml(false);
    assert!(shown.contains("api_key: s3cret-key"), "{shown}");
    let (again, issues) = Document::parse(&shown, &MapEnvironment::new());
    assert!(issues.is_empty(), "{issues}");
    assert_eq!(again.expect("a document").resolved_yaml(false), shown);
}

#[test]
fn secrets_are_not_in_debug_output() {
    let environment = environment();
    let (document, _) = Document::parse(include_str!("testdata/good.yaml"), &environment);
    let document = document.expect("a document");
    let mut issues = Issues::new();
    let validator = format!("{:?}", document.exporters[0].validator(&mut issues));
    let shown = format!("{document:?} {:?} {environment:?} {validator}", document.exporters[0]);
    assert!(!shown.contains("s3cret") && shown.contains("KEY"), "{shown}");
}

#[test]
fn a_change_of_one_section_changes_only_its_fingerprint() {
    let text = include_str!("testdata/good.yaml");
    let (changed, _) = Document::parse(&text.replace("timeout: 10s", "timeout: 11s"), &environment());
    let (before, after) = (good(), changed.expect("a document"));
    assert_ne!(before.processors[0].fingerprint(), after.processors[0].fingerprint());
    assert_eq!(before.exporters[0].fingerprint(), after.exporters[0].fingerprint());
    let (other_key, _) = Document::parse(text, &environment().with("KEY", "another"));
    assert_ne!(before.exporters[0].fingerprint(), other_key.expect("a document").exporters[0].fingerprint());
}

#[test]
fn suggestions_for_a_hostile_number_of_names_cost_nothing() {
    let known: Vec<String> = (0..20_000).map(|n| format!("  otlp/{n}:")).collect();
    let named: Vec<String> = (0..20_000).map(|n| format!("otpl/{n}")).collect();
    let text = format!(
        "receivers:\n{}\nexporters: {{nop: }}\nservice: {{pipelines: {{logs: {{receivers: [{}], exporters: [nop]}}}}}}",
        known.join("\n"),
        named.join(",")
    );
    let (_, issues) = Document::parse(&text, &environment());
    assert!(issues.to_string().ends_with("more"), "the rest is counted");
}

/// A place in a text and what to do there.
fn edits() -> impl Strategy<Value = Vec<(prop::sample::Index, usize, String)>> {
    let piece = prop_oneof![
        Just(String::new()),
        "[-:?{}\\[\\],&*!|>'\"%@`# \n\t]{1,3}",
        prop::sample::select(vec![
            "${env:KEY}",
            "${",
            "}",
            "&a ",
            "*a",
            "<<: ",
            "::",
            "null",
            "- ",
            "\n  ",
            "~",
            "0x",
            "🦀"
        ])
        .prop_map(str::to_owned),
        "\\PC{1,4}",
    ];
    prop::collection::vec((any::<prop::sample::Index>(), 0usize..8, piece), 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_change_of_a_document_is_read_or_refused_and_keeps_secrets(edits in edits()) {
        let mut text: Vec<char> = include_str!("testdata/good.yaml").chars().collect();
        for (place, removed, piece) in edits {
            let start = place.index(text.len() + 1);
            let end = (start + removed).min(text.len());
            text.splice(start..end, piece.chars());
        }
        let text: String = text.into_iter().collect();
        let (document, mut issues) = Document::parse(&text, &environment());
        prop_assert!(document.is_some() || issues.has_errors());
        if let Some(document) = document {
            for section in document.exporters.values().chain(document.receivers.values()) {
                let _: Option<ServiceTelemetry> = section.decode(&mut issues);
                let _: Option<AnyYaml> = section.decode(&mut issues);
            }
            let shown = document.resolved_yaml(false);
            let Loaded::Tree(again) = load(&shown, None, &mut Issues::new()) else {
                return Err(TestCaseError::fail(shown));
            };
            prop_assert_eq!(crate::yaml::emit(&again, &|_| false), shown);
        }
        prop_assert!(!issues.to_string().contains("s3cret"), "{}", issues);
    }
}
