//! From a request to its answer: faults, authentication, authorization, then the resource.
//!
//! The order is the real server's, with faults first because they stand for what happens before it.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use serde_json::{Value, json};

use super::access::Access;
use super::route::{Query, Route};
use super::state::{self, Fault, Shared};
use super::status::{Status, answer};
use super::watch;
use super::write::write;
use crate::listen::{Body, Dropped, Tasks, full};

/// The user of [`super::Server::admin_token`], who may do everything.
pub(super) const ADMINISTRATOR: &str = "system:admin";

/// Request bodies are small objects; more than this is refused.
const BODY_LIMIT: usize = 4 << 20;

/// Answers one request.
pub(super) async fn respond(
    shared: Arc<Shared>,
    tasks: Tasks,
    request: Request<Incoming>,
) -> Result<Response<Body>, Dropped> {
    let query = Query::of(request.uri());
    let route = Route::of(request.method(), request.uri(), &query);
    let (user, fault) = arrive(&shared, &request, &route);
    match fault {
        None => {}
        Some(Fault::Status { code, retry_after }) => return Ok(failure(code, retry_after).response()),
        Some(Fault::Drop) => return Err(Dropped),
        Some(Fault::Silence) => {
            let never: Infallible = std::future::pending().await;
            match never {}
        }
        Some(Fault::Body(bytes)) => {
            let mut response = Response::new(full(bytes));
            let json = header::HeaderValue::from_static("application/json");
            response.headers_mut().insert(header::CONTENT_TYPE, json);
            return Ok(response);
        }
    }
    let Some(user) = user else { return Ok(Status::unauthorized().response()) };
    Ok(route_to(&shared, &tasks, &user, request, route, &query)
        .await
        .unwrap_or_else(|status| status.response()))
}

/// Records the request; returns whose it is and the fault planned for it.
fn arrive(shared: &Shared, request: &Request<Incoming>, route: &Route) -> (Option<String>, Option<Fault>) {
    let bearer = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = bearer.and_then(|value| value.strip_prefix("Bearer ")).map(str::trim);
    let mut state = shared.lock();
    let user = token.and_then(|token| state.tokens.get(token)).cloned();
    state.record(state::Request {
        verb: route.verb().to_owned(),
        path: request.uri().path().to_owned(),
        query: request.uri().query().unwrap_or_default().to_owned(),
        user: user.clone(),
    });
    let fault = state.take_fault(route.verb());
    drop(state);
    shared.recorded.send_replace(());
    (user, fault)
}

fn failure(code: u16, retry_after: Option<u32>) -> Status {
    let (reason, message) = match code {
        401 => ("Unauthorized", "Unauthorized"),
        410 => ("Expired", "The resourceVersion for the provided watch is too old."),
        429 => ("TooManyRequests", "Too many requests, please try again later."),
        503 => ("ServiceUnavailable", "the server is currently unable to handle the request"),
        504 => ("Timeout", "request did not complete within the allotted timeout"),
        _ => ("InternalError", "Internal error occurred: injected by the test"),
    };
    Status { retry_after, ..Status::new(code, reason, message) }
}

async fn route_to(
    shared: &Arc<Shared>,
    tasks: &Tasks,
    user: &str,
    request: Request<Incoming>,
    route: Route,
    query: &Query,
) -> Result<Response<Body>, Status> {
    match route {
        Route::Unknown => Err(Status::no_such_path()),
        Route::WrongMethod => {
            let message = "the server does not allow this method on the requested resource";
            Err(Status::new(405, "MethodNotAllowed", message))
        }
        Route::Health => Ok(Response::new(full("ok"))),
        Route::Version => Ok(answer(
            StatusCode::OK,
            &json!({"major": "1", "minor": "34", "gitVersion": "v1.34.0", "platform": "linux/amd64"}),
        )),
        Route::SelfReview => self_review(shared, &body(request).await?),
        Route::Resource(access) => {
            if user != ADMINISTRATOR && !access.allowed_by(&shared.lock().rules) {
                let refusal = Status::new(403, "Forbidden", access.refusal(user));
                return Err(refusal.about(&access.resource, access.name.as_deref()));
            }
            match access.verb.as_str() {
                "get" => get(shared, &access),
                "list" => list(shared, &access, query),
                "watch" => {
                    check_selector(query)?;
                    Ok(watch::start(Arc::clone(shared), tasks, access, query))
                }
                _ if access.resource == "events" => create_event(shared, &access, &body(request).await?),
                _ => {
                    let content_type = request.headers().get(header::CONTENT_TYPE);
                    let content_type = content_type.and_then(|value| value.to_str().ok()).unwrap_or_default();
                    let content_type = content_type.to_owned();
                    write(shared, &access, &content_type, &body(request).await?)
                }
            }
        }
    }
}

