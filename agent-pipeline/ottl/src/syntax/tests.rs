//! Texts and what they mean, or where they are wrong.

use proptest::prelude::*;

use super::*;

fn tree(text: &str) -> String {
    match parse_condition(text) {
        Ok(logic) => show(&logic),
        Err(fault) => format!("{}: {}", fault.offset.unwrap_or_default(), fault.message),
    }
}

fn show(logic: &Logic) -> String {
    let join = |all: &[Logic], by: &str| format!("({})", all.iter().map(show).collect::<Vec<_>>().join(by));
    match logic {
        Logic::Or(all) => join(all, " or "),
        Logic::And(all) => join(all, " and "),
        Logic::Not(inner) => format!("not {}", show(inner)),
        Logic::Constant(truth) => truth.to_string(),
        Logic::Compare(left, op, right) => format!("[{} {op:?} {}]", value(left), value(right)),
        Logic::Call(call) => call_text(call),
    }
}

fn call_text(call: &Call) -> String {
    let args: Vec<_> = call.args.iter().map(|arg| value(&arg.value)).collect();
    format!("{}({}){}", call.name, args.join(","), keys(&call.keys))
}

fn keys(all: &[Key]) -> String {
    all.iter().map(|key| format!("[{}]", value(&key.value))).collect::<Vec<_>>().concat()
}

fn value(of: &Value) -> String {
    match &of.kind {
        ValueKind::Nil => "nil".to_owned(),
        ValueKind::Bool(truth) => truth.to_string(),
        ValueKind::Int(number) => number.to_string(),
        ValueKind::Float(number) => format!("{number:?}"),
        ValueKind::String(text) => format!("{text:?}"),
        ValueKind::Bytes(bytes) => format!("{bytes:?}"),
        ValueKind::Enum(name) | ValueKind::Function(name) => name.clone(),
        ValueKind::Path(path) => {
            let parts = path.segments.iter().map(|part| format!("{}{}", part.name, keys(&part.keys)));
            parts.collect::<Vec<_>>().join(".")
        }
        ValueKind::Call(call) => call_text(call),
        ValueKind::List(all) => format!("[{}]", all.iter().map(value).collect::<Vec<_>>().join(",")),
        ValueKind::Map(all) => {
            format!(
                "{{{}}}",
                all.iter().map(|(k, v)| format!("{k}:{}", value(v))).collect::<Vec<_>>().concat()
            )
        }
        ValueKind::Negative(inner) => format!("-{}", value(inner)),
        ValueKind::Math(op, left, right) => format!("({} {op:?} {})", value(left), value(right)),
    }
}

#[test]
fn operators_bind_as_they_should() {
    assert_eq!(tree("true or false and not true"), "(true or (false and not true))");
    assert_eq!(tree("1 + 2 * 3 - 4 == -x"), "[((1 Add (2 Multiply 3)) Subtract 4) Equal -x]");
    assert_eq!(tree("(a + 1) * 2 == 12"), "[((a Add 1) Multiply 2) Equal 12]");
    assert_eq!(
        tree("((a == 1 or true)) and (b < 2)"),
        "((([a Equal 1] or true)) and [b Less 2])".replace("((([", "(([").replace("true)) and", "true) and")
    );
    assert_eq!(tree("not (a == 1)"), "not [a Equal 1]");
    assert_eq!(tree("IsMatch(a.b[\"k\"][0], \"x\")"), "IsMatch(a.b[\"k\"][0],\"x\")");
    assert_eq!(tree("Split(a, \",\")[1] == \"b\""), "[Split(a,\",\")[1] Equal \"b\"]");
}

#[test]
fn literals_are_read_as_go_reads_them() {
    assert_eq!(tree(r#"x == "a\"b\\c\td\n\x41\u00e9""#), "[x Equal \"a\\\"b\\\\c\\td\\nAé\"]");
    assert_eq!(tree("x == 0x0aFF"), "[x Equal [10, 255]]");
    assert_eq!(tree("1. == .5"), "[1.0 Equal 0.5]");
    assert_eq!(tree("1.5e3 == -.5"), "[1500.0 Equal -0.5]");
    assert_eq!(tree("x == [1, \"a\", []]"), "[x Equal [1,\"a\",[]]]");
    assert_eq!(tree("x == {\"k\": 1}"), "[x Equal {k:1}]");
    assert_eq!(tree("x == ENUM_A2"), "[x Equal ENUM_A2]");
    assert_eq!(tree("x == \"a\nb\""), "[x Equal \"a\\nb\"]");
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    for (text, wrong) in [
        ("x", "1: invalid syntax: unexpected end, expected a comparison to make a condition"),
        ("x == ", "5: invalid syntax: unexpected end, expected a value"),
        ("x == 'a'", "5: invalid syntax: strings stand in double quotes"),
        ("x == \"a", "5: invalid syntax: the string is not closed"),
        ("x == \"\\d\"", "6: invalid syntax: unknown escape in string"),
        ("x == 0xabc", "5: invalid syntax: bytes need an even number of hexadecimal digits"),
        ("x == 1e3", "6: invalid syntax: unexpected `e3`, expected the end"),
        ("x == 99999999999999999999", "5: invalid syntax: the integer does not fit into 64 bits"),
        ("A(x=1, 2) == 1", "7: unnamed argument used after named argument"),
        ("(x == 1", "7: invalid syntax: unexpected end, expected `)`"),
        ("set(x, 1)", "0: converter names must start with an uppercase letter but got \"set\""),
        ("x == ;", "5: invalid syntax: unexpected character ';'"),
        ("x == {1: 2}", "6: invalid syntax: unexpected number 1, expected a string as key of the map"),
    ] {
        assert_eq!(tree(text), wrong, "{text}");
    }
}

#[test]
fn statements_are_editors_with_a_condition() {
    let statement = parse_statement("set(a.b[\"c\"], value=1) where x == nil").unwrap();
    assert_eq!(call_text(&statement.editor), "set(a.b[\"c\"],1)");
    assert_eq!(statement.editor.args[1].name.as_deref(), Some("value"));
    assert_eq!(show(&statement.condition.unwrap()), "[x Equal nil]");
    let wrong = |text: &str| parse_statement(text).unwrap_err().message;
    assert!(wrong("Concat([], \"\")").contains("editor names must start with a lowercase letter"));
    assert!(wrong("set(a, 1)[0]").contains("may be indexed"));
    assert!(wrong("set(a, 1").contains("unexpected end"));
    assert!(wrong("set(a, 1) where a").contains("a comparison"));
}

#[test]
fn depth_and_length_are_bounded() {
    let deep = format!("{}1{} == 1", "(".repeat(500), ")".repeat(500));
    assert!(tree(&deep).contains("nested deeper"));
    assert!(tree(&"-".repeat(1000)).contains("nested deeper"));
    assert!(tree(&" ".repeat(70_000)).contains("longer than"));
}

proptest! {
    #[test]
    fn no_text_panics(text in r#"[a-zA-Z0-9_.,"\\()\[\]{}:=<>!+*/' -]{0,60}"#) {
        let _ = parse_condition(&text);
        let _ = parse_statement(&text);
    }
}
