//! Events: created and patched through the core API, created through `events.k8s.io`, listed, and checked as a real server
//! checks them.
//!
//! They are kept as they were sent, and do not turn from one API's shape into the other's.

use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::{Map, Value, json};

use super::access::Access;
use super::state::{Shared, State};
use super::status::{Status, answer};
use super::write::{is_merge, merge};
use crate::listen::Body;

/// Longest message of an Event that has an `eventTime`.
const MESSAGE_LIMIT: usize = 1024;

/// Longest reason, action and reporting instance of such an Event.
const WORD_LIMIT: usize = 128;

/// Creates an Event.
pub(super) fn create(shared: &Shared, access: &Access, body: &Bytes) -> Result<Response<Body>, Status> {
    let mut event = sent(body)?;
    let namespace = access.namespace.as_deref().unwrap_or_default();
    let event = shared.change(|state| {
        complete(state, &mut event, namespace)?;
        well_formed(&event, access)?;
        check(&event, access, namespace)?;
        let name = name_of(&event).to_owned();
        if find(state, namespace, &name).is_some() {
            let message = format!("events \"{name}\" already exists");
            return Err(Status::new(409, "AlreadyExists", message).about("events", Some(&name)));
        }
        let event = Value::Object(event);
        state.record_event(event.clone());
        Ok(event)
    })?;
    shared.recorded.send_replace(());
    Ok(answer(StatusCode::CREATED, &event))
}

/// Merges what was sent into an Event.
pub(super) fn patch(
    shared: &Shared,
    access: &Access,
    content_type: &str,
    body: &Bytes,
) -> Result<Response<Body>, Status> {
    is_merge(content_type)?;
    let patch = Value::Object(sent(body)?);
    let namespace = access.namespace.as_deref().unwrap_or_default();
    let name = access.name.as_deref().unwrap_or_default();
    let event = shared.change(|state| {
        let revision = state.store.advance();
        let at = find(state, namespace, name).ok_or_else(|| Status::not_found("events", name))?;
        let Some(slot) = state.events.get_mut(at) else { return Err(Status::not_found("events", name)) };
        let mut event = slot.clone();
        merge(&mut event, &patch);
        let Value::Object(mut event) = event else { return Err(Status::bad_patch("not an object")) };
        set(&mut event, "resourceVersion", revision.to_string());
        well_formed(&event, access).map_err(|status| Status::bad_patch(&status.message))?;
        check(&event, access, namespace)?;
        *slot = Value::Object(event);
        Ok(slot.clone())
    })?;
    shared.recorded.send_replace(());
    Ok(answer(StatusCode::OK, &event))
}

/// Lists Events of a namespace, or of all.
pub(super) fn list(state: &State, access: &Access) -> Value {
    let selected = state.events.iter().filter(|event| {
        let of = event.pointer("/metadata/namespace").and_then(Value::as_str);
        access.namespace.as_deref().is_none_or(|namespace| of == Some(namespace))
            && access.selector.selects(event)
    });
    let items: Vec<Value> = selected.cloned().map(super::answer::without_kind).collect();
    let metadata = json!({"resourceVersion": state.store.revision().to_string()});
    json!({"kind": "EventList", "apiVersion": api_version(access), "metadata": metadata, "items": items})
}

fn sent(body: &Bytes) -> Result<Map<String, Value>, Status> {
    serde_json::from_slice(body)
        .map_err(|error| Status::bad_request(format!("the body is no object: {error}")))
}

fn api_version(access: &Access) -> &'static str {
    if access.api_group.is_empty() { "v1" } else { "events.k8s.io/v1" }
}

fn name_of(event: &Map<String, Value>) -> &str {
    text(event, "metadata", "name")
}

fn find(state: &State, namespace: &str, name: &str) -> Option<usize> {
    state.events.iter().position(|event| {
        event.pointer("/metadata/name").and_then(Value::as_str) == Some(name)
            && event.pointer("/metadata/namespace").and_then(Value::as_str) == Some(namespace)
    })
}

/// What the server fills in: name, namespace, identity and version.
fn complete(state: &mut State, event: &mut Map<String, Value>, namespace: &str) -> Result<(), Status> {
    let of = text(event, "metadata", "namespace");
    if !of.is_empty() && of != namespace {
        let message = "the namespace of the provided object does not match the namespace sent on the request";
        return Err(Status::bad_request(message));
    }
    state.issued += 1;
    let (unique, revision) = (state.issued, state.store.advance());
    if name_of(event).is_empty() {
        let prefix = text(event, "metadata", "generateName").to_owned();
        if prefix.is_empty() {
            return Err(invalid("", "metadata.name", "Required value: name or generateName is required"));
        }
        set(event, "name", format!("{prefix}{unique:05x}"));
    }
    set(event, "namespace", namespace);
    set(event, "uid", format!("00000000-0000-4000-8001-{unique:012x}"));
    set(event, "resourceVersion", revision.to_string());
    set(event, "creationTimestamp", "2026-01-01T00:00:00Z");
    Ok(())
}

