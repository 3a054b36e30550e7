//! Writing `ConfigMaps` over HTTP: what a person or a test does to a running server with the administrator's token.
//!
//! Only `data` is kept. Of the patch formats only the two merging ones are taken; for what is written here they are the
//! same.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::{Value, json};

use super::access::Access;
use super::state::{Shared, State};
use super::status::{Status, answer};
use crate::listen::Body;

type Data = BTreeMap<String, String>;

/// What all values of a `ConfigMap` may have together.
const DATA_LIMIT: usize = 1 << 20;

/// Creates, updates, patches or deletes, as the verb says, and answers with the object.
pub(super) fn write(
    shared: &Shared,
    access: &Access,
    content_type: &str,
    body: &Bytes,
) -> Result<Response<Body>, Status> {
    let namespace = access.namespace.as_deref().unwrap_or_default();
    if access.verb == "delete" {
        return shared.change(|state| delete(state, namespace, access.name.as_deref().unwrap_or_default()));
    }
    let sent: Value = serde_json::from_slice(body)
        .map_err(|error| Status::bad_request(format!("the body is not JSON: {error}")))?;
    let of = sent.pointer("/metadata/namespace").and_then(Value::as_str).unwrap_or(namespace);
    if of != namespace {
        let message = "the namespace of the provided object does not match the namespace sent on the request";
        return Err(Status::bad_request(message));
    }
    let name = access.name.as_deref().or_else(|| sent.pointer("/metadata/name").and_then(Value::as_str));
    let Some(name) = name else {
        return Err(invalid("", "metadata.name: Required value: name or generateName is required"));
    };
    let (code, object) = shared.change(|state| {
        let (code, data) = match access.verb.as_str() {
            "create" => (StatusCode::CREATED, create(state, namespace, name, &sent)?),
            "update" => (StatusCode::OK, update(state, namespace, name, &sent)?),
            _ => (StatusCode::OK, patch(state, namespace, name, content_type, &sent)?),
        };
        check(name, &data)?;
        state.store.put(namespace, name, &data);
        Ok((code, state.store.get(namespace, name).cloned().unwrap_or_default()))
    })?;
    Ok(answer(code, &object))
}

/// Refuses every patch but the merging ones.
pub(super) fn is_merge(content_type: &str) -> Result<(), Status> {
    if matches!(content_type, "application/merge-patch+json" | "application/strategic-merge-patch+json") {
        return Ok(());
    }
    let message = "the body of the request was in an unknown format - accepted media types include: \
                   application/json-patch+json, application/merge-patch+json, \
                   application/strategic-merge-patch+json, application/apply-patch+yaml";
    Err(Status::new(415, "UnsupportedMediaType", message))
}

/// RFC 7386.
pub(super) fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        target.clone_from(patch);
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    let Some(fields) = target.as_object_mut() else { return };
    for (key, value) in patch {
        if value.is_null() {
            fields.remove(key);
        } else {
            merge(fields.entry(key.clone()).or_insert(Value::Null), value);
        }
    }
}

fn invalid(name: &str, what: &str) -> Status {
    Status::new(422, "Invalid", format!("ConfigMap \"{name}\" is invalid: {what}"))
        .about("ConfigMap", Some(name))
}

fn check(name: &str, data: &Data) -> Result<(), Status> {
    let plain = |key: &str| {
        let fits = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
        !key.is_empty() && key.chars().all(fits)
    };
    if let Some(key) = data.keys().find(|key| !plain(key)) {
        return Err(invalid(
            name,
            &format!(
                "data[{key}]: Invalid value: {key:?}: a valid config key must consist of alphanumeric characters, '-', '_' or '.'"
            ),
        ));
    }
    if data.values().map(String::len).sum::<usize>() > DATA_LIMIT {
        return Err(invalid(name, &format!("[]: Too long: may not be more than {DATA_LIMIT} bytes")));
    }
    Ok(())
}

fn delete(state: &mut State, namespace: &str, name: &str) -> Result<Response<Body>, Status> {
    let uid = existing(state, namespace, name)?.pointer("/metadata/uid").cloned();
    state.store.delete(namespace, name);
    let details = json!({"name": name, "kind": "configmaps", "uid": uid});
    let success = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details});
    Ok(answer(StatusCode::OK, &success))
}

fn data_of(object: &Value) -> Result<Data, Status> {
    match object.get("data") {
        None | Some(Value::Null) => Ok(Data::new()),
        Some(data) => serde_json::from_value(data.clone())
            .map_err(|error| Status::bad_request(format!("data is a map of strings: {error}"))),
    }
}

fn create(state: &State, namespace: &str, name: &str, sent: &Value) -> Result<Data, Status> {
    if state.store.get(namespace, name).is_some() {
        let message = format!("configmaps \"{name}\" already exists");
        return Err(Status::new(409, "AlreadyExists", message).about("configmaps", Some(name)));
    }
    data_of(sent)
}

fn existing<'a>(state: &'a State, namespace: &str, name: &str) -> Result<&'a Value, Status> {
    state.store.get(namespace, name).ok_or_else(|| Status::not_found("configmaps", name))
}

fn update(state: &State, namespace: &str, name: &str, sent: &Value) -> Result<Data, Status> {
    const VERSION: &str = "/metadata/resourceVersion";
    let object = existing(state, namespace, name)?;
    if sent.pointer(VERSION).is_some_and(|version| Some(version) != object.pointer(VERSION)) {
        let message = format!(
            "Operation cannot be fulfilled on configmaps \"{name}\": the object has been modified; \
             please apply your changes to the latest version and try again"
        );
        return Err(Status::new(409, "Conflict", message).about("configmaps", Some(name)));
    }
    data_of(sent)
}

fn patch(
    state: &State,
    namespace: &str,
    name: &str,
    content_type: &str,
    sent: &Value,
) -> Result<Data, Status> {
    is_merge(content_type)?;
    let mut object = existing(state, namespace, name)?.clone();
    merge(&mut object, sent);
    data_of(&object).map_err(|status| Status::bad_patch(&status.message))
}
