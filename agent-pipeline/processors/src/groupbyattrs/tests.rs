//! `groupbyattrs`: its sections, golden files and the Collector's recorded cases.

use super::*;
use crate::testing::{check_golden, check_recorded, check_sections, context, decode, logs, numbers};

#[test]
fn sections_are_checked_with_their_place() {
    check_sections::<Config>("groupbyattrs");
}

#[test]
fn data_is_grouped_as_the_golden_files_show() {
    check_golden::<GroupByAttrs>("groupbyattrs");
}

#[test]
fn recorded_cases_come_out_as_the_collectors() {
    check_recorded("groupbyattrs");
}

#[test]
fn equal_resources_are_joined_and_their_records_keep_their_order() {
    let config = decode("keys: [k, '', k]").unwrap();
    let mut batch = logs(0, 3);
    batch.append(logs(3, 3)).unwrap();
    GroupByAttrs::build(&config, &context("logs")).unwrap().process(&mut batch, None).unwrap();
    assert_eq!((batch.resource_count(), numbers(&batch)), (1, vec![0, 1, 2, 3, 4, 5]));
}

#[test]
fn a_batch_without_records_becomes_empty() {
    let config = decode("").unwrap();
    let json = r#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"none"},{"name":"empty","gauge":{}}]}]}]}"#;
    let mut batch = Batch::from_json(Signal::Metrics, json.as_bytes()).unwrap();
    GroupByAttrs::build(&config, &context("metrics")).unwrap().process(&mut batch, None).unwrap();
    assert_eq!(batch.resource_count(), 0);
}
