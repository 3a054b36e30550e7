//! `redaction`: its sections, golden files and the Collector's recorded cases.

use super::*;
use crate::testing::{check_golden, check_recorded, check_sections, context, decode, logs};

#[test]
fn sections_are_checked_with_their_place() {
    check_sections::<Config>("redaction");
}

#[test]
fn data_changes_as_the_golden_files_show() {
    check_golden::<Redaction>("redaction");
}

#[test]
fn recorded_cases_come_out_as_the_collectors() {
    check_recorded("redaction");
}

#[test]
fn a_batch_that_needs_no_change_keeps_its_bytes() {
    let config = decode("{allow_all_keys: true, blocked_values: ['never'], summary: debug}").unwrap();
    let mut batch = logs(0, 3);
    let before = batch.to_bytes();
    Redaction::build(&config, &context("logs")).unwrap().process(&mut batch, None).unwrap();
    assert_eq!(batch.to_bytes().as_ptr(), before.as_ptr());
}

#[test]
fn a_whole_value_is_masked_line_by_line() {
    let config = decode("{allow_all_keys: true, blocked_key_patterns: [x]}").unwrap();
    let rules = Rules::build(&config).unwrap();
    assert_eq!(rules.mask_whole("one\ntwo"), "****\n****");
    assert_eq!(rules.mask_whole(""), "****");
    assert_eq!(rules.mask_whole("one"), "****");
}
