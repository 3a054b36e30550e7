//! References: each form, and what becomes of it.

use proptest::prelude::*;

use super::*;
use crate::settings::MapEnvironment;
use crate::values::AnyYaml;
use crate::{Section, issues::Severity};

struct Files;

impl FileReader for Files {
    fn read(&self, path: &str) -> Result<String, String> {
        match path {
            "/etc/list.yaml" => Ok("[1, '${env:A}']".to_owned()),
            "/etc/token" => Ok("file-secret\n".to_owned()),
            _ => Err("no such file".to_owned()),
        }
    }
}

fn environment() -> MapEnvironment {
    MapEnvironment::new()
        .with("A", "inner")
        .with("EMPTY", "")
        .with("INT", "0123")
        .with("NEG", "-7")
        .with("FLOAT", "2.50")
        .with("EXP", "1e3")
        .with("BOOL", "true")
        .with("QUOTED", "\"42\"")
        .with("NULL", "null")
        .with("VERSION", "1.2.3")
        .with("LIST", "[a, b]")
        .with("MAP", "{k: [1, two]}")
        .with("HASH", "5 # b")
        .with("COLON", "a: b")
        .with("BROKEN", "[a")
        .with("AT", "@x")
        .with("REF", "${env:A}")
        .with("REFS", "[\"${env:A}\", \"$$x\"]")
        .with("DOLLARS", "a$$b$c")
        .with("NAME", "A")
        .with("SELF", "x${env:SELF}")
        .with("PING", "${env:PONG}")
        .with("PONG", "${env:PING}")
}

/// What `any` and `text` fields receive for a value, or the problem.
fn value(written: &str) -> (AnyYaml, String) {
    expanded(written).unwrap_or_else(|problem| (AnyYaml::Null, problem))
}

fn expanded(written: &str) -> Result<(AnyYaml, String), String> {
    let environment = environment();
    let mut issues = Issues::new();
    let root = Arc::new(Node::new(Kind::Text(written.to_owned()), None));
    let sources = Sources::new(&environment).with_files(&Files);
    let node = expand(&root, sources, &mut issues);
    if issues.has_errors() {
        return Err(issues.to_string());
    }
    let section = Section::new(ConfigPath::root(), node, None);
    let any = section.decode(&mut issues).expect("any value decodes");
    Ok((any, section.decode(&mut issues).unwrap_or_default()))
}

fn text(written: &str) -> String {
    let (any, text) = value(written);
    assert_eq!(any, AnyYaml::String(text.clone()), "{written}");
    text
}

fn string(text: &str) -> AnyYaml {
    AnyYaml::String(text.to_owned())
}

#[test]
fn a_whole_value_takes_its_yaml_type_and_keeps_its_text() {
    for (name, typed, text) in [
        ("A", string("inner"), "inner"),
        ("INT", AnyYaml::Int(83), "0123"),
        ("NEG", AnyYaml::Int(-7), "-7"),
        ("FLOAT", AnyYaml::Float(2.5), "2.50"),
        ("EXP", AnyYaml::Float(1000.0), "1e3"),
        ("BOOL", AnyYaml::Bool(true), "true"),
        ("QUOTED", string("\"42\""), "\"42\""),
        ("NULL", AnyYaml::Null, "null"),
        ("EMPTY", AnyYaml::Null, ""),
        ("UNSET", AnyYaml::Null, ""),
        ("VERSION", string("1.2.3"), "1.2.3"),
        ("LIST", AnyYaml::List(vec![string("a"), string("b")]), "[a, b]"),
        ("HASH", AnyYaml::Int(5), "5 # b"),
        ("BROKEN", string("[a"), "[a"),
        ("AT", string("@x"), "@x"),
        ("REF", string("inner"), "inner"),
        ("REFS", AnyYaml::List(vec![string("inner"), string("$x")]), "[\"inner\", \"$x\"]"),
        ("DOLLARS", string("a$b$c"), "a$b$c"),
    ] {
        assert_eq!(value(&format!("${{env:{name}}}")), (typed.clone(), text.to_owned()), "{name}");
        assert_eq!(value(&format!("${{{name}}}")), (typed, text.to_owned()), "{name} without a scheme");
    }
}

#[test]
fn a_reference_inside_text_puts_the_text_in() {
    assert_eq!(text("<${env:A}>"), "<inner>");
    assert_eq!(text("${env:INT}${env:INT}"), "01230123");
    assert_eq!(text("x${env:LIST}y"), "x[a, b]y");
    assert_eq!(text("v ${env:COLON}"), "v a: b");
    assert_eq!(text("<${env:UNSET}>"), "<>");
    assert_eq!(text("<${env:REF}>"), "<inner>");
    assert_eq!(text("${env:DOLLARS}!"), "a$b$c!");
}

#[test]
fn a_default_stands_in_only_for_an_unset_variable() {
    assert_eq!(text("<${env:UNSET:-def}>"), "<def>");
    assert_eq!(text("<${env:EMPTY:-def}>"), "<>");
    assert_eq!(value("${env:UNSET:-5}"), (AnyYaml::Int(5), "5".to_owned()));
    assert_eq!(value("${env:UNSET:-\"all\"}"), (string("\"all\""), "\"all\"".to_owned()));
    assert_eq!(value("${env:UNSET:-}"), (string(""), String::new()));
    assert_eq!(value("${env:UNSET:-a:-b}"), (string("a:-b"), "a:-b".to_owned()));
    assert_eq!(text("${env:UNSET:-${env:A}}"), "inner");
    assert_eq!(text("${env:UNSET:-http://h:1/p}"), "http://h:1/p");
}

