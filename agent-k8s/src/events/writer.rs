//! Writes Events, and counts up those that were written lately.

use std::collections::VecDeque;
use std::sync::Arc;

use http::Method;
use k8s_openapi::api::core::v1::{Event as Object, EventSource, ObjectReference};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};
use k8s_openapi::jiff::Timestamp;
use serde_json::json;

use super::allowance::Allowance;
use super::queue::Published;
use super::{Event, EventsIdentity};
use crate::call::{Api, Call, CallError};
use crate::text::{can_i, escaped, user_of};

/// Longest message that every API takes.
pub(super) const MESSAGE_LIMIT: usize = 1024;

/// Written Events that can be counted up.
const REMEMBERED: usize = 16;

const CONTROLLER: &str = "kubeagent";

/// An Event that was written.
#[derive(Debug)]
struct Written {
    kind: &'static str,
    event: Event,
    name: String,
    count: i32,
}

/// The writer.
#[derive(Debug)]
pub(super) struct Writer {
    api: Api,
    identity: Arc<EventsIdentity>,
    written: VecDeque<Written>,
    allowance: Allowance,
    /// Verbs that were refused, and said so.
    refused: Vec<&'static str>,
}

impl Writer {
    pub(super) fn new(api: Api, identity: Arc<EventsIdentity>) -> Self {
        let written = VecDeque::with_capacity(REMEMBERED);
        Self { api, identity, written, allowance: Allowance::new(), refused: Vec::new() }
    }

    /// Writes `published` for the Pod and for the `ConfigMap`.
    pub(super) async fn write(&mut self, published: &Published) {
        let identity = Arc::clone(&self.identity);
        let config_map = &identity.config_map;
        let reference = |kind: &str, name: &str, uid: Option<String>| ObjectReference {
            api_version: Some("v1".to_owned()),
            kind: Some(kind.to_owned()),
            name: Some(name.to_owned()),
            namespace: Some(config_map.namespace().to_owned()),
            uid,
            ..ObjectReference::default()
        };
        if let Some(pod) = &identity.pod {
            self.write_about("Pod", reference("Pod", pod, identity.pod_uid.clone()), published).await;
        }
        let about = reference("ConfigMap", config_map.name(), config_map.uid());
        self.write_about("ConfigMap", about, published).await;
    }

    async fn write_about(&mut self, kind: &'static str, about: ObjectReference, published: &Published) {
        self.allowance.take().await;
        let same = |written: &Written| written.kind == kind && written.event == published.event;
        let before = self.written.iter().position(same).and_then(|at| self.written.remove(at));
        let event = published.event.clone();
        if let Some(before) = before {
            let count = before.count.saturating_add(published.times);
            match self.count_up(&before.name, count).await {
                Ok(()) => return self.remember(Written { count, ..before }),
                // An API server keeps Events for an hour.
                Err(CallError::Status { code: 404, .. }) => {}
                Err(error) => {
                    self.remember(Written { count, ..before });
                    return self.complain("patch", &error);
                }
            }
        }
        let name = new_name(&about);
        match self.create(&name, about, published).await {
            // The name is ours alone, so what is there already is what an answer got lost of.
            Ok(()) | Err(CallError::Status { code: 409, .. }) => {
                self.remember(Written { kind, event, name, count: published.times });
            }
            Err(error) => self.complain("create", &error),
        }
    }

    fn remember(&mut self, written: Written) {
        if self.written.len() == REMEMBERED {
            self.written.pop_front();
        }
        self.written.push_back(written);
    }

    async fn create(
        &self,
        name: &str,
        about: ObjectReference,
        published: &Published,
    ) -> Result<(), CallError> {
        let now = Some(Time(Timestamp::now()));
        let namespace = self.identity.config_map.namespace();
        let instance = self.identity.pod.as_deref().unwrap_or(CONTROLLER);
        let object = Object {
            metadata: ObjectMeta {
                name: Some(name.to_owned()),
                namespace: Some(namespace.to_owned()),
                ..ObjectMeta::default()
            },
            involved_object: about,
            reason: Some(published.event.reason.to_owned()),
            message: Some(shortened(&published.event.message)),
            type_: Some(published.event.kind.as_str().to_owned()),
            count: Some(published.times),
            first_timestamp: now.clone(),
            last_timestamp: now,
            source: Some(EventSource { component: Some(CONTROLLER.to_owned()), host: None }),
            reporting_component: Some(CONTROLLER.to_owned()),
            reporting_instance: Some(instance.to_owned()),
            ..Object::default()
        };
        let path = self.path();
        self.send(Method::POST, &path, "application/json", &object).await
    }

    async fn count_up(&self, name: &str, count: i32) -> Result<(), CallError> {
        let change = json!({"count": count, "lastTimestamp": Time(Timestamp::now())});
        let path = format!("{}/{}", self.path(), escaped(name));
        self.send(Method::PATCH, &path, "application/merge-patch+json", &change).await
    }

    fn path(&self) -> String {
        format!("/api/v1/namespaces/{}/events", escaped(self.identity.config_map.namespace()))
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        content_type: &'static str,
        object: &impl serde::Serialize,
    ) -> Result<(), CallError> {
        let body = serde_json::to_vec(object).map_err(|error| CallError::Malformed(error.to_string()))?;
        let call = Call { method, path, body: Some((content_type, body.into())) };
        self.api.persist(&call).await.map(drop)
    }

    fn complain(&mut self, verb: &'static str, error: &CallError) {
        let CallError::Status { code: 403, message, .. } = error else {
            return tracing::debug!(?error, "an Event is not written");
        };
        if !self.refused.contains(&verb) {
            self.refused.push(verb);
            let user = user_of(message);
            tracing::warn!("{}", refusal(verb, self.identity.config_map.namespace(), user.as_deref()));
        }
    }
}

/// A name that no other Event has, though all agents write about one `ConfigMap`.
fn new_name(about: &ObjectReference) -> String {
    /// Of a name of at most 253 bytes.
    const LONGEST: usize = 253 - 17;
    let about = about.name.as_deref().unwrap_or_default();
    format!("{}.{:016x}", about.get(..LONGEST).unwrap_or(about), fastrand::u64(..))
}

/// What to do so that Events can be written.
pub(super) fn refusal(verb: &str, namespace: &str, user: Option<&str>) -> String {
    format!(
        "not allowed to {verb} Events in {namespace}, so none is written: grant create and patch on events; \
         check with: {}",
        can_i(verb, "events", namespace, user)
    )
}

/// At most [`MESSAGE_LIMIT`] bytes of `message`, with a mark where something is missing.
pub(super) fn shortened(message: &str) -> String {
    const MARK: char = '…';
    if message.len() <= MESSAGE_LIMIT {
        return message.to_owned();
    }
    let end = message.floor_char_boundary(MESSAGE_LIMIT - MARK.len_utf8());
    let mut short = message.get(..end).unwrap_or_default().to_owned();
    short.push(MARK);
    short
}
