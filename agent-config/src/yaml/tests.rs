//! The tree that YAML becomes, and hostile text that becomes none.

use proptest::prelude::*;

use super::*;
use crate::issues::Issues;

fn read(text: &str) -> Result<Arc<Node>, String> {
    let mut issues = Issues::new();
    match load(text, None, &mut issues) {
        Loaded::Tree(tree) if issues.is_empty() => Ok(tree),
        Loaded::Empty if issues.is_empty() => Err("empty".to_owned()),
        _ => Err(issues.to_string()),
    }
}

/// The tree in a compact form, to compare with.
fn shown(text: &str) -> String {
    read(text).map_or_else(|problem| problem, |tree| form(&tree))
}

fn form(node: &Node) -> String {
    match &node.kind {
        Kind::Null => "null".to_owned(),
        Kind::Bool(value) => value.to_string(),
        Kind::Int(value) => value.to_string(),
        Kind::UInt(value) => format!("{value}u"),
        Kind::Float(value) => format!("{value:?}"),
        Kind::Text(text) => format!("{text:?}"),
        Kind::List(items) => {
            format!("[{}]", items.iter().map(|item| form(item)).collect::<Vec<_>>().join(" "))
        }
        Kind::Map(entries) => {
            let entries = entries.iter().map(|(key, entry)| format!("{key}={}", form(&entry.value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(" "))
        }
    }
}

#[test]
fn plain_scalars_have_the_types_of_the_collectors_yaml() {
    for (text, expected) in [
        ("~", "null"),
        ("Null", "null"),
        ("nUll", "\"nUll\""),
        ("true", "true"),
        ("True", "true"),
        ("FALSE", "false"),
        ("yes", "\"yes\""),
        ("on", "\"on\""),
        ("n", "\"n\""),
        ("42", "42"),
        ("-7", "-7"),
        ("+12", "12"),
        ("0x1F", "31"),
        ("-0x1F", "-31"),
        ("0o17", "15"),
        ("017", "15"),
        ("0b11", "3"),
        ("08", "8.0"),
        ("1_000", "1000"),
        ("_1", "\"_1\""),
        ("9223372036854775807", "9223372036854775807"),
        ("9223372036854775808", "9223372036854775808u"),
        ("99999999999999999999", "1e20"),
        ("2.50", "2.5"),
        (".5", "0.5"),
        ("5.", "5.0"),
        ("1e3", "1000.0"),
        ("-1.5E-2", "-0.015"),
        (".inf", "inf"),
        ("-.Inf", "-inf"),
        (".NaN", "NaN"),
        ("inf", "\"inf\""),
        ("nan", "\"nan\""),
        ("e3", "\"e3\""),
        ("1.2.3", "\"1.2.3\""),
        ("0x", "\"0x\""),
        ("+", "\"+\""),
        (".", "\".\""),
        ("1e", "\"1e\""),
        ("12:30:45", "\"12:30:45\""),
        ("2001-01-01", "\"2001-01-01\""),
    ] {
        assert_eq!(form(&Node::new(resolve_plain(text), None)), expected, "{text}");
    }
}

#[test]
fn quoted_and_block_scalars_are_text() {
    assert_eq!(shown("a: '1'\nb: \"true\"\nc: |\n  1\nd: >-\n  2\n"), r#"{a="1" b="true" c="1\n" d="2"}"#);
}

#[test]
fn core_tags_decide_the_type_and_others_are_ignored() {
    assert_eq!(shown("[!!str 1, !!int \"2\", !!float 3, !custom x, !!null '']"), r#"["1" 2 3.0 "x" null]"#);
}

#[test]
fn aliases_share_and_merge_keys_add() {
    let text = "base: &b {a: 1, b: 2}\nalias: *b\nmerged: {<<: *b, b: 3}\nlist: {<<: [{a: 9}, *b]}\nquoted: {'<<': 1}\n";
    assert_eq!(shown(text), "{base={a=1 b=2} alias={a=1 b=2} merged={b=3 a=1} list={a=9 b=2} quoted={<<=1}}");
}

#[test]
fn keys_are_text_whatever_they_look_like() {
    assert_eq!(shown("1: a\ntrue: b\n~: c\n1.50: d"), r#"{1="a" true="b" null="c" 1.50="d"}"#);
}

#[test]
fn what_is_no_content_is_empty() {
    for text in ["", "\n\n", "# comment", "---\n", "---\n...\n", "null", "\u{feff}"] {
        assert_eq!(shown(text), "empty", "{text:?}");
    }
}

#[test]
fn places_are_lines_and_columns_from_one() {
    let tree = read("a:\n  - é: x\n    b: [1, 2]\n").expect("good");
    let list = tree.child(&Segment::Key("a".to_owned())).expect("a").clone();
    let map = list.child(&Segment::Index(0)).expect("0").clone();
    let entry = &map.as_map().expect("a map")["b"];
    assert_eq!(entry.key_position, Some(Position { line: 3, column: 5 }));
    let second = entry.value.child(&Segment::Index(1)).expect("1").clone();
    assert_eq!(second.position, Some(Position { line: 3, column: 12 }));
}

#[test]
fn lines_inside_brackets_and_quotes_may_begin_anywhere() {
    assert_eq!(shown("a:\n  b: {\n  c: d,\n e: [\nf ]\n}\n  g: h"), r#"{a={b={c="d" e=["f"]} g="h"}}"#);
    assert_eq!(shown("l:\n- a: \"x\n\n  y\nz\"\n  b: 'it''s\nc'"), r#"{l=[{a="x\ny z" b="it's c"}]}"#);
    assert_eq!(shown("a:\tb\nc: \t d\n"), r#"{a="b" c="d"}"#);
}

#[test]
fn repaired_lines_keep_their_columns() {
    let tree = read("a:\n  b: [\nx, y\n]\n").expect("good");
    let path = ConfigPath::of("a::b").index(1);
    assert_eq!(tree.nearest(&path).position, Some(Position { line: 3, column: 4 }));
}

#[test]
fn errors_have_a_place() {
    for (text, place) in [
        ("a: [b", "(line 2, column 1)"),
        ("a: b: c", "(line 1, column 5)"),
        ("a:\n\tb: c", "(line 2, column 2)"),
        ("a: \"b", "(line 1, column 4)"),
        ("a: @b", "(line 1, column 4)"),
        ("a: b\na: c", "(line 2, column 1)"),
        ("--- a\n--- b", "(line 2, column 1)"),
    ] {
        let told = shown(text);
        assert!(told.ends_with(place), "{text:?}: {told}");
    }
}

#[test]
fn hostile_documents_are_refused_with_the_reason() {
    let level = |kind: fn(usize) -> String| (1..60).map(kind).collect::<String>();
    let lists = level(|n| format!("a{n}: &a{n} [*a{0}, *a{0}, *a{0}]\n", n - 1));
    let maps = level(|n| format!("a{n}: &a{n} {{x: *a{0}, y: *a{0}}}\n", n - 1));
    let chain = (1..200).map(|n| format!("a{n}: &a{n} [*a{}]\n", n - 1)).collect::<Vec<_>>().concat();
    let wide: String = "k: &k [".to_owned() + &"x,".repeat(40_000) + "]\nm: [" + &"*k,".repeat(1_000) + "]";
    let deep_block: Vec<String> = (0..300).map(|n| format!("{}a:", " ".repeat(n))).collect();
    for (text, reason) in [
        (format!("a0: &a0 [x]\n{lists}"), "more than 100000 values"),
        (format!("a0: &a0 {{x: y}}\n{maps}"), "more than 100000 values"),
        (wide, "more than 100000 values"),
        ("- a\n".repeat(100_001), "more than 100000 values"),
        (format!("a0: &a0 [x]\n{chain}"), "nested more than 100 levels deep"),
        (deep_block.join("\n"), "nested more than 100 levels deep"),
        ("- ".repeat(100_000), "nested more than 100 levels deep"),
        ("? ".repeat(100_000), "nested more than 100 levels deep"),
        ("[".repeat(100_000), "recursion limit exceeded"),
        ("{".repeat(1_000_000), "150000 commas and opening brackets"),
        (format!("[{}]", "a,".repeat(1_000_000)), "150000 commas and opening brackets"),
        ("x".repeat(10 << 20), "the configuration has 10485760 bytes, at most 4194304 are accepted"),
        ("a: &a [*a]".to_owned(), "an alias stands inside the value it names"),
        ("a: *b".to_owned(), "unknown anchor"),
        ("a: \"x\n".to_owned() + &"y\n".repeat(100_000), "a quoted text is not closed"),
    ] {
        let told = shown(&text);
        assert!(told.contains(reason), "{reason}: {}", told.get(..300).unwrap_or(&told));
    }
}

#[test]
fn a_text_that_needs_endless_repairs_is_given_up() {
    let text = format!("a:\n  b: [\n{}]", "x,\n".repeat(60_000));
    assert!(shown(&text).starts_with("not valid YAML"), "it was read after all");
}

#[test]
fn a_key_with_colons_is_a_path() {
    let nested = |text: &str| {
        let mut issues = Issues::new();
        let tree = nest_keys(read(text).expect("good"), &mut issues);
        if issues.is_empty() { form(&tree) } else { issues.to_string() }
    };
    assert_eq!(nested("a::b::c: 1\na::b::d: 2\na: {e: 3}"), "{a={b={c=1 d=2} e=3}}");
    assert_eq!(nested("a: \na::b: 1"), "{a={b=1}}");
    assert_eq!(nested("a: {b: {c: 1}}\na::b: {d: 2}\nl: [x::y: 1]"), "{a={b={c=1 d=2}} l=[{x={y=1}}]}");
    assert_eq!(nested("a: 1\na::b: 1"), "a::b: duplicate key (line 2, column 1)");
    let deep = format!("{}: 1", vec!["a"; 200].join("::"));
    assert!(nested(&deep).contains("nested more than 100 levels deep"));
}

fn any_value() -> impl Strategy<Value = Node> {
    let scalar = prop_oneof![
        Just(Kind::Null),
        any::<bool>().prop_map(Kind::Bool),
        any::<i64>().prop_map(Kind::Int),
        any::<f64>().prop_map(Kind::Float),
        "\\PC{0,20}".prop_map(Kind::Text),
        "[-+.0-9a-z:#'\"{}\\[\\], \t\n~?|>&*!%@`\u{85}\u{2028}]{0,12}".prop_map(Kind::Text),
    ];
    let leaf = scalar.prop_map(|kind| Node::new(kind, None));
    leaf.prop_recursive(4, 40, 6, |inner| {
        let entry =
            |(key, value): (String, Node)| (key, Entry { key_position: None, value: Arc::new(value) });
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6)
                .prop_map(|items| Node::new(Kind::List(items.into_iter().map(Arc::new).collect()), None)),
            prop::collection::vec(("[-a-z0-9.:# \"]{0,8}|\\PC{1,4}", inner), 0..6).prop_map(move |entries| {
                Node::new(Kind::Map(entries.into_iter().map(entry).collect()), None)
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn what_is_written_reads_back_the_same(node in any_value()) {
        let text = emit(&node, &|_| false);
        let read_back = read(&text).unwrap_or_else(|_| Arc::new(Node::null(None)));
        prop_assert_eq!(form(&read_back), form(&node), "{}", text);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "(\\PC|\n|\t|\r|[-:?{}\\[\\],&*!|>'\"%@`# a]){0,60}") {
        let _ = read(&text);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&String::from_utf8_lossy(&bytes));
    }
}
