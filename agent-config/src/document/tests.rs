use std::fs;
use std::path::Path;

use super::*;
use crate::settings::{MapEnvironment, ProcessEnvironment};

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
