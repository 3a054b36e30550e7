//! Somebody who talks to the API server, with what was asked and answered in plain sight.

use std::path::PathBuf;
use std::time::Duration;

use agent_k8s::{ClientOptions, Connection, connect};
use anyhow::{Context as _, Result, bail};
use bytes::BytesMut;
use http::{Request, Response};
use http_body_util::BodyExt as _;
use kube::client::Body;
use serde_json::Value;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(20);

/// An account with its credentials.
pub(crate) struct Account {
    /// What the agent is given as `KUBECONFIG`.
    pub(crate) kubeconfig: PathBuf,
    /// The client that the agent's crate makes of it.
    pub(crate) connection: Connection,
}

/// A whole answer.
#[derive(Debug)]
pub(crate) struct Answer {
    /// HTTP status.
    pub(crate) code: u16,
    /// The body, if it is JSON.
    pub(crate) body: Value,
}

impl Account {
    /// The account that `kubeconfig` is of.
    pub(crate) async fn of(kubeconfig: PathBuf) -> Result<Self> {
        let options = ClientOptions { kubeconfig: Some(kubeconfig.clone()), ..ClientOptions::default() };
        Ok(Self { kubeconfig, connection: connect(&options).await? })
    }

    /// Sends a request without a body.
    pub(crate) async fn ask(&self, method: &str, path: &str) -> Result<Answer> {
        self.send(method, path, "application/json", None).await
    }

    /// Sends a request with a body.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        content_type: &str,
        body: Option<&Value>,
    ) -> Result<Answer> {
        let whole = async {
            let response = self.open(method, path, content_type, body).await?;
            let code = response.status().as_u16();
            let body = response.into_body().collect().await.context("read the answer")?.to_bytes();
            anyhow::Ok(Answer { code, body: serde_json::from_slice(&body).unwrap_or_default() })
        };
        timeout(PATIENCE, whole).await.with_context(|| format!("{method} {path}: no answer"))?
    }

    /// Sends an object, which must be taken.
    pub(crate) async fn apply(&self, method: &str, path: &str, object: &Value) -> Result<Value> {
        let content_type =
            if method == "PATCH" { "application/merge-patch+json" } else { "application/json" };
        let answer = self.send(method, path, content_type, Some(object)).await?;
        if answer.code >= 300 {
            bail!("{method} {path}: {} {}", answer.code, answer.body);
        }
        Ok(answer.body)
    }

    /// Opens a watch.
    pub(crate) async fn watch(&self, path: &str) -> Result<Lines> {
        let open = self.open("GET", path, "application/json", None);
        let response = timeout(PATIENCE, open).await.with_context(|| format!("{path}: no answer"))??;
        let content_type = response.headers().get(http::header::CONTENT_TYPE);
        let content_type = content_type.and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        Ok(Lines {
            code: response.status().as_u16(),
            content_type,
            body: response.into_body(),
            buffer: BytesMut::new(),
        })
    }

    async fn open(
        &self,
        method: &str,
        path: &str,
        content_type: &str,
        body: Option<&Value>,
    ) -> Result<Response<Body>> {
        let bytes = body.map(Value::to_string).unwrap_or_default().into_bytes();
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(http::header::CONTENT_TYPE, content_type)
            .body(Body::from(bytes))?;
        self.connection.client.send(request).await.with_context(|| format!("{method} {path}"))
    }
}

/// An open watch.
pub(crate) struct Lines {
    /// HTTP status of the answer.
    pub(crate) code: u16,
    /// Its content type.
    pub(crate) content_type: String,
    body: Body,
    buffer: BytesMut,
}

impl Lines {
    /// The next event; `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Value>> {
        loop {
            if let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
                return serde_json::from_slice(&self.buffer.split_to(end + 1)).context("a line of a watch");
            }
            let frame = timeout(PATIENCE, self.body.frame()).await.context("the watch is silent")?;
            let Some(frame) = frame else { return Ok(None) };
            if let Ok(data) = frame.context("the watch broke off")?.into_data() {
                self.buffer.extend_from_slice(&data);
            }
        }
    }
}
