//! Programs: contexts, inference, and what runs when.

use std::ops::ControlFlow;

use agent_otlp::{Batch, Signal};

use super::*;
use crate::{Context, Source};

mod apart;
mod item;

const NONE: &[&str] = &[];

fn logs(json: &str) -> Batch {
    let json = format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{json}]}}]}}]}}"#);
    Batch::from_json(Signal::Logs, json.as_bytes()).unwrap()
}

/// The bodies of a batch of logs after statements were run, and what failed.
fn run(batch: &mut Batch, statements: &[&str]) -> (String, Vec<String>) {
    let program =
        Program::parse(Context::Log, NONE, statements).unwrap_or_else(|errors| panic!("{}", errors[0]));
    let mut failures = Vec::new();
    let outcome = program.run(batch, &mut |failure| {
        failures.push(failure.error.to_string());
        ControlFlow::Continue(())
    });
    outcome.unwrap();
    let again = Batch::from_protobuf(Signal::Logs, batch.to_bytes()).unwrap();
    let mut json = Vec::new();
    again.write_json(&mut json);
    (String::from_utf8(json).unwrap(), failures)
}

fn inferred(signal: Signal, statements: &[&str]) -> Result<Context, String> {
    let program = Program::infer(signal, NONE, statements);
    program.map(|program| program.context()).map_err(|errors| errors[0].message.clone())
}

