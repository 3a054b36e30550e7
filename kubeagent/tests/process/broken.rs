//! Broken documents and what a person is told: `tests/broken/*.yaml` beside `*.txt`, rewritten by `cargo xtask bless`.

use std::path::Path;

use crate::agent::run;

#[test]
#[expect(clippy::disallowed_methods, reason = "BLESS=1 asks to rewrite what the test compares with")]
fn every_problem_is_told_with_its_place() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/broken");
    let bless = std::env::var("BLESS").is_ok();
    let mut documents: Vec<_> =
        std::fs::read_dir(&cases).unwrap().map(|entry| entry.unwrap().path()).collect();
    documents.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    documents.sort();
    assert!(documents.len() >= 20, "{}", documents.len());
    let mut wrong = Vec::new();
    for document in documents {
        let (status, told) = validate(&document);
        assert_eq!(status, Some(78), "{}: {told}", document.display());
        let golden = document.with_extension("txt");
        if bless {
            std::fs::write(&golden, &told).unwrap();
        } else if std::fs::read_to_string(&golden).unwrap_or_default() != told {
            wrong.push(format!("{}:\n{told}", document.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What `KM_ACTION=validate` prints for a document, with its exit status.
fn validate(document: &Path) -> (Option<i32>, String) {
    let directory = tempfile::tempdir().unwrap();
    std::fs::copy(document, directory.path().join("agent-deployment.yaml")).unwrap();
    let output = run(&[
        ("KM_ACTION", "validate"),
        ("KM_CONFIG_SOURCE", "file"),
        ("KM_CONFIG_DIR", directory.path().to_str().unwrap()),
        ("KM_API_KEY", "key"),
        ("KM_COLLECTOR_ENDPOINT", "http://127.0.0.1:9"),
    ]);
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}
