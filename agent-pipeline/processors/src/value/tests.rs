//! Values from YAML and to text.

use agent_otlp::AnyValue;

use super::*;

fn kvlist(members: Vec<(&'static str, AnyValue<'static>)>) -> AnyValue<'static> {
    AnyValue::KvList(members.into_iter().map(|(key, value)| (Cow::Borrowed(key), value)).collect())
}

#[test]
fn yaml_values_keep_their_types() {
    let yaml = AnyYaml::List(vec![
        AnyYaml::Null,
        AnyYaml::Bool(true),
        AnyYaml::Int(-7),
        AnyYaml::Float(2.5),
        AnyYaml::String("42".to_owned()),
        AnyYaml::Map([("k".to_owned(), AnyYaml::Int(1))].into_iter().collect()),
    ]);
    let expected = AnyValue::Array(vec![
        AnyValue::Empty,
        AnyValue::Bool(true),
        AnyValue::Int(-7),
        AnyValue::Double(2.5),
        AnyValue::from("42"),
        kvlist(vec![("k", AnyValue::Int(1))]),
    ]);
    assert_eq!(from_yaml(&yaml), expected);
}

#[test]
fn scalars_have_their_text() {
    for (value, text) in [
        (AnyValue::Empty, ""),
        (AnyValue::from("a<b"), "a<b"),
        (AnyValue::Bool(false), "false"),
        (AnyValue::Int(i64::MIN), "-9223372036854775808"),
        (AnyValue::from(vec![1, 2, 255]), "AQL/"),
    ] {
        assert_eq!(as_text(&value), text);
    }
}

#[test]
fn doubles_are_written_as_go_does() {
    for (number, text) in [
        (0.0, "0"),
        (1.0, "1"),
        (0.1, "0.1"),
        (1e20, "100000000000000000000"),
        (1e21, "1e+21"),
        (-1.5e300, "-1.5e+300"),
        (1e-6, "0.000001"),
        (1.25e-7, "1.25e-7"),
        (f64::NAN, "json: unsupported value: NaN"),
        (f64::INFINITY, "json: unsupported value: +Inf"),
        (f64::NEG_INFINITY, "json: unsupported value: -Inf"),
    ] {
        assert_eq!(as_text(&AnyValue::Double(number)), text);
    }
}

#[test]
fn lists_and_maps_are_json() {
    let inner = kvlist(vec![
        ("b", AnyValue::from("<&>\"\n\u{1}")),
        ("a", AnyValue::Empty),
        ("b", AnyValue::from("last")),
    ]);
    let list = AnyValue::Array(vec![AnyValue::Int(1), AnyValue::Double(1.5), AnyValue::from(vec![0]), inner]);
    assert_eq!(as_text(&list), r#"[1,1.5,"AA==",{"a":null,"b":"last"}]"#);
    let escaped = AnyValue::Array(vec![AnyValue::from("<&>\"\\\n\u{1}\u{2028}")]);
    assert_eq!(as_text(&escaped), r#"["\u003c\u0026\u003e\"\\\n\u0001\u2028"]"#);
}

#[test]
fn a_list_with_an_infinite_number_has_no_text() {
    assert_eq!(as_text(&AnyValue::Array(vec![AnyValue::Double(f64::INFINITY)])), "");
}