#[test]
fn the_lowest_level_named_is_the_context() {
    let logs = |statements: &[&str]| inferred(Signal::Logs, statements);
    assert_eq!(logs(&[r#"set(resource.attributes["a"], 1)"#]), Ok(Context::Resource));
    assert_eq!(logs(&[r#"set(scope.name, "x")"#, r#"set(resource.attributes["a"], 1)"#]), Ok(Context::Scope));
    assert_eq!(
        logs(&[r#"set(resource.attributes["a"], 1) where log.severity_number > 1"#]),
        Ok(Context::Log)
    );
    assert_eq!(logs(&["set(instrumentation_scope.name, resource.attributes[log.body])"]), Ok(Context::Log));
    let metrics = |statements: &[&str]| inferred(Signal::Metrics, statements);
    assert_eq!(metrics(&[r#"copy_metric(name="b") where metric.name == "a""#]), Ok(Context::Metric));
    assert_eq!(
        metrics(&[r#"merge_histogram_buckets(1.0) where metric.name == "a""#]),
        Ok(Context::DataPoint)
    );
    assert_eq!(metrics(&[r#"set(resource.attributes["t"], METRIC_DATA_TYPE_SUM)"#]), Ok(Context::DataPoint));
    let traces = |statements: &[&str]| inferred(Signal::Traces, statements);
    assert_eq!(traces(&["set(span.name, spanevent.name)"]), Ok(Context::SpanEvent));
    assert_eq!(traces(&[r#"set(resource.attributes["r"], IsRootSpan())"#]), Ok(Context::Span));
    assert!(metrics(&["convert_sum_to_gauge()"]).unwrap_err().contains("unable to infer the context"));
    assert!(traces(&["set(log.body, 1)"]).unwrap_err().contains("does not exist here"));
    assert!(logs(&["set(log.body, body)"]).unwrap_err().contains("missing context name for path \"body\""));
}

#[test]
fn mistakes_are_told_with_place_and_suggestion() {
    for (statement, offset, message, suggestion) in [
        ("set(atributes[\"a\"], 1)", 4, "segment \"atributes\" from path \"atributes\"", Some("attributes")),
        ("set(log.attributes.foo, 1)", 19, "write attributes[\"foo\"]", None),
        ("set(severity_text[\"a\"], 1)", 4, "cannot be indexed", None),
        ("set(resource.cache, 1)", 13, "access to cache of the resource context", None),
        ("set(span.name, 1)", 4, "segment \"span\"", None),
        ("set(log, 1)", 4, "cannot end with its context", None),
        ("set(body, Splt(body, \",\"))", 10, "undefined function \"Splt\"", Some("Split")),
        ("set(body, IsRootSpan())", 10, "is not available in the log context", None),
        ("set(severity_number, SEVERITY_NUMBER_INF)", 21, "enum symbol", Some("SEVERITY_NUMBER_INFO")),
        ("set(1, 1)", 4, "argument target of \"set\" must be a path", None),
        ("set(body)", 0, "incorrect number of arguments. Expected: 2 Received: 1", None),
        ("set(body, vlue=1)", 10, "no such parameter: vlue", Some("value")),
        ("set(body, target=body)", 10, "is given twice", None),
        ("keep_keys(attributes, \"a\")", 22, "must be a list of type string", None),
        ("limit(attributes, body, [])", 18, "must be a literal of type int64", None),
        ("replace_pattern(body, \"a\", \"b\", Nope)", 32, "invalid function name given: Nope", None),
        ("set(body, SHA256)", 10, "enum symbol", None),
        ("set(body, ToUpperCase)", 10, "stands where a value must", None),
        ("set(body, cache[1.5])", 16, "a key must be", None),
        ("set(body, Format(\"%s\", [])[nil])", 27, "a key must be", None),
        ("append(attributes[\"a\"])", 0, "at least one of the optional arguments", None),
    ] {
        let errors = Program::parse(Context::Log, NONE, &[statement]).unwrap_err();
        assert_eq!(errors.len(), 1, "{statement}");
        assert!(errors[0].message.contains(message), "{statement}: {}", errors[0].message);
        assert_eq!(errors[0].offset, Some(offset), "{statement}");
        assert_eq!(errors[0].suggestion.as_deref(), suggestion, "{statement}");
    }
    let texts = ["set(body, 1)", "x", "set(bdy, 1)"];
    let errors = Program::parse(Context::Log, &["y =="], &texts).unwrap_err();
    let places: Vec<_> = errors.iter().map(|error| (error.source_kind, error.index)).collect();
    assert_eq!(places, [(Source::Condition, 0), (Source::Statement, 1), (Source::Statement, 2)]);
    assert_eq!(errors[2].line_and_column(), Some((1, 5)));
}

#[test]
fn a_failing_statement_does_not_keep_the_next_from_running() {
    let mut batch = logs(r#"{"body":{"stringValue":"x"}}"#);
    let (json, failures) = run(
        &mut batch,
        &["set(attributes[\"a\"], Len(attributes[\"no\"]))", "set(body, 1 / 0)", "set(body, 2)"],
    );
    assert!(json.contains(r#""body":{"intValue":"2"}"#), "{json}");
    assert_eq!(failures, ["expected string, list or map but got nil", "attempted to divide by 0"]);
}

#[test]
fn a_run_ends_when_the_caller_says_so() {
    let mut batch = logs("{},{}");
    let program = Program::parse(Context::Log, NONE, &["set(body, 1 / 0)"]).unwrap();
    let mut seen = 0;
    let outcome = program.run(&mut batch, &mut |failure| {
        assert_eq!((failure.phase, failure.index, failure.text), (Phase::Statement, 0, "set(body, 1 / 0)"));
        seen += 1;
        ControlFlow::Break(())
    });
    assert_eq!((outcome, seen), (Err(Stopped), 1));
}

#[test]
fn conditions_are_alternatives_and_failing_ones_do_not_hold() {
    let mut batch = logs(r#"{"severityNumber":1},{"severityNumber":2},{"severityNumber":3}"#);
    let conditions = ["Len(severity_number) > 0", "severity_number == 1", "severity_number == 3"];
    let program = Program::parse(Context::Log, &conditions, &["set(body, \"hit\")"]).unwrap();
    let mut failures = 0;
    let outcome = program.run(&mut batch, &mut |failure| {
        failures += usize::from(failure.phase == Phase::Condition);
        ControlFlow::Continue(())
    });
    assert_eq!((outcome, failures), (Ok(()), 3));
    let bodies = batch
        .resources()
        .map(|r| r.scopes().map(|s| s.log_records().filter(|l| !l.body().is_empty()).count()).sum::<usize>());
    assert_eq!(bodies.sum::<usize>(), 2);
}

#[test]
fn the_cache_lives_as_long_as_the_record() {
    let mut batch = logs("{},{}");
    let statements = [
        "set(body, cache[\"n\"])",
        "set(cache[\"n\"], 1)",
        "set(severity_text, \"x\") where cache[\"n\"] == 1",
    ];
    let (json, failures) = run(&mut batch, &statements);
    assert!(failures.is_empty());
    assert_eq!((json.matches("severityText").count(), json.matches("intValue").count()), (2, 0));
}

#[test]
fn values_stay_within_the_depth_of_the_model() {
    let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    let mut batch = logs(&format!(r#"{{"body":{{"stringValue":"{}"}}}}"#, deep(126)));
    let wrap = "set(attributes[\"a\"], [attributes[\"a\"]])";
    let (_, failures) = run(
        &mut batch,
        &[
            "set(attributes[\"a\"], ParseJSON(body))",
            wrap,
            wrap,
            wrap,
            "set(attributes[\"m\"][\"k\"], attributes[\"a\"])",
        ],
    );
    assert!(failures.iter().all(|failure| failure.contains("nest too deeply")), "{failures:?}");
    assert!(!failures.is_empty());
}

#[test]
fn times_and_ids_reach_attributes_as_empty_values() {
    let mut batch = logs("{}");
    let (json, failures) =
        run(&mut batch, &["set(attributes[\"t\"], Now())", "set(attributes[\"d\"], trace_id)"]);
    assert!(failures.is_empty());
    assert!(json.contains(r#"{"key":"t","value":{}},{"key":"d","value":{}}"#), "{json}");
}

#[test]
fn a_value_that_doubles_with_each_statement_ends_at_a_bound() {
    let mut batch = logs(r#"{"body":{"stringValue":"0123456789abcdef"}}"#);
    let text = vec!["set(body, Concat([body, body], \"\"))"; 22];
    let (_, failures) = run(&mut batch, &text);
    assert!(!failures.is_empty() && failures.iter().all(|failure| failure.contains("too l")), "{failures:?}");
    let mut batch = logs(r#"{"body":{"stringValue":"0123456789abcdef"}}"#);
    let list = vec!["set(attributes[\"a\"], [attributes[\"a\"], attributes[\"a\"], body])"; 22];
    let (_, failures) = run(&mut batch, &list);
    assert!(
        !failures.is_empty() && failures.iter().all(|failure| failure.contains("too large")),
        "{failures:?}"
    );
    assert!(batch.byte_len() < 64 << 20);
}