fn set(event: &mut Map<String, Value>, field: &str, value: impl Into<Value>) {
    let metadata = event.entry("metadata").or_insert_with(|| json!({}));
    if let Some(metadata) = metadata.as_object_mut() {
        metadata.insert(field.to_owned(), value.into());
    }
}

/// The text at `event.outer.inner`, or at `event.inner` where `outer` is empty; empty if there is none.
fn text<'a>(event: &'a Map<String, Value>, outer: &str, inner: &str) -> &'a str {
    let value =
        if outer.is_empty() { event.get(inner) } else { event.get(outer).and_then(|of| of.get(inner)) };
    value.and_then(Value::as_str).unwrap_or_default()
}

fn invalid(name: &str, field: &str, what: &str) -> Status {
    let message = format!("Event \"{name}\" is invalid: {field}: {what}");
    Status::new(422, "Invalid", message).about("Event", Some(name))
}

/// What the API server demands of an Event: less of one without `eventTime`, which only the core API takes.
fn check(event: &Map<String, Value>, access: &Access, namespace: &str) -> Result<(), Status> {
    let name = name_of(event);
    if name.contains(['/', '%']) || matches!(name, "." | "..") {
        return Err(invalid(name, "metadata.name", &format!("Invalid value: {name:?}")));
    }
    let core = access.api_group.is_empty();
    let object = if core { "involvedObject" } else { "regarding" };
    let of = text(event, object, "namespace");
    let timed = event.get("eventTime").is_some_and(|time| !time.is_null());
    let elsewhere = if of.is_empty() { namespace != "default" } else { !timed && of != namespace };
    if elsewhere {
        let what = format!("Invalid value: {of:?}: does not match event.namespace");
        return Err(invalid(name, "involvedObject.namespace", &what));
    }
    if !timed {
        return if core { Ok(()) } else { Err(invalid(name, "eventTime", "Required value")) };
    }
    let (controller, note) =
        if core { ("reportingComponent", "message") } else { ("reportingController", "note") };
    for field in [controller, "reportingInstance", "action", "reason"] {
        let value = text(event, "", field);
        if value.is_empty() {
            return Err(invalid(name, field, "Required value"));
        }
        if value.len() > WORD_LIMIT {
            let what = format!("Invalid value: \"\": can have at most {WORD_LIMIT} characters");
            return Err(invalid(name, field, &what));
        }
    }
    if text(event, "", note).len() > MESSAGE_LIMIT {
        let what = format!("Invalid value: \"\": can have at most {MESSAGE_LIMIT} characters");
        return Err(invalid(name, "message", &what));
    }
    if !core && !matches!(text(event, "", "type"), "Normal" | "Warning") {
        return Err(invalid(name, "type", "Invalid value: \"\": has invalid value"));
    }
    Ok(())
}

/// The fields have the types that the API's schema gives them.
fn well_formed(event: &Map<String, Value>, access: &Access) -> Result<(), Status> {
    let version = api_version(access);
    let unset_or = |field: &str, wanted: &str| event.get(field).is_none_or(|value| value == wanted);
    if !unset_or("kind", "Event") || !unset_or("apiVersion", version) {
        let message = format!("the object provided is unrecognized (must be of type Event in {version})");
        return Err(Status::bad_request(message));
    }
    let is = |field: &str, fits: fn(&Value) -> bool| {
        event.get(field).is_none_or(|value| value.is_null() || fits(value))
    };
    let typed = ["involvedObject", "regarding", "source", "series"]
        .iter()
        .all(|field| is(field, Value::is_object))
        && ["reason", "message", "note", "type", "action"].iter().all(|field| is(field, Value::is_string))
        && ["reportingComponent", "reportingInstance"].iter().all(|field| is(field, Value::is_string))
        && ["firstTimestamp", "lastTimestamp"].iter().all(|field| is(field, |time| is_time(time, false)))
        && is("eventTime", |time| is_time(time, true))
        && is("count", |count| count.as_i64().is_some_and(|count| i32::try_from(count).is_ok()));
    if typed {
        return Ok(());
    }
    Err(Status::bad_request(format!("Event in version {version:?} cannot be handled as a Event")))
}

/// RFC 3339; to the microsecond where `micro`.
fn is_time(value: &Value, micro: bool) -> bool {
    let Some(text) = value.as_str() else { return false };
    let shape: String =
        text.chars().map(|letter| if letter.is_ascii_digit() { '0' } else { letter }).collect();
    shape == if micro { "0000-00-00T00:00:00.000000Z" } else { "0000-00-00T00:00:00Z" }
}
