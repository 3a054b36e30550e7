//! What may be run item by item, and that it is the same.

use std::ops::ControlFlow;

use agent_otlp::{Batch, Item, Signal, Verdict};

use super::NONE;
use crate::program::{Conditions, Program};
use crate::{Context, OnFailure};

fn is_by_item(context: Context, statement: &str) -> bool {
    let program = Program::parse(context, NONE, &[statement]);
    program.unwrap_or_else(|errors| panic!("{}", errors[0])).is_by_item()
}

#[test]
fn what_changes_more_than_the_item_is_not_run_by_item() {
    let by_item = [
        (Context::Log, r#"set(attributes["a"], resource.attributes["b"])"#),
        (Context::Log, r#"set(cache["a"], body)"#),
        (Context::Span, r#"replace_pattern(name, "a", "b")"#),
        (Context::DataPoint, r#"set(value_double, 1.0) where metric.name == "a""#),
    ];
    for (context, statement) in by_item {
        assert!(is_by_item(context, statement), "{statement}");
    }
    let not = [
        (Context::Log, r#"set(resource.attributes["a"], body)"#),
        (Context::Span, r#"set(scope.name, "a")"#),
        (Context::Log, r#"delete_key(resource.attributes, "a")"#),
        (Context::DataPoint, r#"set(metric.unit, "a")"#),
        (Context::DataPoint, r#"convert_summary_sum_val_to_sum("cumulative", true)"#),
        (Context::Metric, r#"set(unit, "a")"#),
        (Context::SpanEvent, r#"set(name, "a")"#),
        (Context::Resource, r#"set(attributes["a"], 1)"#),
    ];
    for (context, statement) in not {
        assert!(!is_by_item(context, statement), "{statement}");
    }
}

const LOGS: &str = r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[
    {"body":{"stringValue":"one"}},{"body":{"intValue":2}},{"body":{"stringValue":"three"}}]}]}]}"#;

#[test]
fn item_by_item_is_the_same_as_the_whole() {
    let statements = [
        r#"set(attributes["a"], Len(body))"#,
        r#"set(cache["n"], 1) where severity_number == 0"#,
        r#"set(attributes["n"], cache["n"])"#,
    ];
    let program = Program::parse(Context::Log, NONE, &statements).unwrap();
    let batch = Batch::from_json(Signal::Logs, LOGS.as_bytes()).unwrap();
    let (mut whole, mut by_item) = (batch.clone(), batch);
    let (mut failed, mut failed_by_item) = (Vec::new(), Vec::new());
    program.run(&mut whole, &mut noting(&mut failed)).unwrap();
    by_item.edit_items(|ctx, mut item| {
        program.run_on(ctx, &mut item, &mut noting(&mut failed_by_item)).unwrap();
        Verdict::Keep
    });
    assert_eq!(by_item.to_bytes(), whole.to_bytes());
    assert_eq!((failed_by_item, failed.len()), (failed.clone(), 1));
}

#[test]
fn conditions_hold_for_an_item_of_their_context_only() {
    let holds = |context, condition: &str| {
        let conditions = Conditions::parse(context, &[condition]).unwrap();
        let mut held = Vec::new();
        let mut batch = Batch::from_json(Signal::Logs, LOGS.as_bytes()).unwrap();
        batch.edit_items(|ctx, mut item| {
            assert!(matches!(item, Item::LogRecord(_)));
            held.push(conditions.hold_on(ctx, &mut item, &mut |_| ControlFlow::Break(())).is_ok_and(|it| it));
            Verdict::Keep
        });
        held
    };
    assert_eq!(holds(Context::Log, "IsString(body)"), [true, false, true]);
    assert_eq!(holds(Context::Span, "1 == 1"), [false; 3]);
}

fn noting(failed: &mut Vec<String>) -> Box<OnFailure<'_>> {
    Box::new(|failure| {
        failed.push(failure.to_string());
        ControlFlow::Continue(())
    })
}
