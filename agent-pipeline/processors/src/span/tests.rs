//! `span`: its sections, golden files and the Collector's recorded cases.

use super::*;
use crate::testing::{check_golden, check_recorded, check_sections, context, decode};

#[test]
fn sections_are_checked_with_their_place() {
    check_sections::<Config>("span");
}

#[test]
fn spans_change_as_the_golden_files_show() {
    check_golden::<Span>("span");
}

#[test]
fn recorded_cases_come_out_as_the_collectors() {
    check_recorded("span");
}

fn renamed(config: &str, name: &str) -> (String, Vec<(String, String)>) {
    let json = format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{"name":"{name}"}}]}}]}}]}}"#);
    let mut batch = Batch::from_json(Signal::Traces, json.as_bytes()).unwrap();
    let span = Span::build(&decode(config).unwrap(), &context("traces")).unwrap();
    span.process(&mut batch, None).unwrap();
    let mut seen = Vec::new();
    batch.edit_spans(|_, span| {
        let attributes = span.attributes().iter();
        let attributes =
            attributes.map(|(key, value)| (key.to_owned(), value.as_str().unwrap_or_default().to_owned()));
        seen.push((span.name().to_owned(), attributes.collect()));
        Verdict::Keep
    });
    seen.pop().unwrap()
}

#[test]
fn groups_without_a_place_of_their_own_leave_the_name_whole() {
    let nested = r"name: {to_attributes: {rules: ['^/(?P<outer>a/(?P<inner>\w+))$']}}";
    let pairs = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    };
    assert_eq!(renamed(nested, "/a/b"), ("/{outer}".to_owned(), pairs(&[("outer", "a/b"), ("inner", "b")])));
    let optional = r"name: {to_attributes: {rules: ['^/(?P<id>\d+)?(?P<rest>.*)$']}}";
    assert_eq!(renamed(optional, "/ä"), ("/{rest}".to_owned(), pairs(&[("id", ""), ("rest", "ä")])));
}

#[test]
fn rules_stop_after_the_first_match_and_keep_the_name_if_told_so() {
    let rules = r"['(?P<a>\d)', '(?P<b>\d)']";
    assert_eq!(renamed(&format!("name: {{to_attributes: {{rules: {rules}}}}}"), "1 2").0, "{a} {b}");
    let first = format!("name: {{to_attributes: {{rules: {rules}, break_after_match: true}}}}");
    assert_eq!(renamed(&first, "1 2").0, "{a} 2");
    let keep = format!("name: {{to_attributes: {{rules: {rules}, keep_original_name: true}}}}");
    assert_eq!(renamed(&keep, "1 2").0, "1 2");
    assert_eq!(renamed(&keep, "1 2").1.len(), 2);
}
