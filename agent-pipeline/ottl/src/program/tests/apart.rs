//! Values that move within a record: what is put somewhere stays as it was, whatever becomes of where it came from.

use super::*;

/// The members that follow `"attributes":` in the first record.
fn attributes(json: &str) -> &str {
    json.rsplit_once(r#""attributes":"#).map_or("", |(_, after)| after)
}

#[test]
fn parts_of_a_body_stay_when_the_body_goes() {
    let mut batch =
        logs(r#"{"body":{"stringValue":"{\"user\":\"u7\",\"note\":\"a \\\"b\\\"\",\"n\":[1,\"x\"]}"}}"#);
    let (json, failures) = run(
        &mut batch,
        &[
            r#"merge_maps(attributes, ParseJSON(body), "upsert")"#,
            r#"set(attributes["start"], Substring(body, 2, 4))"#,
            r#"set(attributes["all"], body)"#,
            r#"set(body, "gone")"#,
            r#"set(attributes["now"], Split(body, "o"))"#,
            r#"merge_maps(attributes, ExtractPatterns(body, "(?P<user>g.)"), "update")"#,
            r#"merge_maps(attributes, ExtractPatterns(body, "(?P<note>n)"), "insert")"#,
        ],
    );
    assert_eq!(failures, [""; 0]);
    assert!(json.contains(r#""body":{"stringValue":"gone"}"#), "{json}");
    for member in [
        r#"{"key":"user","value":{"stringValue":"go"}}"#,
        r#"{"key":"note","value":{"stringValue":"a \"b\""}}"#,
        r#"{"key":"n","value":{"arrayValue":{"values":[{"doubleValue":1.0},{"stringValue":"x"}]}}}"#,
        r#"{"key":"start","value":{"stringValue":"user"}}"#,
        r#"{"key":"all","value":{"stringValue":"{\"user\":"#,
        r#"{"key":"now","value":{"arrayValue":{"values":[{"stringValue":"g"},{"stringValue":"ne"}]}}}"#,
    ] {
        assert!(attributes(&json).contains(member), "{member} in {json}");
    }
}

#[test]
fn what_was_read_from_the_resource_stays_when_that_changes() {
    let json = r#"{"resourceLogs":[{"resource":{"attributes":[{"key":"k","value":{"stringValue":"old"}}]},
        "scopeLogs":[{"logRecords":[{"body":{"stringValue":"first"}},{"body":{"stringValue":"second"}}]}]}]}"#;
    let mut batch = Batch::from_json(Signal::Logs, json.as_bytes()).unwrap();
    let (json, failures) = run(
        &mut batch,
        &[r#"set(attributes["r"], resource.attributes["k"])"#, r#"set(resource.attributes["k"], body)"#],
    );
    assert_eq!(failures, [""; 0]);
    assert!(json.contains(r#"{"key":"k","value":{"stringValue":"second"}}"#), "{json}");
    let read: Vec<_> = json.split(r#""key":"r","value":{"stringValue":""#).skip(1).collect();
    assert!(read[0].starts_with("old") && read[1].starts_with("first"), "{json}");
}
