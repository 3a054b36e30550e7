//! `examples/label.rs` does what it says.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

#[allow(dead_code, reason = "`main` is for who runs the example")]
#[path = "../examples/label.rs"]
mod label;

fn labelled(lines: &str) -> std::io::Result<String> {
    let mut out = Vec::new();
    label::label(lines.as_bytes(), &mut out, "west")?;
    Ok(String::from_utf8(out).unwrap())
}

#[test]
fn resources_are_labelled_and_what_is_below_info_goes() {
    let line = |severity: i32| {
        format!(
            r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{"severityNumber":{severity}}}]}}]}}]}}"#
        )
    };
    let out = labelled(&[line(5), line(9), line(0)].join("\n")).unwrap();
    assert_eq!(out.lines().count(), 2, "{out}");
    assert!(out.lines().all(|line| line.contains(r#""key":"k8s.cluster.name""#) && line.contains("west")));
    assert!(!out.contains(r#""severityNumber":5"#), "{out}");
}

#[test]
fn a_line_that_is_not_otlp_is_an_error() {
    assert!(labelled("{\"resourceLogs\":[7]}\n").is_err());
}
