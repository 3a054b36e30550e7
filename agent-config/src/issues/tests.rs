//! How problems print, sort and join.

use super::*;

#[test]
fn an_issue_prints_path_message_suggestion_and_place() {
    let issue = Issue::error(ConfigPath::of("receivers::otlp").key("protocols").key("grpcc"), "unknown key")
        .at(Some(Position { line: 4, column: 7 }))
        .did_you_mean(Some("grpc".to_owned()));
    assert_eq!(
        issue.to_string(),
        "receivers::otlp::protocols::grpcc: unknown key, did you mean `grpc`? (line 4, column 7)"
    );
}

#[test]
fn issues_are_in_the_order_of_the_text_with_placeless_ones_last() {
    let mut issues = Issues::new();
    issues.push(Issue::error(ConfigPath::root(), "nowhere"));
    issues.push(Issue::error(ConfigPath::of("b"), "late").at(Some(Position { line: 9, column: 1 })));
    issues.push(Issue::warning(ConfigPath::of("a"), "early").at(Some(Position { line: 2, column: 3 })));
    assert_eq!(
        issues.to_string(),
        "warning: a: early (line 2, column 3)\nb: late (line 9, column 1)\nnowhere"
    );
    assert!(issues.has_errors());
    assert_eq!(issues.warnings().count(), 1);
}

#[test]
fn the_same_issue_is_told_once() {
    let mut issues = Issues::new();
    issues.push(Issue::error(ConfigPath::of("a"), "bad"));
    issues.push(Issue::error(ConfigPath::of("a"), "bad"));
    assert_eq!(issues.len(), 1);
}

#[test]
fn more_issues_than_can_be_read_are_counted_not_kept() {
    let mut issues = Issues::new();
    for number in 0..Issues::MAX + 3 {
        issues.push(Issue::error(ConfigPath::of("a").index(number), "bad"));
    }
    assert_eq!(issues.len(), Issues::MAX);
    assert!(issues.to_string().ends_with("and 3 more"));
}

#[test]
fn a_key_with_control_characters_stays_on_one_line() {
    assert_eq!(ConfigPath::of("a").key("x\ny").index(2).to_string(), "a::x\\ny[2]");
}
