//! Editors: what they do beyond the example of each.

use std::ops::ControlFlow;

use agent_otlp::{Batch, Signal};

use crate::value::write_json;
use crate::{Context, Program};

/// The attributes of a log record after a statement, as JSON in their order, or the error. They begin as
/// `{"a":"x1","b":["p","q"],"m":{"k":"v1","n":2},"i":3}`.
fn edit(statement: &str) -> String {
    let json = br#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"attributes":[{"key":"a","value":{"stringValue":"x1"}},
        {"key":"b","value":{"arrayValue":{"values":[{"stringValue":"p"},{"stringValue":"q"}]}}},{"key":"m","value":{"kvlistValue":
        {"values":[{"key":"k","value":{"stringValue":"v1"}},{"key":"n","value":{"intValue":"2"}}]}}},{"key":"i","value":
        {"intValue":"3"}}]}]}]}]}"#;
    let mut batch = Batch::from_json(Signal::Logs, json).unwrap();
    let program = match Program::parse(Context::Log, &[] as &[&str], &[statement]) {
        Ok(program) => program,
        Err(errors) => return format!("refused: {}", errors[0].message),
    };
    let mut error = None;
    let outcome = program.run(&mut batch, &mut |failure| {
        error = Some(format!("error: {}", failure.error));
        ControlFlow::Continue(())
    });
    outcome.unwrap();
    if let Some(error) = error {
        return error;
    }
    let mut out = Vec::new();
    batch.edit_log_records(|_, record| {
        out.extend(
            record.attributes().iter().map(|(key, value)| format!("{key}={}", write_json(value).unwrap())),
        );
        agent_otlp::Verdict::Keep
    });
    out.join(" ")
}

fn check(cases: &[(&str, &str)]) {
    for (statement, expected) in cases {
        let found = edit(statement);
        assert!(found.contains(expected), "{statement}\n  {found}\n  {expected}");
    }
}

#[test]
fn nested_maps_are_edited_in_place() {
    check(&[
        (r#"delete_key(attributes["m"], "k")"#, r#"m={"n":2} i=3"#),
        (r#"keep_keys(attributes["m"], ["k"])"#, r#"m={"k":"v1"} i=3"#),
        (r#"merge_maps(attributes["m"], {"k": "w", "z": [1]}, "upsert")"#, r#"m={"k":"w","n":2,"z":[1]}"#),
        (r#"replace_all_patterns(attributes["m"], "value", "\\d", "_")"#, r#"m={"k":"v_","n":2}"#),
        (r#"replace_all_patterns(attributes, "key", "^(.)$", "x.$1")"#, r#"x.a="x1" x.b=["p","q"]"#),
        (r#"truncate_all(attributes["m"], 1)"#, r#"m={"k":"v","n":2}"#),
        (r#"limit(attributes["m"], 1, ["n"])"#, r#"m={"n":2}"#),
        (r#"flatten(attributes["m"], "f")"#, r#"m={"f.k":"v1","f.n":2}"#),
        (r#"set(attributes["m"]["k"]["z"], 1)"#, "error: type string does not support string indexing"),
        (r#"set(attributes["b"][1], 9)"#, r#"b=["p",9]"#),
        (r#"set(attributes["b"][2], 9)"#, "error: index 2 out of bounds"),
        (r#"set(attributes["z"][1], 9)"#, "z=[null,9]"),
        (r#"delete_key(attributes["a"], "k")"#, "error: expected map but got string"),
        (r#"set(attributes, {"only": true})"#, "only=true"),
        (r#"set(attributes, "no map")"#, r#"a="x1" b="#),
    ]);
}

#[test]
fn replacements_expand_and_may_be_made_by_functions() {
    check(&[
        (r#"replace_pattern(attributes["a"], "(?P<n>\\d)", "<${n}$n$$>")"#, "a=\"x<11$>\""),
        (r#"replace_pattern(attributes["a"], "\\d", "$0", ToUpperCase, "[%s]")"#, "a=\"x[1]\""),
        (
            r#"replace_pattern(attributes["a"], "\\d", "$0", FNV)"#,
            "error: the replacement value must be a string",
        ),
        (r#"replace_pattern(attributes["a"], "\\d", "$0", Nope)"#, "refused"),
        (r#"replace_pattern(attributes["a"], "\\d", "$0", ToUpperCase, "no")"#, "refused"),
        (
            r#"replace_pattern(attributes["a"], "\\d", "$0", ToUpperCase, attributes["a"])"#,
            "error: the replacement format",
        ),
        (r#"replace_pattern(attributes["a"], "(", "")"#, "refused"),
        (r#"replace_pattern(attributes["i"], "3", "4")"#, "i=3"),
        (r#"replace_match(attributes["a"], "[a-x][!2]", "y")"#, "a=\"y\""),
        (
            r#"replace_match(attributes["a"], "{x1,x2}", "z", SHA1, "%s!")"#,
            "395df8f7c51f007019cb30201c49e884b46b92fa!",
        ),
        (r#"replace_match(attributes["a"], "[", "y")"#, "refused"),
        (r#"replace_all_matches(attributes, "x*", "y")"#, "a=\"y\" b="),
        (r#"replace_all_patterns(attributes, "value", attributes["a"], "y")"#, "a=\"y\" b="),
    ]);
}

#[test]
fn lists_grow_and_shrink() {
    check(&[
        (r#"append(attributes["b"], [1])"#, r#"b=["p","q",[1]]"#),
        (r#"append(attributes["b"], attributes["b"])"#, "error: expected a value that can be appended"),
        (r#"append(attributes["m"], 1)"#, "error: expected a list or a scalar as target but got map"),
        (r#"append(attributes["i"], values=[nil, 2.5])"#, "i=[3,null,2.5]"),
        (r#"delete_index(attributes["b"], 1)"#, r#"b=["p"]"#),
        (r#"delete_index(attributes["b"], 0, 3)"#, "out of bounds"),
    ]);
}

#[test]
fn flattening_bounds_depth_and_resolves_conflicts() {
    check(&[
        ("flatten(attributes, depth=0)", "refused"),
        ("flatten(attributes, resolve_conflicts=true)", r#"a="x1" b="p" b.0="q" m.k="v1" m.n=2 i=3"#),
        (r#"flatten(attributes["i"])"#, "error: expected map"),
    ]);
}