async fn body(request: Request<Incoming>) -> Result<Bytes, Status> {
    match Limited::new(request.into_body(), BODY_LIMIT).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) => Err(Status::new(413, "RequestEntityTooLarge", error.to_string())),
    }
}

fn object(body: &Bytes) -> Result<Value, Status> {
    serde_json::from_slice(body)
        .map_err(|error| Status::bad_request(format!("the body is not JSON: {error}")))
}

fn get(shared: &Shared, access: &Access) -> Result<Response<Body>, Status> {
    let (namespace, name) = (access.namespace.as_deref().unwrap_or_default(), access.name.as_deref());
    let name = name.unwrap_or_default();
    let state = shared.lock();
    let object = state.store.get(namespace, name).ok_or_else(|| Status::not_found("configmaps", name))?;
    Ok(answer(StatusCode::OK, object))
}

fn check_selector(query: &Query) -> Result<(), Status> {
    match (&query.field_selector, query.selected_name()) {
        (Some(selector), None) => Err(Status::bad_request(format!("field label not supported: {selector}"))),
        _ => Ok(()),
    }
}

fn list(shared: &Shared, access: &Access, query: &Query) -> Result<Response<Body>, Status> {
    check_selector(query)?;
    let state = shared.lock();
    let found = state.store.list(access.namespace.as_deref(), access.name.as_deref());
    // Items of a list carry no kind and apiVersion of their own.
    let items: Vec<Value> = found
        .cloned()
        .map(|mut item| {
            if let Some(fields) = item.as_object_mut() {
                fields.remove("kind");
                fields.remove("apiVersion");
            }
            item
        })
        .collect();
    let metadata = json!({"resourceVersion": state.store.revision().to_string()});
    let list = json!({"kind": "ConfigMapList", "apiVersion": "v1", "metadata": metadata, "items": items});
    Ok(answer(StatusCode::OK, &list))
}

fn self_review(shared: &Shared, body: &Bytes) -> Result<Response<Body>, Status> {
    let mut review = object(body)?;
    let text = |field: &str| {
        let value = review.pointer(&format!("/spec/resourceAttributes/{field}")).and_then(Value::as_str);
        value.filter(|value| !value.is_empty()).map(str::to_owned)
    };
    let access = Access {
        verb: text("verb").unwrap_or_default(),
        api_group: text("group").unwrap_or_default(),
        resource: text("resource").unwrap_or_default(),
        namespace: text("namespace"),
        name: text("name"),
    };
    let allowed = access.allowed_by(&shared.lock().rules);
    if let Some(fields) = review.as_object_mut() {
        fields.insert("status".to_owned(), json!({"allowed": allowed}));
    }
    Ok(answer(StatusCode::CREATED, &review))
}

fn create_event(shared: &Shared, access: &Access, body: &Bytes) -> Result<Response<Body>, Status> {
    let mut event = object(body)?;
    let namespace = access.namespace.as_deref().unwrap_or_default();
    let about =
        if access.api_group.is_empty() { "/involvedObject/namespace" } else { "/regarding/namespace" };
    if event.pointer(about).and_then(Value::as_str).is_some_and(|of| of != namespace) {
        return Err(Status::new(422, "Invalid", "Event is invalid: does not match event.namespace"));
    }
    let mut state = shared.lock();
    state.issued += 1;
    let unique = state.issued;
    let metadata = event
        .as_object_mut()
        .and_then(|fields| fields.entry("metadata").or_insert_with(|| json!({})).as_object_mut());
    let Some(metadata) = metadata else { return Err(Status::bad_request("an Event is a JSON object")) };
    if !metadata.contains_key("name") {
        let prefix = metadata.get("generateName").and_then(Value::as_str).map(str::to_owned);
        let Some(prefix) = prefix else {
            return Err(Status::new(422, "Invalid", "name or generateName is required"));
        };
        metadata.insert("name".to_owned(), format!("{prefix}{unique:05x}").into());
    }
    metadata.insert("namespace".to_owned(), namespace.into());
    metadata.insert("resourceVersion".to_owned(), state.store.revision().to_string().into());
    state.record_event(event.clone());
    drop(state);
    shared.recorded.send_replace(());
    Ok(answer(StatusCode::CREATED, &event))
}
