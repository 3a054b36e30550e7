//! Joins what says the same of the same thing: entries with an equal resource, and within them equal scopes.
//!
//! Where a batch was cut is an agent's own business; which item belongs to which resource and scope is not.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::order::{sort_key, text};
use super::schema::Signal;

type Object = Map<String, Value>;

/// Scope entries by their identity, each with its leaves.
type Scopes = BTreeMap<String, (Object, Vec<Value>)>;

/// One entry for each distinct resource, one scope entry in it for each distinct scope.
pub(super) fn resources(signal: &Signal, entries: Vec<Object>) -> Vec<Object> {
    let mut merged: BTreeMap<String, (Object, Scopes)> = BTreeMap::new();
    for mut entry in entries {
        let scopes = take_array(&mut entry, signal.scopes);
        let (_, slot) = merged.entry(identity(&entry)).or_insert_with(|| (entry, BTreeMap::new()));
        for scope in scopes {
            let Value::Object(mut scope) = scope else { continue };
            let leaves = take_array(&mut scope, signal.leaves);
            slot.entry(identity(&scope)).or_insert_with(|| (scope, Vec::new())).1.extend(leaves);
        }
    }
    let join = |(mut entry, scopes): (Object, Scopes)| {
        let scopes = scopes.into_values().map(|(mut scope, leaves)| {
            put_sorted(&mut scope, signal.leaves, leaves);
            Value::Object(scope)
        });
        put_sorted(&mut entry, signal.scopes, scopes.collect());
        entry
    };
    merged.into_values().map(join).collect()
}

fn identity(object: &Object) -> String {
    text(&Value::Object(object.clone()))
}

fn take_array(object: &mut Object, key: &str) -> Vec<Value> {
    match object.remove(key) {
        Some(Value::Array(items)) => items,
        _ => Vec::new(),
    }
}

fn put_sorted(object: &mut Object, key: &str, mut items: Vec<Value>) {
    if !items.is_empty() {
        items.sort_by_cached_key(sort_key);
        object.insert(key.to_owned(), Value::Array(items));
    }
}
