//! Every action, and everything that can be wrong with one.

use agent_otlp::{Batch, Signal};
use serde_json::{Value, json};

use super::*;
use crate::testing::decode;

/// The attributes after the actions, as OTLP/JSON values by key; `None` when the bytes are the ones that came.
fn run_for(yaml: &str, attributes: &Value, client: Option<&ClientInfo>) -> Option<Value> {
    let config: crate::resource::Config = decode(&format!("attributes: {yaml}")).unwrap();
    let (actions, faults) = Actions::compile(&config.attributes);
    assert!(faults.is_empty());
    let list: Vec<_> =
        attributes.as_object().unwrap().iter().map(|(k, v)| json!({"key": k, "value": v})).collect();
    let json = json!({"resourceLogs": [{"resource": {"attributes": list}}]}).to_string();
    let mut batch = Batch::from_json(Signal::Logs, json.as_bytes()).unwrap();
    let before = batch.to_bytes();
    batch.edit_resources(|resource| actions.apply(resource.attributes_mut(), client));
    if batch.to_bytes().as_ptr() == before.as_ptr() {
        return None;
    }
    let mut out = Vec::new();
    batch.write_json(&mut out);
    let out: Value = serde_json::from_slice(&out).unwrap();
    let list = out["resourceLogs"][0]["resource"]["attributes"].as_array().cloned().unwrap_or_default();
    Some(
        list.into_iter()
            .map(|entry| (entry["key"].as_str().unwrap().to_owned(), entry["value"].clone()))
            .collect(),
    )
}

fn run(yaml: &str, attributes: &Value) -> Option<Value> {
    run_for(yaml, attributes, None)
}

fn text(value: &str) -> Value {
    json!({"stringValue": value})
}

fn client() -> ClientInfo {
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    ClientInfo {
        metadata: vec![pair("tenant", "a"), pair("tenant", "b"), pair("empty", "")],
        address: Some("10.1.2.3:4567".parse().unwrap()),
        auth: vec![pair("subject", "me"), pair("groups", "x"), pair("groups", "y")],
    }
}

#[test]
fn insert_sets_only_what_is_absent() {
    let yaml = "[{key: a, value: new, action: insert}]";
    assert_eq!(run(yaml, &json!({})), Some(json!({"a": text("new")})));
    assert_eq!(run(yaml, &json!({"a": text("old")})), None);
}

#[test]
fn update_sets_only_what_is_present() {
    let yaml = "[{key: a, value: new, action: update}]";
    assert_eq!(run(yaml, &json!({"a": {"intValue": "1"}})), Some(json!({"a": text("new")})));
    assert_eq!(run(yaml, &json!({"b": text("x")})), None);
}

#[test]
fn upsert_sets_in_any_case() {
    let yaml = "[{key: a, value: new, action: UPSERT}]";
    assert_eq!(run(yaml, &json!({"a": text("old")})), Some(json!({"a": text("new")})));
    assert_eq!(run(yaml, &json!({})), Some(json!({"a": text("new")})));
}

#[test]
fn what_would_change_nothing_leaves_the_bytes_alone() {
    let same = json!({"a": text("same"), "n": {"intValue": "1"}});
    for yaml in [
        "[{key: a, value: same, action: upsert}]",
        "[{key: a, value: same, action: update}]",
        "[{key: absent, action: delete}]",
        "[{pattern: ^x, action: delete}]",
        "[{key: absent, action: hash}]",
        "[{pattern: ^x, action: hash}]",
        "[{key: a, pattern: '(?P<x>[0-9])', action: extract}]",
        "[{key: n, pattern: '(?P<x>[0-9])', action: extract}]",
        "[{key: a, action: convert, converted_type: int}]",
        "[{key: a, action: convert, converted_type: string}]",
        "[{key: n, from_attribute: n, action: update}]",
        "[{key: b, from_attribute: absent, action: upsert}]",
        "[{key: b, from_context: tenant, action: upsert}]",
    ] {
        assert_eq!(run(yaml, &same), None, "{yaml}");
    }
}

#[test]
fn values_of_every_yaml_type_can_be_set() {
    let yaml = "[{key: a, value: {list: [1, 2.5, true, null, x]}, action: insert}]";
    let list =
        json!([{"intValue": "1"}, {"doubleValue": 2.5}, {"boolValue": true}, {}, {"stringValue": "x"}]);
    let expected =
        json!({"kvlistValue": {"values": [{"key": "list", "value": {"arrayValue": {"values": list}}}]}});
    assert_eq!(run(yaml, &json!({})), Some(json!({"a": expected})));
}

