//! What the agent's account is allowed to do, asked before it is needed.
//!
//! The API server answers a `SelfSubjectAccessReview` to every account that it knows (`system:basic-user`), so asking takes
//! no permission. It is a courtesy, like Events: nobody waits for the answers, and what cannot be asked is a debug line.
//! What happens without a permission is decided where it is used.

#[cfg(test)]
mod tests;

use std::time::Duration;

use http::Method;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::call::{Api, Call, CallError};
use crate::client::Connection;
use crate::source::ConfigMapSource;
use crate::text::can_i;

/// A call takes at most this long.
const CALL_TIMEOUT: Duration = Duration::from_secs(10);

const ACCESS_REVIEWS: &str = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

/// Who one is; there since Kubernetes 1.28.
const SUBJECT_REVIEWS: &str = "/apis/authentication.k8s.io/v1/selfsubjectreviews";

/// What some part of the agent does with the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// Verbs, as a Role names them.
    pub verbs: &'static [&'static str],
    /// API group; empty is the core group.
    pub group: &'static str,
    /// Resource in the plural, without a subresource.
    pub resource: &'static str,
    /// The one object, where no other is needed.
    pub name: Option<String>,
    /// Where.
    pub namespace: String,
    /// What it is for, as in "not allowed to ..., which is needed to PURPOSE".
    pub purpose: &'static str,
}

impl Need {
    /// What the agent does whatever its configuration says: follow that configuration, and tell what became of it.
    pub fn of_agent(config_map: &ConfigMapSource) -> Vec<Self> {
        let namespace = config_map.namespace().to_owned();
        let configuration = Self {
            verbs: &["get", "list", "watch"],
            group: "",
            resource: "configmaps",
            name: Some(config_map.name().to_owned()),
            namespace: namespace.clone(),
            purpose: "follow the configuration",
        };
        let events = Self {
            verbs: &["create", "patch"],
            group: "",
            resource: "events",
            name: None,
            namespace,
            purpose: "say in Events what became of the configuration",
        };
        vec![configuration, events]
    }

    fn review(&self, verb: &str) -> Value {
        // An empty name is any.
        let name = self.name.as_deref().unwrap_or_default();
        let attributes = json!({
            "verb": verb, "group": self.group, "resource": self.resource,
            "namespace": self.namespace, "name": name,
        });
        json!({
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": attributes},
        })
    }

    /// What is not allowed, as `kubectl auth can-i` takes it: `RESOURCE[.GROUP][/NAME]`.
    fn object(&self) -> String {
        let group = if self.group.is_empty() { String::new() } else { format!(".{}", self.group) };
        let name = self.name.as_ref().map(|name| format!("/{name}")).unwrap_or_default();
        format!("{}{group}{name}", self.resource)
    }

    fn refusal(&self, verb: &str, user: Option<&str>) -> String {
        let (object, namespace) = (self.object(), &self.namespace);
        format!(
            "not allowed to {verb} {object} in {namespace}, which is needed to {}; check with: {}",
            self.purpose,
            can_i(verb, &object, namespace, user)
        )
    }
}

/// Asks for a list of needs, once.
#[derive(Debug)]
pub struct AccessReview {
    api: Api,
    needs: Vec<Need>,
}

impl AccessReview {
    /// Nothing is asked before [`Self::run`].
    pub fn new(connection: Connection, needs: Vec<Need>) -> Self {
        Self { api: Api::new(connection, CALL_TIMEOUT), needs }
    }

    /// Asks for every verb, and logs a warning for each that is not allowed, with the line to check it by.
    ///
    /// To be run beside what needs the answers: it never fails, and ends early with `cancel`.
    pub async fn run(self, cancel: CancellationToken) {
        match cancel.run_until_cancelled(self.missing()).await {
            Some(Ok(missing)) => missing.iter().for_each(|refusal| tracing::warn!("{refusal}")),
            Some(Err(error)) => tracing::debug!(?error, "permissions cannot be asked for"),
            None => {}
        }
    }

    /// What is not allowed, in words.
    async fn missing(&self) -> Result<Vec<String>, CallError> {
        let mut missing = Vec::new();
        for need in &self.needs {
            for verb in need.verbs {
                let review = self.ask(ACCESS_REVIEWS, &need.review(verb)).await?;
                if review.pointer("/status/allowed").and_then(Value::as_bool) == Some(false) {
                    missing.push((need, *verb));
                }
            }
        }
        if missing.is_empty() {
            return Ok(Vec::new());
        }
        let user = self.user().await;
        Ok(missing.into_iter().map(|(need, verb)| need.refusal(verb, user.as_deref())).collect())
    }

    /// Who we are to the API server, if it tells.
    async fn user(&self) -> Option<String> {
        let review = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"});
        let review = self.ask(SUBJECT_REVIEWS, &review).await.ok()?;
        review.pointer("/status/userInfo/username").and_then(Value::as_str).map(str::to_owned)
    }

    async fn ask(&self, path: &str, review: &Value) -> Result<Value, CallError> {
        let body = Some(("application/json", review.to_string().into()));
        let answer = self.api.persist(&Call { method: Method::POST, path, body }).await?;
        serde_json::from_slice(&answer).map_err(|error| CallError::Malformed(error.to_string()))
    }
}
