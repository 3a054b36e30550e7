//! `AdmissionReview` of `admission.k8s.io/v1`: what of it is read and what is written.
//!
//! Structs of our own with the few fields that matter: the Kubernetes types would bring all others along.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::Verdict;
use super::verdict::message;

const API_VERSION: &str = "admission.k8s.io/v1";
const KIND: &str = "AdmissionReview";

/// What is asked.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Question {
    pub(super) uid: String,
    /// Texts to judge; none when the review is about something else.
    pub(super) candidates: Vec<Candidate>,
}

/// A text of the `ConfigMap` that a mode of the agent would run.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) key: &'static str,
    pub(super) text: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Review<'a> {
    #[serde(default)]
    api_version: String,
    #[serde(default)]
    kind: String,
    #[serde(borrow)]
    request: Option<Request<'a>>,
}

#[derive(Deserialize)]
struct Request<'a> {
    uid: String,
    kind: Kind,
    operation: String,
    /// The object as it would be stored; read only when it is a `ConfigMap`.
    #[serde(borrow)]
    object: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Kind {
    #[serde(default)]
    group: String,
    kind: String,
}

#[derive(Deserialize)]
struct ConfigMap {
    data: Option<Data>,
}

/// The keys of the agent; others are skipped.
#[derive(Deserialize)]
struct Data {
    #[serde(rename = "agent-deployment.yaml")]
    deployment: Option<String>,
    #[serde(rename = "agent-daemonset.yaml")]
    daemonset: Option<String>,
}

/// The answer to a [`Question`].
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Answered<'a> {
    api_version: &'static str,
    kind: &'static str,
    response: Response<'a>,
}

#[derive(Debug, Serialize)]
struct Response<'a> {
    uid: &'a str,
    allowed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Status>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Status {
    code: u16,
    reason: &'static str,
    message: String,
}

/// Reads a review.
///
/// # Errors
/// It is none, or of another version; in a sentence for the API server's log.
pub(super) fn read(body: &[u8]) -> Result<Question, String> {
    let review: Review<'_> =
        serde_json::from_slice(body).map_err(|error| format!("this is no AdmissionReview: {error}"))?;
    if (review.api_version.as_str(), review.kind.as_str()) != (API_VERSION, KIND) {
        let (version, kind) = (shown(&review.api_version), shown(&review.kind));
        return Err(format!("{KIND} of {API_VERSION} is understood, not {kind:?} of {version:?}"));
    }
    let request = review.request.ok_or("the AdmissionReview has no request")?;
    if request.uid.is_empty() {
        return Err("the request has no uid".to_owned());
    }
    let candidates = candidates(&request)?;
    Ok(Question { uid: request.uid, candidates })
}

fn candidates(request: &Request<'_>) -> Result<Vec<Candidate>, String> {
    let is_config_map = request.kind.group.is_empty() && request.kind.kind == "ConfigMap";
    let is_stored = matches!(request.operation.as_str(), "CREATE" | "UPDATE");
    if !is_config_map || !is_stored {
        return Ok(Vec::new());
    }
    let object = request.object.ok_or("the request has no object")?;
    let object: ConfigMap = serde_json::from_str(object.get())
        .map_err(|error| format!("the object of the request is no ConfigMap: {error}"))?;
    let Some(Data { deployment, daemonset }) = object.data else { return Ok(Vec::new()) };
    let texts = [("agent-deployment.yaml", deployment), ("agent-daemonset.yaml", daemonset)];
    Ok(texts.into_iter().filter_map(|(key, text)| Some(Candidate { key, text: text? })).collect())
}

fn shown(text: &str) -> String {
    text.chars().take(64).collect()
}

/// The answer that says `verdict`.
pub(super) fn answer(uid: &str, verdict: Verdict) -> Answered<'_> {
    // 400 has kubectl print the message as it is; for 422 it looks for a list of fields.
    let response = match verdict {
        Ok(warnings) => Response { uid, allowed: true, status: None, warnings },
        Err(problems) => {
            let status = Status { code: 400, reason: "BadRequest", message: message(&problems) };
            Response { uid, allowed: false, status: Some(status), warnings: Vec::new() }
        }
    };
    Answered { api_version: API_VERSION, kind: KIND, response }
}
