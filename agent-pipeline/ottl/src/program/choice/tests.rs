//! Choosing: what moves, what stays, and what keeps its bytes.

use std::ops::ControlFlow;

use agent_otlp::{Batch, Signal};

use super::*;

fn logs() -> Batch {
    let json = br#"{"resourceLogs":[
        {"resource":{"attributes":[{"key":"env","value":{"stringValue":"prod"}}]},
         "scopeLogs":[{"logRecords":[{"severityNumber":1},{"severityNumber":9},{"severityNumber":17}]}]},
        {"scopeLogs":[{"logRecords":[{"severityNumber":9}]}]}]}"#;
    Batch::from_json(Signal::Logs, json).unwrap()
}

fn severities(batch: &Batch) -> Vec<i32> {
    let mut all = Vec::new();
    for resource in batch.resources() {
        for scope in resource.scopes() {
            all.extend(scope.log_records().map(|record| record.severity_number()));
        }
    }
    assert_eq!(all.len(), batch.items());
    all
}

fn go_on(_: &Failure<'_>) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn take(choice: &Choice, batch: &mut Batch) -> Vec<i32> {
    severities(&choice.take(batch, &mut go_on).unwrap())
}

#[test]
fn what_is_chosen_moves_and_the_rest_stays() {
    let mut batch = logs();
    let nines = Choice::condition(Context::Log, "severity_number == 9").unwrap();
    assert_eq!(take(&nines, &mut batch), [9, 9]);
    assert_eq!(severities(&batch), [1, 17]);
    assert_eq!(batch.resource_count(), 1);
    let prod = Choice::statement(Context::Resource, r#"route() where attributes["env"] == "prod""#).unwrap();
    assert_eq!(take(&prod, &mut batch), [1, 17]);
    assert_eq!(batch.resource_count(), 0);
}

#[test]
fn all_and_nothing_keep_their_bytes() {
    let mut batch = logs();
    let before = batch.to_bytes();
    let nothing = Choice::condition(Context::Log, "severity_number == 2").unwrap();
    assert_eq!(nothing.take(&mut batch, &mut go_on).unwrap().resource_count(), 0);
    let all = Choice::statement(Context::Log, "route()").unwrap();
    let taken = all.take(&mut batch, &mut go_on).unwrap();
    assert_eq!(taken.to_bytes().as_ptr(), before.as_ptr());
    assert_eq!(batch.resource_count(), 0);
}

#[test]
fn a_copy_leaves_the_batch_as_it_is() {
    let batch = logs();
    let before = batch.to_bytes();
    let statement = r#"delete_key(attributes, "env") where attributes["env"] != nil"#;
    let copy = Choice::statement(Context::Resource, statement).unwrap().copy(&batch, &mut go_on).unwrap();
    assert_eq!(severities(&copy), [1, 9, 17], "of the second resource nothing was chosen");
    assert!(copy.resources().all(|entry| entry.resource().attributes().is_empty()));
    assert_eq!(batch.to_bytes(), before);
}

#[test]
fn points_of_a_metric_are_parted_with_the_metric_around_them() {
    let json = br#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"m","unit":"s","sum":{"isMonotonic":true,
        "aggregationTemporality":2,"dataPoints":[{"asInt":"1"},{"asInt":"2"},{"asInt":"3"}]}}]}]}]}"#;
    let mut batch = Batch::from_json(Signal::Metrics, json).unwrap();
    let choice = Choice::condition(Context::DataPoint, "metric.name == \"m\" and value_int == 2").unwrap();
    let taken = choice.take(&mut batch, &mut go_on).unwrap();
    assert_eq!((taken.items(), batch.items()), (1, 2));
    for half in [&taken, &batch] {
        let mut out = Vec::new();
        half.write_json(&mut out);
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains(r#""unit":"s""#) && text.contains(r#""isMonotonic":true"#), "{text}");
    }
}

#[test]
fn a_failing_condition_chooses_nothing_or_ends_the_run() {
    let mut batch = logs();
    let choice = Choice::condition(Context::Log, "Substring(body, 0, 1) == \"x\"").unwrap();
    let mut failures = 0;
    let taken = choice.take(&mut batch, &mut |_| {
        failures += 1;
        ControlFlow::Continue(())
    });
    assert_eq!((taken.unwrap().items(), failures, batch.items()), (0, 4, 4));
    assert_eq!(choice.take(&mut batch, &mut |_| ControlFlow::Break(())).unwrap_err(), Stopped);
}

#[test]
fn only_editors_that_choose_are_known() {
    let wrong = |text: &str| Choice::statement(Context::Log, text).unwrap_err().to_string();
    assert!(wrong(r#"set(attributes["a"], 1)"#).contains("undefined function \"set\""));
    assert!(wrong("rout() where true").contains("did you mean `route`?"));
    assert!(wrong("route(1)").contains("Expected: 0 Received: 1"));
    assert!(wrong("route() where bodi == 1").contains("bodi"));
    assert!(Choice::condition(Context::Log, "body ==").is_err());
}

#[test]
fn answers_come_in_the_order_of_the_records() {
    let mut batch = logs();
    let conditions =
        Conditions::parse(Context::Log, &["severity_number > 10", "severity_number < 5"]).unwrap();
    assert_eq!(conditions.matches(&mut batch, &mut go_on).unwrap(), [true, false, true, false]);
}
