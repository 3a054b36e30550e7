//! `ConfigMaps` with resource versions, and the history that watches read.
//!
//! One counter numbers all changes, as etcd's revision does. The history is bounded; what was dropped from it counts as
//! compacted, so a watch that asks for it gets 410.

use std::collections::{BTreeMap, VecDeque};

use serde_json::{Value, json};

/// Changes kept for watches.
const HISTORY: usize = 1024;

/// A change, as a watch reports it.
#[derive(Debug, Clone)]
pub(super) struct Change {
    pub(super) revision: u64,
    /// `ADDED`, `MODIFIED` or `DELETED`.
    pub(super) kind: &'static str,
    pub(super) namespace: String,
    pub(super) object: Value,
}

/// All `ConfigMaps` of the server.
#[derive(Debug)]
pub(super) struct Store {
    objects: BTreeMap<(String, String), Value>,
    history: VecDeque<Change>,
    revision: u64,
    /// Watches can resume from this revision on.
    oldest: u64,
}

impl Default for Store {
    fn default() -> Self {
        Self { objects: BTreeMap::new(), history: VecDeque::new(), revision: 1, oldest: 1 }
    }
}

impl Store {
    pub(super) fn revision(&self) -> u64 {
        self.revision
    }

    pub(super) fn oldest(&self) -> u64 {
        self.oldest
    }

    /// Forgets all history: every earlier resource version is too old from now on.
    pub(super) fn compact(&mut self) {
        self.history.clear();
        self.oldest = self.advance();
    }

    pub(super) fn get(&self, namespace: &str, name: &str) -> Option<&Value> {
        self.objects.get(&(namespace.to_owned(), name.to_owned()))
    }

    /// Objects of a namespace, or of all.
    pub(super) fn list<'a>(&'a self, namespace: Option<&'a str>) -> impl Iterator<Item = &'a Value> {
        let found = self.objects.iter().filter(move |((of, _), _)| namespace.is_none_or(|n| n == of));
        found.map(|(_, object)| object)
    }

    /// Something else was written: one revision numbers everything.
    pub(super) fn advance(&mut self) -> u64 {
        self.revision += 1;
        self.revision
    }

    /// Changes after `revision`, oldest first.
    pub(super) fn since(&self, revision: u64) -> impl Iterator<Item = &Change> {
        self.history.iter().filter(move |change| change.revision > revision)
    }

    /// Creates or replaces a `ConfigMap`; content that is there already changes nothing, as in a real server.
    pub(super) fn put(&mut self, namespace: &str, name: &str, data: &BTreeMap<String, String>) -> u64 {
        let key = (namespace.to_owned(), name.to_owned());
        let before = self.objects.get(&key);
        if before.is_some_and(|object| data_of(object) == *data) {
            return self.revision;
        }
        let kind = if before.is_some() { "MODIFIED" } else { "ADDED" };
        let uid = before.and_then(|object| object.pointer("/metadata/uid")).cloned();
        let revision = self.advance();
        let uid = uid.unwrap_or_else(|| format!("00000000-0000-4000-8000-{revision:012x}").into());
        let mut object = json!({
            "kind": "ConfigMap",
            "apiVersion": "v1",
            "metadata": {
                "name": name,
                "namespace": namespace,
                "uid": uid,
                "resourceVersion": revision.to_string(),
                "creationTimestamp": "2026-01-01T00:00:00Z",
            },
        });
        // What is empty is left out.
        if let (false, Some(fields)) = (data.is_empty(), object.as_object_mut()) {
            fields.insert("data".to_owned(), json!(data));
        }
        self.objects.insert(key, object.clone());
        self.record(kind, namespace, object);
        revision
    }

    /// Sets or removes one key of an existing `ConfigMap`; false if there is no such `ConfigMap`.
    pub(super) fn patch(&mut self, namespace: &str, name: &str, key: &str, value: Option<&str>) -> bool {
        let Some(object) = self.get(namespace, name) else { return false };
        let mut data = data_of(object);
        match value {
            Some(value) => data.insert(key.to_owned(), value.to_owned()),
            None => data.remove(key),
        };
        self.put(namespace, name, &data);
        true
    }

    /// Deletes a `ConfigMap`; false if there is none.
    pub(super) fn delete(&mut self, namespace: &str, name: &str) -> bool {
        let Some(mut object) = self.objects.remove(&(namespace.to_owned(), name.to_owned())) else {
            return false;
        };
        self.advance();
        if let Some(version) = object.pointer_mut("/metadata/resourceVersion") {
            *version = self.revision.to_string().into();
        }
        self.record("DELETED", namespace, object);
        true
    }

    fn record(&mut self, kind: &'static str, namespace: &str, object: Value) {
        if self.history.len() == HISTORY
            && let Some(dropped) = self.history.pop_front()
        {
            self.oldest = dropped.revision;
        }
        let namespace = namespace.to_owned();
        self.history.push_back(Change { revision: self.revision, kind, namespace, object });
    }
}

fn data_of(object: &Value) -> BTreeMap<String, String> {
    object.get("data").and_then(|data| serde_json::from_value(data.clone()).ok()).unwrap_or_default()
}
