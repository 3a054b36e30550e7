//! The first place where two canonical outputs differ.

use serde_json::Value;

/// Doubles may differ by this share of the larger one.
const TOLERANCE: f64 = 1e-9;

/// A difference: where, what was expected there, what was found. `None` is an absent value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Difference {
    /// Path from the signal down.
    pub(super) path: String,
    /// What the case asks for.
    pub(super) expected: Option<Value>,
    /// What the agent wrote.
    pub(super) got: Option<Value>,
}

/// Compares two canonical forms.
pub(super) fn first(expected: &Value, got: &Value, path: &str) -> Option<Difference> {
    let differs = || Some(difference(path.to_owned(), Some(expected), Some(got)));
    match (expected, got) {
        (Value::Number(want), Value::Number(found)) => {
            let (want, found) = (want.as_f64()?, found.as_f64()?);
            let close = (want - found).abs() <= TOLERANCE * want.abs().max(found.abs());
            if close { None } else { differs() }
        }
        (Value::Object(want), Value::Object(found)) => {
            let mut keys: Vec<&String> = want.keys().chain(found.keys()).collect();
            keys.sort();
            keys.dedup();
            keys.into_iter().find_map(|key| {
                let here = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                pair(want.get(key), found.get(key), here)
            })
        }
        (Value::Array(want), Value::Array(found)) => {
            let longest = want.len().max(found.len());
            (0..longest).find_map(|index| {
                let (want, found) = (want.get(index), found.get(index));
                let here = format!("{path}{}", label(want.or(found), index));
                pair(want, found, here)
            })
        }
        _ if expected == got => None,
        _ => differs(),
    }
}

/// A value on one line, cut at `limit` characters.
pub(super) fn brief(value: Option<&Value>, limit: usize) -> String {
    let Some(value) = value else { return "(absent)".to_owned() };
    let text = value.to_string();
    match text.char_indices().nth(limit) {
        Some((cut, _)) => format!("{}...", text.get(..cut).unwrap_or_default()),
        None => text,
    }
}

fn pair(want: Option<&Value>, found: Option<&Value>, path: String) -> Option<Difference> {
    match (want, found) {
        (Some(want), Some(found)) => first(want, found, &path),
        (None, None) => None,
        _ => Some(difference(path, want, found)),
    }
}

fn difference(path: String, expected: Option<&Value>, got: Option<&Value>) -> Difference {
    Difference { path, expected: expected.cloned(), got: got.cloned() }
}

fn label(value: Option<&Value>, index: usize) -> String {
    let named = |key: &&str| {
        value.and_then(|value| value.get(key)).and_then(Value::as_str).filter(|name| !name.is_empty())
    };
    match ["name", "key", "spanId"].iter().find_map(named) {
        Some(name) => format!("[{index} {name}]"),
        None => match value.and_then(|value| value.get("body")) {
            Some(body) => format!("[{index} {}]", brief(Some(body), 40)),
            None => format!("[{index}]"),
        },
    }
}
