//! `transform`: its sections, golden files and the Collector's recorded cases.

use super::*;
use crate::testing::{check_golden, check_recorded, check_sections, context, decode, logs};

#[test]
fn sections_are_checked_with_their_place() {
    check_sections::<Config>("transform");
}

#[test]
fn telemetry_changes_as_the_golden_files_show() {
    check_golden::<Transform>("transform");
}

#[test]
fn recorded_cases_come_out_as_the_collectors() {
    check_recorded("transform");
}

fn transform(yaml: &str) -> Transform {
    Transform::build(&decode(yaml).unwrap(), &context("logs")).unwrap()
}

#[test]
fn a_batch_that_no_statement_changes_keeps_its_bytes() {
    let statements = [
        r#"set(log.attributes["a"], 1) where log.severity_number > 20"#,
        r#"delete_key(log.attributes, "absent")"#,
        r#"replace_pattern(log.body, "x", "y")"#,
        "set(log.body, log.body)",
        r#"set(resource.attributes["absent"], nil)"#,
        r#"keep_matching_keys(scope.attributes, ".")"#,
    ];
    let list = statements.map(|statement| format!("'{statement}'")).join(", ");
    let mut batch = logs(0, 3);
    let before = batch.to_bytes();
    transform(&format!("log_statements: [{list}]")).process(&mut batch, None).unwrap();
    assert_eq!(batch.to_bytes().as_ptr(), before.as_ptr());
}

#[test]
fn a_statement_for_resources_leaves_the_records_where_they_are() {
    let mut batch = logs(0, 3);
    let before = batch.to_bytes();
    transform(r#"log_statements: ['set(resource.attributes["a"], 1)']"#).process(&mut batch, None).unwrap();
    let range = before.as_ptr_range();
    assert!(batch.segments().any(|segment| range.contains(&segment.as_ptr())));
    assert_eq!(batch.items(), 3);
}

#[test]
fn a_failing_statement_refuses_the_batch_unless_told_otherwise() {
    let statement = r#"log_statements: ['set(log.attributes["a"], Len(log.body))']"#;
    let refusal = transform(statement).process(&mut logs(0, 1), None).unwrap_err();
    assert!(!refusal.is_permanent());
    assert!(refusal.to_string().starts_with("failed to execute statement: set(log.attributes"), "{refusal}");
    for mode in ["ignore", "Silent"] {
        transform(&format!("error_mode: {mode}\n{statement}")).process(&mut logs(0, 1), None).unwrap();
    }
}
