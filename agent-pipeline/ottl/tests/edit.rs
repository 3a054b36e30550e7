//! `examples/edit.rs` does what it says.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

#[allow(dead_code, reason = "`main` is for who runs the example")]
#[path = "../examples/edit.rs"]
mod edit;

const LINE: &str = r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"severityNumber":17,"body":{"stringValue":"no"}}]}]}]}"#;

/// What is written, and what is said of statements that failed.
fn edited(statements: &[&str]) -> Result<(String, String), String> {
    let (mut out, mut trouble) = (Vec::new(), Vec::new());
    edit::edit(statements, LINE.as_bytes(), &mut out, &mut trouble).map_err(|error| error.to_string())?;
    Ok((String::from_utf8(out).unwrap(), String::from_utf8(trouble).unwrap()))
}

#[test]
fn statements_edit_and_one_that_fails_is_told_and_stops_nothing() {
    let failing = "set(attributes[\"n\"], ParseJSON(body))";
    let (out, trouble) =
        edited(&[failing, "set(attributes[\"env\"], \"prod\") where severity_number > 9"]).unwrap();
    assert!(out.contains(r#"{"key":"env","value":{"stringValue":"prod"}}"#), "{out}");
    assert!(trouble.starts_with(failing), "{trouble}");
}

#[test]
fn a_statement_with_a_mistake_is_refused_before_anything_is_read() {
    let told = edited(&["sett(body, 1)"]).unwrap_err();
    assert!(told.contains("set"), "{told}");
}
