//! The tables, and the example of each function.

use agent_otlp::{Batch, Signal};
use serde_json::{Value as Json, json};

use super::*;
use crate::Program;

/// Plain JSON as an OTLP value.
fn otlp(value: &Json) -> Json {
    match value {
        Json::Null => json!({}),
        Json::Bool(truth) => json!({ "boolValue": truth }),
        Json::Number(number) if number.is_f64() => json!({ "doubleValue": number }),
        Json::Number(number) => json!({ "intValue": number.to_string() }),
        Json::String(text) => json!({ "stringValue": text }),
        Json::Array(items) => {
            json!({ "arrayValue": { "values": items.iter().map(otlp).collect::<Vec<_>>() } })
        }
        Json::Object(_) => json!({ "kvlistValue": { "values": attributes(value) } }),
    }
}

fn attributes(object: &Json) -> Json {
    object
        .as_object()
        .unwrap()
        .iter()
        .map(|(key, value)| json!({ "key": key, "value": otlp(value) }))
        .collect()
}

/// The batch of one side of an example.
fn batch(context: Context, side: &str) -> Batch {
    let side: Json = serde_json::from_str(side).unwrap();
    let (signal, document) = match context {
        Context::Span => {
            (Signal::Traces, json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": side }] }] }))
        }
        Context::Metric | Context::DataPoint => {
            (Signal::Metrics, json!({ "resourceMetrics": [{ "scopeMetrics": [{ "metrics": side }] }] }))
        }
        _ => {
            let record = json!({ "attributes": attributes(&side) });
            (Signal::Logs, json!({ "resourceLogs": [{ "scopeLogs": [{ "logRecords": [record] }] }] }))
        }
    };
    Batch::from_json(signal, document.to_string().as_bytes()).unwrap()
}

fn text(batch: &Batch) -> String {
    let again = Batch::from_protobuf(batch.signal(), batch.to_bytes()).unwrap();
    let mut out = Vec::new();
    again.write_json(&mut out);
    sorted(serde_json::from_slice(&out).unwrap()).to_string()
}

/// Attributes and map members in the order of their keys.
fn sorted(value: Json) -> Json {
    match value {
        Json::Array(items) => {
            let mut items: Vec<Json> = items.into_iter().map(sorted).collect();
            if items.iter().all(|item| item.get("key").is_some()) {
                items.sort_by_key(|item| item["key"].to_string());
            }
            Json::Array(items)
        }
        Json::Object(members) => members.into_iter().map(|(key, value)| (key, sorted(value))).collect(),
        other => other,
    }
}

#[test]
fn every_example_does_what_it_says() {
    let mut wrong = Vec::new();
    for function in functions() {
        let Example { statement, before, after } = function.example;
        let context = match function.contexts {
            [only] => *only,
            _ => Context::Log,
        };
        let program = match Program::parse(context, &[] as &[&str], &[statement]) {
            Ok(program) => program,
            Err(errors) => {
                wrong.push(errors[0].to_string());
                continue;
            }
        };
        let mut edited = batch(context, before);
        let outcome = program.run(&mut edited, &mut |failure| {
            wrong.push(format!("{}: {}", function.name, failure.error));
            std::ops::ControlFlow::Break(())
        });
        let (found, expected) = (text(&edited), text(&batch(context, after)));
        if outcome.is_ok() && found != expected {
            wrong.push(format!("{}:\n  {found}\n  {expected}", function.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn tables_are_in_order_and_no_name_stands_twice() {
    let plain = |name: &str| name.to_lowercase().replace('_', "");
    for names in [
        CONVERTERS.iter().map(|row| row.name).collect::<Vec<_>>(),
        EDITORS.iter().map(|row| row.name).collect(),
    ] {
        let mut unique = names.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(unique.len(), names.len());
        let firsts: Vec<_> = names.iter().map(|name| plain(name).chars().next()).collect();
        assert!(firsts.is_sorted(), "{names:?}");
    }
}

#[test]
fn functions_have_parameters_that_fit_a_call() {
    for (name, params) in CONVERTERS
        .iter()
        .map(|row| (row.name, row.params))
        .chain(EDITORS.iter().map(|row| (row.name, row.params)))
    {
        assert!(
            params.iter().map(|param| param.optional).is_sorted(),
            "{name}: optional parameters come last"
        );
    }
    assert!(
        functions()
            .any(|function| function.name == "flatten" && function.params.starts_with("target, [prefix]"))
    );
}
