//! Failures are counted between log lines; what the Collector refuses is refused.

use std::fs;
use std::path::{Path, PathBuf};

use agent_config::{Document, MapEnvironment};
use serde_json::Value;

use super::*;
use crate::PROCESSORS;

#[test]
fn a_statement_is_logged_once_in_a_while_with_a_count() {
    let failures = Failures::new(&"transform".parse().unwrap());
    let now = Instant::now();
    let key = (0, Phase::Statement, 1);
    assert_eq!(failures.due(key, now), Some(1));
    assert_eq!(failures.due(key, now + Duration::from_secs(1)), None);
    assert_eq!(failures.due(key, now + Duration::from_secs(2)), None);
    assert_eq!(failures.due((0, Phase::Condition, 1), now), Some(1));
    assert_eq!(failures.due(key, now + Duration::from_secs(10)), Some(3));
    assert_eq!(failures.due(key, now + Duration::from_secs(11)), None);
}

/// The recorded cases of configurations that the Collector refuses for a statement, condition or mode.
#[test]
fn what_the_collector_refuses_is_refused_in_words_that_fit() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance/cases/config-processors");
    let cases = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path());
    let ours = |case: &PathBuf| {
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        ["err-ottl-", "err-transform-", "err-filter-"].iter().any(|beginning| name.starts_with(beginning))
    };
    let cases: Vec<_> = cases.filter(ours).collect();
    assert!(cases.len() > 15);
    for case in cases {
        let about: Value = serde_json::from_slice(&fs::read(case.join("case.json")).unwrap()).unwrap();
        let expected = format!("(?is){}", about["expect_start_error"].as_str().unwrap());
        let environment = [("OTLP_HTTP_ENDPOINT", "127.0.0.1:0"), ("OUT_FILE", "out.json")];
        let environment: MapEnvironment = environment.into_iter().collect();
        let text = fs::read_to_string(case.join("config.yaml")).unwrap();
        let (document, mut issues) = Document::parse(&text, &environment);
        for (id, section) in document.iter().flat_map(|document| &document.processors) {
            let row = PROCESSORS.iter().find(|row| row.info.type_name == id.r#type()).unwrap();
            (row.decode)(section, &mut issues);
        }
        let told = issues.to_string();
        assert!(regex::Regex::new(&expected).unwrap().is_match(&told), "{}: {told}", case.display());
    }
}
