//! `Status` objects: the body of every answer that is not a success.
//!
//! Shapes and reasons follow the Kubernetes API conventions for `metav1.Status`. Left out is `details.causes`, which
//! repeats the message in pieces.

use http::{Response, StatusCode, header};
use serde_json::{Value, json};

use crate::listen::{Body, full};

/// An answer that is not a success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Status {
    pub(super) code: u16,
    pub(super) reason: String,
    pub(super) message: String,
    /// The object concerned; all of it empty where there are details of nothing.
    about: Option<Box<About>>,
    /// Seconds for the `Retry-After` header and `details.retryAfterSeconds`.
    pub(super) retry_after: Option<u32>,
}

/// What a failure is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct About {
    name: String,
    group: String,
    /// The plural resource; the kind where the object itself is wrong.
    kind: String,
}

impl Status {
    pub(super) fn new(code: u16, reason: &str, message: impl Into<String>) -> Self {
        Self { code, reason: reason.to_owned(), message: message.into(), about: None, retry_after: None }
    }

    pub(super) fn about(self, kind: &str, name: Option<&str>) -> Self {
        self.about_in("", kind, name)
    }

    pub(super) fn about_in(mut self, group: &str, kind: &str, name: Option<&str>) -> Self {
        let name = name.unwrap_or_default().to_owned();
        self.about = Some(Box::new(About { name, group: group.to_owned(), kind: kind.to_owned() }));
        self
    }

    pub(super) fn unauthorized() -> Self {
        Self::new(401, "Unauthorized", "Unauthorized")
    }

    pub(super) fn not_found(resource: &str, name: &str) -> Self {
        Self::new(404, "NotFound", format!("{resource} \"{name}\" not found")).about(resource, Some(name))
    }

    pub(super) fn no_such_path() -> Self {
        Self::new(404, "NotFound", "the server could not find the requested resource").about("", None)
    }

    pub(super) fn wrong_method() -> Self {
        let message = "the server does not allow this method on the requested resource";
        Self::new(405, "MethodNotAllowed", message).about("", None)
    }

    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    /// 422: with `patch` merged in, the object has not the types that it must have.
    pub(super) fn bad_patch(why: &str) -> Self {
        Self::new(422, "Invalid", format!(" \"\" is invalid: patch: Invalid value: {why}")).about("", None)
    }

    /// 410: history before `oldest` is compacted away.
    pub(super) fn expired(asked: u64, oldest: u64) -> Self {
        Self::new(410, "Expired", format!("too old resource version: {asked} ({oldest})"))
    }

    pub(super) fn json(&self) -> Value {
        let mut details = serde_json::Map::new();
        let about = self.about.as_deref().cloned().unwrap_or_default();
        for (field, value) in [("name", about.name), ("group", about.group), ("kind", about.kind)] {
            if !value.is_empty() {
                details.insert(field.to_owned(), value.into());
            }
        }
        if let Some(seconds) = self.retry_after {
            details.insert("retryAfterSeconds".to_owned(), seconds.into());
        }
        let mut status = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": self.message, "reason": self.reason, "code": self.code,
        });
        let has_details = self.about.is_some() || !details.is_empty();
        if let (true, Some(object)) = (has_details, status.as_object_mut()) {
            object.insert("details".to_owned(), Value::Object(details));
        }
        status
    }

    pub(super) fn response(&self) -> Response<Body> {
        let code = StatusCode::from_u16(self.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = answer(code, &self.json());
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

/// A JSON answer.
pub(super) fn answer(code: StatusCode, body: &Value) -> Response<Body> {
    let mut response = Response::new(full(body.to_string()));
    *response.status_mut() = code;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    response
}