#[test]
fn dollars_are_escaped_by_doubling() {
    for (written, read) in [
        ("$$", "$"),
        ("$$1", "$1"),
        ("$1", "$1"),
        ("$A", "$A"),
        ("$", "$"),
        ("a$", "a$"),
        ("$${env:A}", "${env:A}"),
        ("$$${env:A}", "$inner"),
        ("$$$${env:A}", "$${env:A}"),
        ("$${1} ${env:A}", "${1} inner"),
        ("${env:A", "${env:A"),
        ("${env:A ${env:A}", "${env:A inner"),
        ("}${env:A}{", "}inner{"),
        ("{}", "{}"),
    ] {
        assert_eq!(text(written), read, "{written}");
    }
}

#[test]
fn inner_references_are_replaced_first() {
    assert_eq!(text("${env:${env:NAME}}"), "inner");
    assert_eq!(text("${${NAME}}"), "inner");
    assert_eq!(text("x${${env:NAME}}y"), "xinnery");
}

#[test]
fn yaml_and_files_are_sources_too() {
    assert_eq!(value("${yaml:[1, x]}").0, AnyYaml::List(vec![AnyYaml::Int(1), string("x")]));
    assert_eq!(value("${file:/etc/list.yaml}").0, AnyYaml::List(vec![AnyYaml::Int(1), string("inner")]));
    assert_eq!(value("${file:/etc/token}"), (string("file-secret\n"), "file-secret\n".to_owned()));
    assert_eq!(
        expanded("${file:/nope}"),
        Err("${file:/nope}: cannot read the file: no such file".to_owned())
    );
}

#[test]
fn what_cannot_be_replaced_is_an_error_with_the_reference() {
    for (written, reason) in [
        ("${vault:secret}", "the scheme of ${vault:secret} is not supported: use env, file or yaml"),
        ("x ${s3:a} y", "the scheme of ${s3:a} is not supported: use env, file or yaml"),
        (
            "${NOPE:-def}",
            "invalid reference ${NOPE:-def}: a default needs the scheme in front, as in ${env:NAME:-default}",
        ),
        (
            "${CONF_NOPE:-def}",
            "invalid reference ${CONF_NOPE:-def}: a default needs the scheme in front, as in ${env:NAME:-default}",
        ),
        ("${a_b:c}", "invalid reference ${a_b:c}"),
        ("${:x}", "invalid reference ${:x}"),
        ("${env:A:-$b}", "the reference ${env:A:-$b} contains unsupported characters ('$')"),
        (
            "${http://host/c.yaml}",
            "${http://host/c.yaml}: configurations are not read over the network; use ${env:...} or ${file:...}",
        ),
        ("${env:SELF}", "too many recursive expansions at ${env:SELF}"),
        ("${env:PING}", "too many recursive expansions at ${env:PING}"),
    ] {
        assert_eq!(expanded(written), Err(reason.to_owned()), "{written}");
    }
    for name in ["", "1", "a-b", "a b", "é", "A.B"] {
        let told = expanded(&format!("${{env:{name}}}")).expect_err("a bad name");
        assert!(told.contains("has an invalid name: must match regex ^[a-zA-Z_][a-zA-Z0-9_]*$"), "{told}");
    }
}

#[test]
fn an_unset_variable_is_a_warning_with_its_name() {
    let environment = MapEnvironment::new();
    let (section, issues) = Section::parse("processors::a", "k: {v: '${env:GONE}'}", &environment);
    assert!(section.is_some());
    let all: Vec<_> = issues.iter().collect();
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].severity, Severity::Warning);
    assert_eq!(
        issues.to_string(),
        "warning: k::v: ${env:GONE} references an environment variable that is not set; the value is empty (line 1, column 8)"
    );
}

#[test]
fn keys_are_not_expanded() {
    let (section, _) = Section::parse("a", "'${env:A}': '${env:A}'", &environment());
    let value: Option<AnyYaml> = section.and_then(|section| section.decode(&mut Issues::new()));
    let Some(AnyYaml::Map(entries)) = value else { unreachable!("a map") };
    assert_eq!(entries.get("${env:A}"), Some(&string("inner")));
}

#[test]
fn what_multiplies_itself_is_stopped() {
    let doubling = |n: usize| (format!("X{n}"), format!("${{env:X{}}}${{env:X{}}}", n + 1, n + 1));
    let environment: MapEnvironment = (0..90).map(doubling).collect();
    let doubling_lists =
        |n: usize| (format!("L{n}"), format!("['${{env:L{}}}', '${{env:L{}}}']", n + 1, n + 1));
    let lists: MapEnvironment = (0..90).map(doubling_lists).collect();
    for (environment, written) in [(&environment, "a: ${env:X0}"), (&lists, "a: ${env:L0}")] {
        let (_, issues) = Section::parse("a", written, environment);
        assert!(issues.has_errors(), "{written}");
    }
    let nested = format!("a: \"{}A{}\"", "${".repeat(10_000), "}".repeat(10_000));
    let (_, issues) = Section::parse("a", &nested, &environment);
    assert!(issues.to_string().contains("too many recursive expansions"), "{issues}");
}

proptest! {
    #[test]
    fn text_without_dollars_is_untouched(written in "[^$]{0,40}") {
        prop_assert_eq!(template(&written).len(), usize::from(!written.is_empty()));
    }

    #[test]
    fn any_text_is_expanded_or_refused(written in "(\\$|\\{|\\}|env:|A|:-|yaml:|[\\[\\]a: ,'\"]){0,30}") {
        let _ = expanded(&written);
    }

    #[test]
    fn parts_put_together_are_the_text(written in "(\\$\\{|\\}|a|:|\\{){0,30}") {
        let whole: String = template(&written).iter().map(|part| match part {
            Part::Text(text) => text.to_string(),
            Part::Reference { written, .. } => (*written).to_owned(),
        }).collect();
        prop_assert_eq!(whole, written);
    }
}