#[test]
fn a_value_is_copied_whatever_its_type() {
    let list = json!({"arrayValue": {"values": [text("x")]}});
    let yaml = "[{key: copy, from_attribute: list, action: insert}]";
    assert_eq!(run(yaml, &json!({"list": list})), Some(json!({"list": list, "copy": list})));
}

#[test]
fn delete_takes_a_key_a_pattern_or_both() {
    let attributes = json!({"a": text("1"), "http.url": text("2"), "http.host": text("3"), "z": text("4")});
    let yaml = "[{key: a, pattern: '^http[.]', action: delete}]";
    assert_eq!(run(yaml, &attributes), Some(json!({"z": text("4")})));
}

#[test]
fn hash_is_sha256_of_scalars() {
    let attributes = json!({
        "text": text("ann"), "none": text(""), "yes": {"boolValue": true}, "no": {"boolValue": false},
        "int": {"intValue": "404"}, "double": {"doubleValue": 0.5},
    });
    let expected = json!({
        "text": text("49915e0d7d4b402e3017d010bc1c0e83cac6c797d6c16e66340fe3268693a6a1"),
        "none": text("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        "yes": text("4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a"),
        "no": text("6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
        "int": text("6dcd500bcb8fc18e5ee01ae209fe19db2675ec3e422cd3783a072cd771d1867b"),
        "double": text("4cfa5b42ca669328764e67cd9a34bb8f90b16ed7ca8d85e8443783d7ccce15ed"),
    });
    assert_eq!(run("[{pattern: '.*', action: hash}]", &attributes), Some(expected));
}

#[test]
fn what_has_no_hash_does_not_stay_readable() {
    let attributes = json!({"list": {"arrayValue": {"values": [text("secret")]}}});
    assert_eq!(run("[{key: list, action: hash}]", &attributes), Some(json!({"list": text("")})));
}

#[test]
fn extract_sets_every_group_and_overwrites() {
    let attributes = json!({"url": text("https://shop/cart"), "host": text("old")});
    let yaml = r"[{key: url, pattern: '^(?P<scheme>\w+)://(?P<host>[^/]+)(?P<port>:\d+)?', action: extract}]";
    let expected = json!({"url": text("https://shop/cart"), "host": text("shop"), "scheme": text("https"), "port": text("")});
    assert_eq!(run(yaml, &attributes), Some(expected));
}

#[test]
fn convert_changes_the_type_where_it_can() {
    for (from, to, expected) in [
        (text("42"), "int", json!({"intValue": "42"})),
        (text("-7"), "int", json!({"intValue": "-7"})),
        (text("1e3"), "double", json!({"doubleValue": 1000.0})),
        (json!({"doubleValue": -2.9}), "int", json!({"intValue": "-2"})),
        (json!({"boolValue": true}), "int", json!({"intValue": "1"})),
        (json!({"boolValue": true}), "double", json!({"doubleValue": 1.0})),
        (json!({"intValue": "3"}), "double", json!({"doubleValue": 3.0})),
        (json!({"intValue": "3"}), "string", text("3")),
        (json!({"doubleValue": 1e21}), "string", text("1e+21")),
        (json!({"boolValue": false}), "string", text("false")),
        (json!({"arrayValue": {"values": [text("a"), {"intValue": "1"}]}}), "string", text(r#"["a",1]"#)),
    ] {
        let yaml = format!("[{{key: a, action: convert, converted_type: {to}}}]");
        assert_eq!(run(&yaml, &json!({"a": from})), Some(json!({"a": expected})), "{from} to {to}");
    }
}

#[test]
fn what_cannot_be_converted_stays() {
    for (from, to) in [
        (text("42.5"), "int"),
        (text("9223372036854775808"), "int"),
        (text("many"), "double"),
        (text("1e999"), "double"),
        (json!({"arrayValue": {"values": [text("a")]}}), "int"),
    ] {
        let yaml = format!("[{{key: a, action: convert, converted_type: {to}}}]");
        assert_eq!(run(&yaml, &json!({"a": from})), None, "{from} to {to}");
    }
}

#[test]
fn the_client_gives_values() {
    for (from, expected) in [
        ("metadata.TENANT", Some("a;b")),
        ("tenant", Some("a;b")),
        ("metadata.empty", Some("")),
        ("metadata.absent", None),
        ("client.address", Some("10.1.2.3")),
        ("auth.subject", Some("me")),
        ("auth.groups", Some("x;y")),
        ("auth.absent", None),
    ] {
        let yaml = format!("[{{key: a, from_context: {from}, action: insert}}]");
        let expected = expected.map(|expected| json!({"a": text(expected)}));
        assert_eq!(run_for(&yaml, &json!({}), Some(&client())), expected, "{from}");
    }
}

#[test]
fn actions_run_in_their_order() {
    let yaml = "[{key: a, value: 1, action: insert}, {key: b, from_attribute: a, action: insert}, \
                {key: a, action: delete}, {key: b, value: 2, action: insert}]";
    assert_eq!(run(yaml, &json!({})), Some(json!({"b": {"intValue": "1"}})));
}

#[test]
fn actions_that_make_no_sense_are_named() {
    for (action, field, problem) in [
        (
            "{action: insert, value: 1}",
            "key",
            r#"error creating AttrProc due to missing required field "key" at the 0-th actions"#,
        ),
        (
            "{action: hash}",
            "key",
            r#"error creating AttrProc due to missing required field (at least one of "key" and "pattern" have to be used) at the 0-th actions"#,
        ),
        (
            "{key: a, action: remove}",
            "action",
            r#"error creating AttrProc due to unsupported action "remove" at the 0-th actions"#,
        ),
        ("{key: a}", "action", r#"error creating AttrProc due to unsupported action "" at the 0-th actions"#),
        (
            "{key: a, action: insert}",
            "",
            r#"error creating AttrProc. Either field "value", "from_attribute" or "from_context" setting must be specified for 0-th action"#,
        ),
        (
            "{key: a, action: insert, value: 1, from_attribute: b}",
            "",
            "error creating AttrProc due to multiple value sources being set at the 0-th actions",
        ),
        (
            "{key: a, action: insert, from_context: c, from_attribute: b}",
            "",
            "error creating AttrProc due to multiple value sources being set at the 0-th actions",
        ),
        (
            "{key: a, action: Insert, value: 1, pattern: x}",
            "pattern",
            r#"error creating AttrProc. Action "insert" does not use the "pattern" field. This must not be specified for 0-th action"#,
        ),
        (
            "{key: a, action: upsert, value: 1, converted_type: int}",
            "converted_type",
            r#"error creating AttrProc. Action "upsert" does not use the "converted_type" field. This must not be specified for 0-th action"#,
        ),
        (
            "{key: a, action: delete, value: 1}",
            "value",
            r#"error creating AttrProc. Action "delete" does not use "value" or "from_attribute" field. These must not be specified for 0-th action"#,
        ),
        (
            "{key: a, action: extract}",
            "pattern",
            r#"error creating AttrProc due to missing required field "pattern" for action "extract" at the 0-th action"#,
        ),
        (
            "{key: a, action: extract, pattern: abc}",
            "pattern",
            r#"error creating AttrProc. Field "pattern" contains no named matcher groups at the 0-th actions"#,
        ),
        (
            "{key: a, action: extract, pattern: '(?P<a>x)(y)'}",
            "pattern",
            r#"error creating AttrProc. Field "pattern" contains at least one unnamed matcher group at the 0-th actions"#,
        ),
        (
            "{key: a, action: delete, pattern: '(x'}",
            "pattern",
            r#"error creating AttrProc. Field "pattern" has invalid pattern: "(x" to be set at the 0-th actions: unclosed group"#,
        ),
        (
            "{key: a, action: convert}",
            "converted_type",
            r#"error creating AttrProc due to missing required field "converted_type" for action "convert" at the 0-th action"#,
        ),
        (
            "{key: a, action: convert, converted_type: bool}",
            "converted_type",
            r#"error creating AttrProc due to invalid value "bool" in field "converted_type" for action "convert" at the 0-th action"#,
        ),
        (
            "{key: a, action: convert, converted_type: int, value: 1}",
            "value",
            r#"error creating AttrProc. Action "convert" does not use value sources or "pattern" field. These must not be specified for 0-th action"#,
        ),
    ] {
        let wrong = decode::<crate::resource::Config>(&format!("attributes:\n  - {action}")).unwrap_err();
        let separator = if field.is_empty() { "" } else { "::" };
        let place = format!("processors::it::attributes[0]{separator}{field}: {problem} (line ");
        assert!(wrong.starts_with(&place), "{wrong}\n{place}");
    }
}

#[test]
fn all_wrong_actions_are_told_at_once() {
    let yaml =
        "attributes:\n  - {action: insert}\n  - {key: a, action: delete}\n  - {key: a, action: nothing}";
    let wrong = decode::<crate::resource::Config>(yaml).unwrap_err();
    assert_eq!(wrong.lines().count(), 2, "{wrong}");
    assert!(wrong.contains("attributes[0]") && wrong.contains("attributes[2]"), "{wrong}");
}
