//! One call to the API server: bounded in time and size, with an error that says what happened.
//!
//! It does not know what is asked for; the words for a person are made where that is known.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use kube::client::Body;
use kube::core::Status;

use crate::backoff::Failures;
use crate::client::Connection;

/// Tries of one write.
const TRIES: u32 = 3;

/// Answers that are a `Status`, or a small object that was written; more than this of one is not read.
const STATUS_LIMIT: usize = 64 << 10;

/// No API server may keep us away for longer.
pub(crate) const LONGEST_AWAY: Duration = Duration::from_mins(5);

/// A call did not give what was asked for.
#[derive(Debug)]
pub(crate) enum CallError {
    /// The API server answered with a failure.
    Status { code: u16, reason: String, message: String, retry_after: Option<Duration> },
    /// No answer, because there is no connection or it broke.
    Unreachable(String),
    /// No answer in time.
    Timeout(Duration),
    /// The answer is larger than this.
    TooLarge(usize),
    /// The answer is not what the API promises.
    Malformed(String),
}

impl CallError {
    /// Whether the same call may go better later.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Self::Status { code, .. } => *code == 429 || *code >= 500,
            Self::Unreachable(_) | Self::Timeout(_) => true,
            Self::TooLarge(_) | Self::Malformed(_) => false,
        }
    }

    /// How long the API server asked us to wait, 5 minutes at most.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } => retry_after.map(|asked| asked.min(LONGEST_AWAY)),
            _ => None,
        }
    }
}

/// What is sent.
#[derive(Debug, Clone)]
pub(crate) struct Call<'a> {
    pub(crate) method: Method,
    pub(crate) path: &'a str,
    /// Content type and content.
    pub(crate) body: Option<(&'static str, Bytes)>,
}

impl<'a> Call<'a> {
    fn get(path: &'a str) -> Self {
        Self { method: Method::GET, path, body: None }
    }
}

/// The API server, with the time that a call may take in all.
#[derive(Debug, Clone)]
pub(crate) struct Api {
    connection: Connection,
    timeout: Duration,
}

impl Api {
    pub(crate) fn new(connection: Connection, timeout: Duration) -> Self {
        Self { connection, timeout }
    }

    pub(crate) fn with_timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    pub(crate) fn server(&self) -> &str {
        &self.connection.server
    }

    /// GETs `path` and reads the answer, `limit` bytes of it at most.
    pub(crate) async fn get(&self, path: &str, limit: usize) -> Result<Bytes, CallError> {
        let call = async {
            let response = self.send(&Call::get(path)).await?;
            collect(response.into_body(), limit).await
        };
        self.in_time(call).await
    }

    /// GETs `path` and returns the body once the answer has begun; reading it is not bounded in time.
    pub(crate) async fn open(&self, path: &str) -> Result<Body, CallError> {
        self.in_time(async { Ok(self.send(&Call::get(path)).await?.into_body()) }).await
    }

    /// Sends a small object and returns the answer; up to three times, if the same call may go better later.
    pub(crate) async fn persist(&self, call: &Call<'_>) -> Result<Bytes, CallError> {
        let mut failures = Failures::default();
        for _ in 1..TRIES {
            match self.write(call).await {
                Err(error) if error.may_pass() => {
                    let wait = failures.next_wait().max(error.retry_after().unwrap_or_default());
                    tokio::time::sleep(wait).await;
                }
                result => return result,
            }
        }
        self.write(call).await
    }

    async fn write(&self, call: &Call<'_>) -> Result<Bytes, CallError> {
        // Read to its end, so that the connection can be used again.
        self.in_time(async { collect(self.send(call).await?.into_body(), STATUS_LIMIT).await }).await
    }

    async fn in_time<T>(&self, call: impl Future<Output = Result<T, CallError>>) -> Result<T, CallError> {
        match tokio::time::timeout(self.timeout, call).await {
            Ok(result) => result,
            Err(_) => Err(CallError::Timeout(self.timeout)),
        }
    }

    /// Sends `call`, a second time if the token was not accepted and the token file holds another one by now.
    async fn send(&self, call: &Call<'_>) -> Result<Response<Body>, CallError> {
        let mut response = self.send_once(call).await?;
        if response.status() == StatusCode::UNAUTHORIZED
            && self.connection.token.as_ref().is_some_and(|token| token.renew())
        {
            response = self.send_once(call).await?;
        }
        if response.status().is_success() {
            return Ok(response);
        }
        Err(failure(response).await)
    }

    async fn send_once(&self, call: &Call<'_>) -> Result<Response<Body>, CallError> {
        let mut request = Request::builder()
            .method(call.method.clone())
            .uri(call.path)
            .header(header::ACCEPT, "application/json")
            .header(header::USER_AGENT, concat!("kubeagent/", env!("CARGO_PKG_VERSION")));
        let mut body = Body::empty();
        if let Some((content_type, bytes)) = &call.body {
            request = request.header(header::CONTENT_TYPE, *content_type);
            body = Body::from(bytes.clone());
        }
        let request = request.body(body).map_err(|error| CallError::Malformed(error.to_string()))?;
        let sent = self.connection.client.send(request).await;
        sent.map_err(|error| CallError::Unreachable(reason(&error)))
    }
}

async fn failure(response: Response<Body>) -> CallError {
    let code = response.status().as_u16();
    let after = response.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
    let after = after.and_then(|value| value.trim().parse().ok()).map(Duration::from_secs);
    let canonical = response.status().canonical_reason().unwrap_or_default();
    let body = collect(response.into_body(), STATUS_LIMIT).await.unwrap_or_default();
    // A proxy or load balancer in between answers with anything, so its text is not repeated.
    let (reason, message) = match serde_json::from_slice::<Status>(&body) {
        Ok(status) => (status.reason, status.message),
        Err(_) => (String::new(), canonical.to_owned()),
    };
    CallError::Status { code, reason, message, retry_after: after }
}

async fn collect(body: Body, limit: usize) -> Result<Bytes, CallError> {
    match Limited::new(body, limit).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(CallError::TooLarge(limit)),
        Err(error) => Err(CallError::Unreachable(reason(error.as_ref()))),
    }
}

/// The innermost cause: the layers around it ("client error (Connect)") say nothing that helps.
pub(crate) fn reason(error: &(dyn std::error::Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
