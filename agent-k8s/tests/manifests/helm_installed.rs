//! Where Helm is installed, it renders what the golden files say. Elsewhere these tests say so and pass.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::process::{Command, Output};

use serde_json::Value;

use crate::chart::{EXAMPLES, golden};
use crate::documents::key_of;
use crate::helm::{folder, parse};

/// What a program says; `None` where it is not installed.
pub(crate) fn run(program: &str, arguments: &[&str]) -> Option<Output> {
    match Command::new(program).args(arguments).output() {
        Ok(output) => Some(output),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            println!("skipped: {program} is not installed");
            None
        }
        Err(error) => panic!("{program}: {error}"),
    }
}

/// Documents by what they are, texts in ConfigMaps read as the YAML that they are.
fn by_key(documents: Vec<Value>) -> BTreeMap<String, Value> {
    let with_key = documents.into_iter().map(|mut document| {
        if document["kind"] == "ConfigMap" {
            for text in document["data"].as_object_mut().unwrap().values_mut() {
                *text = parse(text.as_str().unwrap());
            }
        }
        (key_of(&document), document)
    });
    with_key.collect()
}

#[test]
fn helm_renders_the_golden_files() {
    let chart = folder();
    for example in EXAMPLES {
        let values = chart.join("examples").join(example).join("values.yaml");
        let (chart, values) = (chart.to_str().unwrap(), values.to_str().unwrap());
        let place =
            ["template", "kubeagent", chart, "-n", "kloudmate", "--kube-version", "1.34.0", "-f", values];
        let Some(output) = run("helm", &place) else { return };
        assert!(output.status.success(), "{example}: {}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        let rendered: Vec<Value> = serde_saphyr::from_multiple(&text).unwrap();
        let (rendered, golden) = (by_key(rendered), by_key(golden(example)));
        assert_eq!(rendered.keys().collect::<Vec<_>>(), golden.keys().collect::<Vec<_>>(), "{example}");
        for (key, document) in rendered {
            assert_eq!(document, golden[&key], "{example} {key}");
        }
    }
}

#[test]
fn helm_finds_nothing_wrong_with_the_chart() {
    let chart = folder();
    let Some(output) = run("helm", &["lint", "--strict", chart.to_str().unwrap()]) else { return };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}
