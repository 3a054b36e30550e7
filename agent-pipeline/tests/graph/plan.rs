//! What a document must be so that it can be built: each refusal with its place and its words.

use crate::parts::judge;

/// A document with one logs pipeline; `more` are further lines of top-level sections.
fn with(processors: &str, pipelines: &str) -> String {
    format!(
        "receivers: {{hand: }}\nprocessors: {{{processors}}}\nexporters: {{record: }}\nconnectors: {{join: , join/2: }}\nservice:\n  pipelines:\n    {pipelines}\n"
    )
}

#[track_caller]
fn refused(text: &str, expected: &str) {
    let (plan, issues) = judge(text);
    assert!(plan.is_none(), "it was accepted");
    assert!(issues.contains(expected), "{issues}");
}

#[test]
fn a_good_document_gives_its_pipelines_in_data_order() {
    let text = with(
        "say: , hold: ",
        "logs/c: {receivers: [join/2], exporters: [record]}
    logs/a: {receivers: [hand], processors: [say], exporters: [join, record]}
    logs/b: {receivers: [join], processors: [hold], exporters: [join/2]}",
    );
    let (plan, issues) = judge(&text);
    let order: Vec<String> = plan.expect(&issues).pipelines().map(ToString::to_string).collect();
    assert_eq!(order, ["logs/a", "logs/b", "logs/c"]);
}

#[test]
fn unknown_types_are_named_with_those_that_exist_and_the_nearest() {
    let text = with("hodl: ", "logs: {receivers: [hand], exporters: [record]}");
    let expected = "processors::hodl: unknown type: \"hodl\" for id: \"hodl\" (valid values: [hold say]), did you mean `hold`?";
    refused(&text, expected);
}

#[test]
fn types_that_come_later_are_told_apart_from_mistakes() {
    let text = with("tail_sampling: ", "logs: {receivers: [hand], exporters: [record]}");
    refused(&text, "processors::tail_sampling: the \"tail_sampling\" processor is not part of this version");
}

#[test]
fn old_spellings_work_with_a_warning() {
    let text = with(
        "tell: ",
        "logs: {receivers: [hand], processors: [tell], exporters: [record, join]}
    logs/2: {receivers: [join], exporters: [record]}",
    );
    let (plan, issues) = judge(&text);
    assert!(plan.is_some(), "{issues}");
    assert!(issues.contains("\"tell\" alias is deprecated; use \"say\" instead"), "{issues}");
}

#[test]
fn a_signal_that_a_component_does_not_support_is_refused() {
    let text = with("say: ", "traces: {receivers: [hand], processors: [say], exporters: [record]}");
    refused(
        &text,
        "failed to create \"say\" processor for data type \"traces\": telemetry type is not supported",
    );
}

#[test]
fn connectors_need_both_sides() {
    let text = with("", "logs: {receivers: [hand], exporters: [join]}");
    refused(
        &text,
        "connector \"join\" used as exporter in [logs] pipeline but not used in any supported receiver pipeline",
    );
    let text = with("", "logs: {receivers: [hand, join], exporters: [record]}");
    refused(
        &text,
        "connector \"join\" used as receiver in [logs] pipeline but not used in any supported exporter pipeline",
    );
}

#[test]
fn connectors_join_only_the_signals_they_can() {
    let text = with(
        "",
        "traces: {receivers: [hand], exporters: [join]}
    metrics: {receivers: [join], exporters: [record]}",
    );
    refused(&text, "connector \"join\" used as exporter in [traces] pipeline");
}

#[test]
fn a_cycle_is_spelled_out() {
    let text = with(
        "",
        "logs/a: {receivers: [hand, join/2], exporters: [join]}
    logs/b: {receivers: [join], exporters: [join/2]}",
    );
    refused(
        &text,
        "cycle detected: connector \"join\" (logs to logs) -> connector \"join/2\" (logs to logs) -> connector \"join\" (logs to logs)",
    );
}

#[test]
fn all_problems_are_told_at_once() {
    let text = with(
        "hodl: , hold: {wrold: x}, say: ",
        "logs: {receivers: [hand], exporters: [join]}
    traces: {receivers: [hand], processors: [say], exporters: [record]}",
    );
    let (_, issues) = judge(&text);
    for expected in ["unknown type", "processors::hold::wrold", "not used in any supported", "not supported"]
    {
        assert!(issues.contains(expected), "{expected} is missing:\n{issues}");
    }
}

/// Two receivers that listen as told, both in use.
fn listening(first: &str, second: &str) -> String {
    format!(
        "receivers: {{hand: {{listens: [{first}]}}, hand/2: {{listens: [{second}]}}, hand/3: {{listens: [{first}]}}}}
exporters: {{record: }}
service: {{pipelines: {{logs: {{receivers: [hand, hand/2], exporters: [record]}}}}}}
"
    )
}

#[test]
fn two_receivers_in_one_place_are_refused_where_the_second_one_says_so() {
    let text = listening("'0.0.0.0:4317', ':4318'", "'127.0.0.1:0', '[::]:4318'");
    refused(
        &text,
        "receivers::hand/2::listens::1: listen tcp [::]:4318: bind: address already in use: the \"hand\" receiver listens there",
    );
    for (first, second) in
        [("'localhost:1'", "'127.0.0.1:1'"), ("'a.example:1'", "'A.example:1'"), ("'/run/a'", "'/run/a'")]
    {
        refused(&listening(first, second), "bind: address already in use");
    }
}

#[test]
fn ports_that_the_system_chooses_and_other_places_are_no_conflict() {
    for (first, second) in [
        ("'127.0.0.1:0'", "'127.0.0.1:0'"),
        ("'127.0.0.1:1'", "'127.0.0.1:2'"),
        ("'127.0.0.1:1'", "'127.0.0.2:1'"),
        ("'/run/a'", "'/run/b'"),
    ] {
        let (plan, issues) = judge(&listening(first, second));
        assert!(plan.is_some(), "{issues}");
    }
}
