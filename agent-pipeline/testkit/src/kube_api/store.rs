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
    pub(super) name: String,
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
        self.revision += 1;
        self.oldest = self.revision;
    }

    pub(super) fn get(&self, namespace: &str, name: &str) -> Option<&Value> {
        self.objects.get(&(namespace.to_owned(), name.to_owned()))
    }

    /// Objects of a namespace, or of all, with that name, or any.
    pub(super) fn list<'a>(
        &'a self,
        namespace: Option<&'a str>,
        name: Option<&'a str>,
    ) -> impl Iterator<Item = &'a Value> {
        self.objects
            .iter()
            .filter(move |((of, is), _)| namespace.is_none_or(|n| n == of) && name.is_none_or(|n| n == is))
            .map(|(_, object)| object)
    }

    /// Changes after `revision`, oldest first.
    pub(super) fn since(&self, revision: u64) -> impl Iterator<Item = &Change> {
        self.history.iter().filter(move |change| change.revision > revision)
    }

    /// Creates or replaces a `ConfigMap`; content that is there already changes nothing, as in a real server.
    pub(super) fn put(&mut self, namespace: &str, name: &str, data: &BTreeMap<String, String>) -> u64 {
        let key = (namespace.to_owned(), name.to_owned());
        let before = self.objects.get(&key);
        if before.is_some_and(|object| object.get("data") == Some(&json!(data))) {
            return self.revision;
        }
        let kind = if before.is_some() { "MODIFIED" } else { "ADDED" };
        self.revision += 1;
        let object = json!({
            "kind": "ConfigMap",
            "apiVersion": "v1",
            "metadata": {
                "name": name,
                "namespace": namespace,
                "uid": format!("00000000-0000-4000-8000-{:012x}", self.revision),
                "resourceVersion": self.revision.to_string(),
                "creationTimestamp": "2026-01-01T00:00:00Z",
            },
            "data": data,
        });
        self.objects.insert(key, object.clone());
        self.record(kind, namespace, name, object);
        self.revision
    }

    /// Sets or removes one key of an existing `ConfigMap`; false if there is no such `ConfigMap`.
    pub(super) fn patch(&mut self, namespace: &str, name: &str, key: &str, value: Option<&str>) -> bool {
        let Some(object) = self.get(namespace, name) else { return false };
        let mut data: BTreeMap<String, String> =
            object.get("data").and_then(|data| serde_json::from_value(data.clone()).ok()).unwrap_or_default();
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
        self.revision += 1;
        if let Some(version) = object.pointer_mut("/metadata/resourceVersion") {
            *version = self.revision.to_string().into();
        }
        self.record("DELETED", namespace, name, object);
        true
    }

    fn record(&mut self, kind: &'static str, namespace: &str, name: &str, object: Value) {
        if self.history.len() == HISTORY
            && let Some(dropped) = self.history.pop_front()
        {
            self.oldest = dropped.revision;
        }
        let (namespace, name) = (namespace.to_owned(), name.to_owned());
        self.history.push_back(Change { revision: self.revision, kind, namespace, name, object });
    }
}
