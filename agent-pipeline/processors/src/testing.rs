//! What the tests of processors share: sections from YAML, payloads, and golden files.
//!
//! Golden files lie in a component's `testdata/`. `NAME.yaml` with `NAME.in.json` gives `NAME.out.json`;
//! `bad_NAME.yaml` gives `bad_NAME.txt`, what is wrong with it. With `BLESS=1` the results are written instead of
//! compared; review the diff. Recorded cases of the Collector are in [`recorded`].

mod expected;
mod recorded;

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use agent_component::{BuildContext, BuildInfo, Host, ProcessorComponent};
use agent_config::{
    ComponentId, Document, Environment, Issues, MapEnvironment, ProcessEnvironment, Validate,
};
use agent_otlp::{Batch, Signal};
use serde::de::DeserializeOwned;
use serde_json::Value;

pub(crate) use recorded::{check_recorded, check_recorded_case};

/// Decodes and validates the YAML of one section, called `processors::it`; else all that is wrong with it.
pub(crate) fn decode<C: DeserializeOwned + Validate>(yaml: &str) -> Result<C, String> {
    let mut text = String::from("processors:\n  it:\n");
    for line in yaml.lines() {
        writeln!(text, "    {line}").unwrap();
    }
    let (document, mut issues) = Document::parse(&text, &MapEnvironment::new());
    let document = document.unwrap_or_else(|| panic!("{issues}"));
    issues = Issues::new();
    let section = &document.processors[&"it".parse::<ComponentId>().unwrap()];
    let config = section.decode_valid(&mut issues);
    config.ok_or_else(|| issues.to_string())
}

/// The context of a component in a pipeline.
pub(crate) fn context(pipeline: &str) -> BuildContext {
    let build = BuildInfo { version: "0.0.0", commit: "none" };
    BuildContext {
        id: "it".parse().unwrap(),
        pipeline: Some(pipeline.parse().unwrap()),
        host: Arc::new(Host::new(build, Arc::new(MapEnvironment::new()))),
    }
}

/// A payload of `count` log records with bodies `from`, `from + 1`, ...
pub(crate) fn logs(from: usize, count: usize) -> Batch {
    let records: Vec<String> =
        (from..from + count).map(|number| format!(r#"{{"body":{{"intValue":{number}}}}}"#)).collect();
    let json = format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{}]}}]}}]}}"#, records.join(","));
    Batch::from_json(Signal::Logs, json.as_bytes()).unwrap()
}

/// The numbers in the bodies of all log records, in order.
pub(crate) fn numbers(batch: &Batch) -> Vec<usize> {
    let records = batch.resources().flat_map(|resource| {
        let scopes: Vec<_> = resource
            .scopes()
            .flat_map(|scope| scope.log_records().map(|record| record.body().as_int()).collect::<Vec<_>>())
            .collect();
        scopes
    });
    records.map(|number| usize::try_from(number.unwrap()).unwrap()).collect()
}

/// Runs every golden case of a processor; each must be there as the files say.
pub(crate) fn check_golden<P: ProcessorComponent>(component: &str) {
    let cases = files(component, ".in.json");
    assert!(!cases.is_empty(), "{component} has no golden cases");
    for input in cases {
        let name = input.to_string_lossy().replace(".in.json", "");
        let config = decode(&fs::read_to_string(format!("{name}.yaml")).unwrap()).unwrap();
        let json = fs::read(&input).unwrap();
        let (signal, pipeline) = match &*String::from_utf8_lossy(&json) {
            text if text.contains("resourceSpans") => (Signal::Traces, "traces"),
            text if text.contains("resourceMetrics") => (Signal::Metrics, "metrics"),
            _ => (Signal::Logs, "logs"),
        };
        let mut batch = Batch::from_json(signal, &json).unwrap();
        let items = batch.items();
        P::build(&config, &context(pipeline)).unwrap().process(&mut batch, None).unwrap();
        assert_eq!(batch.items(), items, "{name}: items in are items out");
        let mut output = Vec::new();
        batch.write_json(&mut output);
        let output: Value = serde_json::from_slice(&output).unwrap();
        compare(Path::new(&format!("{name}.out.json")), &format!("{output:#}\n"));
    }
}

/// Checks what is told of every bad section, and that the good one is accepted.
pub(crate) fn check_sections<C: DeserializeOwned + Validate>(component: &str) {
    let good = fs::read_to_string(testdata(component).join("good.yaml")).unwrap();
    decode::<C>(&good).map(drop).unwrap();
    for section in files(component, ".yaml") {
        if section.file_name().unwrap().to_string_lossy().starts_with("bad_") {
            let wrong = decode::<C>(&fs::read_to_string(&section).unwrap()).map(drop).unwrap_err();
            compare(&section.with_extension("txt"), &format!("{wrong}\n"));
        }
    }
}

fn compare(path: &Path, found: &str) {
    if ProcessEnvironment.get("BLESS").is_some() {
        fs::write(path, found).unwrap();
        return;
    }
    let expected = fs::read_to_string(path).unwrap_or_default();
    assert_eq!(found, expected, "{}", path.display());
}

fn files(component: &str, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(testdata(component)).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries.filter(|path| path.to_string_lossy().ends_with(ending)).collect();
    files.sort();
    files
}

fn testdata(component: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(component).join("testdata")
}
