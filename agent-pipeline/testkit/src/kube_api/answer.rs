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
use super::events;
use super::route::{Query, Route};
use super::selector::Selector;
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
    let mut status = Status::new(code, reason, message);
    status.retry_after = retry_after;
    status
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
        Route::WrongMethod => Err(Status::wrong_method()),
        Route::Health => Ok(Response::new(full("ok"))),
        Route::Version => Ok(answer(
            StatusCode::OK,
            &json!({"major": "1", "minor": "34", "gitVersion": "v1.34.0", "platform": "linux/amd64"}),
        )),
        Route::SelfReview => self_review(shared, &body(request).await?),
        Route::WhoAmI => who_am_i(user, &body(request).await?),
        Route::Missing(access) => {
            authorize(shared, user, &access)?;
            Err(Status::no_such_path())
        }
        Route::Resource(access) => {
            authorize(shared, user, &access)?;
            match access.verb.as_str() {
                "get" => get(shared, &access),
                "list" => {
                    access.selector.check(&access.resource)?;
                    Ok(list(shared, &access))
                }
                "watch" => {
                    access.selector.check(&access.resource)?;
                    Ok(watch::start(Arc::clone(shared), tasks, access, query))
                }
                _ => {
                    let content_type = request.headers().get(header::CONTENT_TYPE);
                    let content_type = content_type.and_then(|value| value.to_str().ok()).unwrap_or_default();
                    let content_type = content_type.to_owned();
                    let body = body(request).await?;
                    match (access.resource.as_str(), access.verb.as_str()) {
                        ("events", "create") => events::create(shared, &access, &body),
                        ("events", _) => events::patch(shared, &access, &content_type, &body),
                        _ => write(shared, &access, &content_type, &body),
                    }
                }
            }
        }
    }
}

fn authorize(shared: &Shared, user: &str, access: &Access) -> Result<(), Status> {
    if user == ADMINISTRATOR || access.allowed_by(&shared.lock().rules) {
        return Ok(());
    }
    let refusal = Status::new(403, "Forbidden", access.refusal(user));
    Err(refusal.about_in(&access.api_group, &access.resource, access.name.as_deref()))
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

fn list(shared: &Shared, access: &Access) -> Response<Body> {
    let state = shared.lock();
    if access.resource == "events" {
        return answer(StatusCode::OK, &events::list(&state, access));
    }
    let found =
        state.store.list(access.namespace.as_deref()).filter(|object| access.selector.selects(object));
    let items: Vec<Value> = found.cloned().map(without_kind).collect();
    let metadata = json!({"resourceVersion": state.store.revision().to_string()});
    let list = json!({"kind": "ConfigMapList", "apiVersion": "v1", "metadata": metadata, "items": items});
    answer(StatusCode::OK, &list)
}

/// Items of a list carry no kind and apiVersion of their own.
pub(super) fn without_kind(mut item: Value) -> Value {
    if let Some(fields) = item.as_object_mut() {
        fields.remove("kind");
        fields.remove("apiVersion");
    }
    item
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
        selector: Selector::default(),
    };
    let allowed = access.allowed_by(&shared.lock().rules);
    if let Some(fields) = review.as_object_mut() {
        fields.insert("status".to_owned(), json!({"allowed": allowed}));
    }
    Ok(answer(StatusCode::CREATED, &review))
}

fn who_am_i(user: &str, body: &Bytes) -> Result<Response<Body>, Status> {
    let mut review = object(body)?;
    if let Some(fields) = review.as_object_mut() {
        fields.insert("status".to_owned(), json!({"userInfo": {"username": user}}));
    }
    Ok(answer(StatusCode::CREATED, &review))
}
