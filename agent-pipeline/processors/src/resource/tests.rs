//! `resource`: its sections and golden files.

use agent_otlp::Signal;

use super::*;
use crate::testing::{check_golden, check_sections, context, decode, logs};

#[test]
fn sections_are_checked_with_their_place() {
    check_sections::<Config>("resource");
}

#[test]
fn resources_change_as_the_golden_files_show() {
    check_golden::<Resource>("resource");
}

#[test]
fn a_batch_that_needs_no_change_keeps_its_bytes() {
    let config = decode("attributes: [{key: absent, action: delete}]").unwrap();
    let mut batch = logs(0, 3);
    let before = batch.to_bytes();
    Resource::build(&config, &context("logs")).unwrap().process(&mut batch, None).unwrap();
    assert_eq!(batch.to_bytes().as_ptr(), before.as_ptr());
}

#[test]
fn a_batch_without_entries_stays_so() {
    let config = decode("attributes: [{key: a, value: 1, action: insert}]").unwrap();
    let mut batch = Batch::empty(Signal::Traces);
    Resource::build(&config, &context("traces")).unwrap().process(&mut batch, None).unwrap();
    assert_eq!(batch.resource_count(), 0);
}
