//! Writing `ConfigMaps` over HTTP: what a person or a test does to a running server with the administrator's token.
//!
//! Only `data` is kept. Of the patch formats only the two merging ones are taken; for a map of strings they are the same.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::{Value, json};

use super::access::Access;
use super::state::{Shared, State};
use super::status::{Status, answer};
use crate::listen::Body;

type Data = BTreeMap<String, String>;

/// Creates, updates, patches or deletes, as the verb says, and answers with the object.
pub(super) fn write(
    shared: &Shared,
    access: &Access,
    content_type: &str,
    body: &Bytes,
) -> Result<Response<Body>, Status> {
    let namespace = access.namespace.as_deref().unwrap_or_default();
    if access.verb == "delete" {
        let name = access.name.as_deref().unwrap_or_default();
        if !shared.change(|state| state.store.delete(namespace, name)) {
            return Err(Status::not_found("configmaps", name));
        }
        let details = json!({"kind": "configmaps", "name": name});
        let success = json!({"kind": "Status", "apiVersion": "v1", "status": "Success", "details": details});
        return Ok(answer(StatusCode::OK, &success));
    }
    let sent: Value = serde_json::from_slice(body)
        .map_err(|error| Status::bad_request(format!("the body is not JSON: {error}")))?;
    let name = access.name.as_deref().or_else(|| sent.pointer("/metadata/name").and_then(Value::as_str));
    let Some(name) = name else { return Err(Status::new(422, "Invalid", "metadata.name is required")) };
    let (code, object) = shared.change(|state| {
        let (code, data) = match access.verb.as_str() {
            "create" => (StatusCode::CREATED, create(state, namespace, name, &sent)?),
            "update" => (StatusCode::OK, update(state, namespace, name, &sent)?),
            _ => (StatusCode::OK, patch(state, namespace, name, content_type, &sent)?),
        };
        state.store.put(namespace, name, &data);
        Ok((code, state.store.get(namespace, name).cloned().unwrap_or_default()))
    })?;
    Ok(answer(code, &object))
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
    let object = existing(state, namespace, name)?;
    if !matches!(content_type, "application/merge-patch+json" | "application/strategic-merge-patch+json") {
        let message = format!("the body of the request was in an unknown format: {content_type}");
        return Err(Status::new(415, "UnsupportedMediaType", message));
    }
    let mut data = data_of(object)?;
    for (key, value) in sent.get("data").and_then(Value::as_object).into_iter().flatten() {
        match value {
            Value::Null => data.remove(key),
            Value::String(text) => data.insert(key.clone(), text.clone()),
            other => return Err(Status::bad_request(format!("data is a map of strings, not {other}"))),
        };
    }
    Ok(data)
}
