//! When two outputs are equal: what has no order is sorted, equal resources and scopes are joined, doubles may differ
//! by a billionth. The rules of `conformance/README.md`, as far as processors need them.

use std::collections::BTreeMap;

use agent_otlp::{Batch, Signal};
use serde_json::{Map, Value, json};

const TOP: [(Signal, &str, &str, &str); 3] = [
    (Signal::Traces, "resourceSpans", "scopeSpans", "spans"),
    (Signal::Metrics, "resourceMetrics", "scopeMetrics", "metrics"),
    (Signal::Logs, "resourceLogs", "scopeLogs", "logRecords"),
];

/// Compares resource entries by signal; with `merge`, equal resources are one.
pub(super) fn compare(found: &Value, expected: &Value, merge: bool) -> Result<(), String> {
    for (signal, top, scopes, leaves) in TOP {
        let name = signal.as_str();
        let canonical = |side: &Value| {
            let entries = canonical(signal, top, &side[name]);
            let entries = if merge { join(entries, scopes, leaves) } else { entries };
            sorted(Value::Array(entries), true)
        };
        let (found, expected) = (canonical(found), canonical(expected));
        if !equal(&found, &expected) {
            return Err(format!("{name} differ\n--- found\n{found:#}\n--- expected\n{expected:#}"));
        }
    }
    Ok(())
}

/// The entries as this project's own writer spells them.
fn canonical(signal: Signal, top: &str, entries: &Value) -> Vec<Value> {
    let entries = entries.as_array().cloned().unwrap_or_default();
    let document = json!({ top: entries }).to_string();
    let batch = Batch::from_json(signal, document.as_bytes()).unwrap();
    let mut out = Vec::new();
    batch.write_json(&mut out);
    let mut document: Value = serde_json::from_slice(&out).unwrap();
    document[top].as_array_mut().map(std::mem::take).unwrap_or_default()
}

fn join(entries: Vec<Value>, scopes: &str, leaves: &str) -> Vec<Value> {
    join_by(entries, scopes, |inner| join_by(inner, leaves, |records| records))
}

/// Entries that are equal but for `children` become one with all of those.
fn join_by(entries: Vec<Value>, children: &str, below: impl Fn(Vec<Value>) -> Vec<Value>) -> Vec<Value> {
    let mut joined: BTreeMap<String, (Map<String, Value>, Vec<Value>)> = BTreeMap::new();
    for entry in entries {
        let Value::Object(mut entry) = entry else { continue };
        let inner = entry.remove(children).and_then(|inner| inner.as_array().cloned()).unwrap_or_default();
        let key = text(&sorted(Value::Object(entry.clone()), false));
        joined.entry(key).or_insert_with(|| (entry, Vec::new())).1.extend(inner);
    }
    let close = |(mut entry, inner): (Map<String, Value>, Vec<Value>)| {
        entry.insert(children.to_owned(), Value::Array(below(inner)));
        Value::Object(entry)
    };
    joined.into_values().map(close).collect()
}

/// Sorts every list that has no order.
fn sorted(value: Value, unordered: bool) -> Value {
    match value {
        Value::Array(items) => {
            let mut items: Vec<_> = items.into_iter().map(|item| sorted(item, false)).collect();
            if unordered {
                items.sort_by_cached_key(text);
            }
            Value::Array(items)
        }
        Value::Object(members) => {
            let free = |key: &str| {
                !matches!(
                    key,
                    "events"
                        | "links"
                        | "exemplars"
                        | "quantileValues"
                        | "bucketCounts"
                        | "explicitBounds"
                        | "values"
                )
            };
            let sort = |(key, value): (String, Value)| match (key.as_str(), value) {
                ("kvlistValue", Value::Object(inner)) => {
                    let inner = inner.into_iter().map(|(name, value)| (name, sorted(value, true)));
                    (key, Value::Object(inner.collect()))
                }
                (name, value) => {
                    let value = sorted(value, free(name));
                    (key, value)
                }
            };
            let kept = members.into_iter().filter(|(key, value)| !is_zero_id(key, value));
            Value::Object(kept.map(sort).collect())
        }
        other => other,
    }
}

/// An id of zeros is none.
fn is_zero_id(key: &str, value: &Value) -> bool {
    let is_id = matches!(key, "traceId" | "spanId" | "parentSpanId");
    is_id && value.as_str().is_some_and(|id| id.bytes().all(|digit| digit == b'0'))
}

/// The text to sort by; doubles are rounded.
fn text(value: &Value) -> String {
    match value {
        Value::Number(number) if number.is_f64() => format!("{:.7e}", number.as_f64().unwrap() + 0.0),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(","),
        Value::Object(members) => {
            let members: BTreeMap<_, _> = members.iter().collect();
            let members: Vec<_> =
                members.into_iter().map(|(key, value)| format!("{key}:{}", text(value))).collect();
            members.join(";")
        }
        other => other.to_string(),
    }
}

fn equal(found: &Value, expected: &Value) -> bool {
    match (found, expected) {
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            (a - b).abs() <= 1e-9 * a.abs().max(b.abs())
        }
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| equal(a, b)))
        }
        _ => found == expected,
    }
}
