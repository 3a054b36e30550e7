//! `attributes`: its sections and golden files; selection has a file of its own.

mod selection;

use agent_component::Processor;

use super::*;
use crate::testing::{check_golden, check_sections, context, decode, logs};

#[test]
fn sections_are_checked_with_their_place() {
    check_sections::<Config>("attributes");
}

#[test]
fn records_change_as_the_golden_files_show() {
    check_golden::<Attributes>("attributes");
}

#[test]
fn a_batch_that_needs_no_change_keeps_its_bytes() {
    let config = decode("actions: [{key: absent, action: delete}]").unwrap();
    let mut batch = logs(0, 3);
    let before = batch.to_bytes();
    Attributes::build(&config, &context("logs")).unwrap().process(&mut batch, None).unwrap();
    assert_eq!(batch.to_bytes().as_ptr(), before.as_ptr());
}
