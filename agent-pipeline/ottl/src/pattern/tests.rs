//! Patterns mean what they mean in Go.

use proptest::prelude::*;

use super::*;

/// Checks what a pattern matches and what it does not.
fn check(pattern: &str, matching: &[&str], other: &[&str]) {
    let regex = compile(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"));
    for text in matching {
        assert!(regex.is_match(text), "{pattern} should match {text:?}");
    }
    for text in other {
        assert!(!regex.is_match(text), "{pattern} should not match {text:?}");
    }
}

#[test]
fn perl_classes_are_ascii() {
    check(r"^\d+$", &["17"], &["१७"]);
    check(r"^\w$", &["a", "_", "7"], &["é"]);
    check(r"^\W$", &["é", "-"], &["a"]);
    check(r"^[\w-]+$", &["a-b"], &["ü", "a b"]);
    check(r"^[^\s]$", &["a", "\u{a0}"], &[" ", "\n"]);
    check(r"^[\D]$", &["a"], &["1"]);
    check(r"\bend\b", &["the end.", "éend"], &["bend"]);
}

#[test]
fn braces_that_repeat_nothing_are_characters() {
    check("^{.*}$", &[r#"{"a":1}"#], &["a"]);
    check("^a{,3}$", &["a{,3}"], &["aa"]);
    check("^a{2}b{1,}c{0,1}$", &["aabb", "aabc"], &["ab"]);
    check("a{x}", &["a{x}"], &["ax"]);
}

#[test]
fn class_members_stand_for_themselves() {
    check("^[^[]+$", &["abc"], &["a[c"]);
    check("^[a&&b]+$", &["&ab"], &["c"]);
    check("^[]a]+$", &["]a"], &["b"]);
    check("^[a~~b]$", &["~"], &["-"]);
    check("^[+--]$", &[",", "+", "-"], &["."]);
    check("^[a-]$", &["-", "a"], &["b"]);
    check("^[[:alpha:]_]+$", &["ab_"], &["1", ":"]);
    check(r"^[\]\-a-c]+$", &["]-b"], &["d"]);
}

#[test]
fn go_only_escapes_are_understood() {
    check(r"^\Qa.b\E.$", &["a.bc"], &["axbc"]);
    check(r"^\Qa.b", &["a.b"], &["axb"]);
    check(r"^\<b\>$", &["<b>"], &["b"]);
    check(r"^\101\x42\x{43}\x{1F600}$", &["ABC😀"], &[]);
    check(r"^\/\_\#$", &["/_#"], &[]);
    check(r"^\p{Greek}\pL$", &["αa"], &["a1"]);
}

#[test]
fn named_groups_keep_their_names() {
    let regex = compile(r"^(?P<scheme>\w+):\/\/(?<host>[^\/]+)").unwrap();
    let names: Vec<_> = regex.capture_names().flatten().collect();
    assert_eq!(names, ["scheme", "host"]);
}

#[test]
fn bad_patterns_are_named_in_one_line() {
    for (pattern, reason) in [
        ("(", "unclosed group"),
        ("[a", "unclosed character class"),
        ("a\\", "trailing backslash at end of expression"),
        (r"\C", r"`\C` (a single byte) is not supported"),
        ("*", "repetition operator missing expression"),
        (r"(a)\1", "backreferences are not supported"),
    ] {
        assert_eq!(compile(pattern).unwrap_err().to_string(), reason, "{pattern}");
    }
}

#[test]
fn a_pattern_that_would_take_much_memory_is_refused() {
    compile("((a{100}){100}){100}").unwrap_err();
}

proptest! {
    #[test]
    fn any_text_is_compiled_or_refused(pattern in r"[\[\](){}*+?|^$.,:&~\\<>QEbBdDwWsSpPx0-9a-c é-]{0,24}") {
        if let Err(error) = compile(&pattern) {
            prop_assert!(!error.to_string().is_empty());
        }
    }

    #[test]
    fn escaped_text_matches_itself(text in "\\PC{0,16}") {
        let quoted: String = text
            .chars()
            .flat_map(|c| ["\\"].into_iter().filter(move |_| c.is_ascii_punctuation()).flat_map(str::chars).chain([c]))
            .collect();
        let regex = compile(&format!("^{quoted}$")).unwrap();
        prop_assert!(regex.is_match(&text));
        let longer = text + ".";
        prop_assert!(!regex.is_match(&longer));
    }

    #[test]
    fn a_class_of_escaped_characters_is_those(members in prop::collection::vec("[ -~]", 1..6), other in "[ -~]") {
        let escape = |member: &String| if member.chars().all(|c| c.is_ascii_punctuation()) { "\\" } else { "" };
        let class: String = members.iter().flat_map(|member| [escape(member), member]).collect();
        let regex = compile(&format!("^[{class}]$")).unwrap();
        prop_assert!(members.iter().all(|member| regex.is_match(member)));
        prop_assert_eq!(regex.is_match(&other), members.contains(&other));
    }
}
