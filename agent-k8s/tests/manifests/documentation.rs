//! YAML of the pages that Kubernetes or the chart is to take. Configurations in them, and all other blocks, are judged by
//! the tests of the agent.

use agent_testkit::markdown::{Block, Yaml, pages};
use serde_json::{Value, json};

use crate::documents::check;
use crate::helm::{Chart, parse};

/// The blocks of one kind, with where they stand.
fn blocks(kind: Yaml) -> Vec<Block> {
    let all = pages().unwrap().into_iter().flat_map(|page| page.blocks());
    all.filter(|block| block.info.starts_with("yaml") && block.yaml() == kind).collect()
}

#[test]
fn objects_decode_into_their_types_without_loss() {
    for block in blocks(Yaml::Objects) {
        let documents: Vec<Value> = serde_saphyr::from_multiple(&block.text)
            .unwrap_or_else(|error| panic!("{}: {error}", block.place));
        assert!(!documents.is_empty(), "{}", block.place);
        documents.iter().for_each(check);
    }
}

#[test]
fn the_chart_takes_the_values() {
    let (chart, blocks) = (Chart::load(), blocks(Yaml::Values));
    assert!(!blocks.is_empty());
    for block in blocks {
        let rendered = chart.manifests(&parse(&block.text));
        assert!(rendered.is_ok(), "{}: {rendered:?}", block.place);
    }
}

#[test]
fn values_that_the_chart_does_not_know_are_found() {
    assert!(Chart::load().manifests(&json!({"serviceTelemetry": {}})).is_err());
}
