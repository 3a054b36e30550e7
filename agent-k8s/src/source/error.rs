//! Why a document could not be read, in words that a person can act on.
//!
//! Not why it is not valid: its content is looked at elsewhere.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::call::{CallError, LONGEST_AWAY};
use crate::text::{can_i, user_of};

/// The configuration document could not be read.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The API server knows us but does not allow it.
    #[error(
        "not allowed to {verb} ConfigMap {namespace}/{name}: grant {verb} on configmaps/{name}; check with: {}",
        can_i(verb, &format!("configmaps/{name}"), namespace, user.as_deref())
    )]
    Forbidden {
        /// `get`, `list` or `watch`.
        verb: &'static str,
        /// Namespace of the `ConfigMap`.
        namespace: String,
        /// Its name.
        name: String,
        /// Who we are to the API server, as it says.
        user: Option<String>,
    },
    /// The API server does not know our token.
    #[error(
        "the API server {server} does not accept our credentials: the token has expired, was revoked, or is of another cluster"
    )]
    Unauthorized {
        /// URL of the API server.
        server: String,
    },
    /// There is no such `ConfigMap`.
    #[error("ConfigMap {namespace}/{name} does not exist")]
    NotFound {
        /// The namespace.
        namespace: String,
        /// The name.
        name: String,
    },
    /// The `ConfigMap` is there, the key is not.
    #[error("ConfigMap {namespace}/{name} has no key {key}; its keys are: {}", list(keys))]
    MissingKey {
        /// Namespace of the `ConfigMap`.
        namespace: String,
        /// Its name.
        name: String,
        /// The key that should hold the document.
        key: String,
        /// The keys that are there.
        keys: Vec<String>,
    },
    /// There is no connection to the API server.
    #[error("the API server {server} cannot be reached: {reason}")]
    Unreachable {
        /// URL of the API server.
        server: String,
        /// The innermost cause.
        reason: String,
    },
    /// The API server did not answer in time.
    #[error("the API server {server} did not answer within {}", seconds(*after))]
    Timeout {
        /// URL of the API server.
        server: String,
        /// How long we waited.
        after: Duration,
    },
    /// The document is too large.
    #[error("the configuration is larger than {limit} bytes")]
    TooLarge {
        /// The bound.
        limit: usize,
    },
    /// The API server answered with another failure.
    #[error("the API server {server} answered {code}: {message}")]
    Api {
        /// URL of the API server.
        server: String,
        /// HTTP status.
        code: u16,
        /// Its text.
        message: String,
        /// How long it asks us to wait.
        retry_after: Option<Duration>,
    },
    /// The API server answered with something that is not a `ConfigMap`.
    #[error("the API server {server} answered with something that is not a ConfigMap: {reason}")]
    Malformed {
        /// URL of the API server.
        server: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A file could not be read.
    #[error("read {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: Arc<std::io::Error>,
    },
    /// A file is not text.
    #[error("{} is not UTF-8", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
    },
    /// Neither the API nor the mounted file could be read.
    #[error("no configuration in the API, nor in its place ({file}: {})", crate::call::reason(file.as_ref()))]
    Neither {
        /// Why the API could not be read.
        #[source]
        api: Box<ReadError>,
        /// Why the file could not be read.
        file: Box<ReadError>,
    },
}

impl ReadError {
    /// Whether the API could not be asked at all, so that the mounted file may stand in; false where it did answer.
    pub fn api_is_unreadable(&self) -> bool {
        match self {
            Self::Forbidden { .. }
            | Self::Unauthorized { .. }
            | Self::Unreachable { .. }
            | Self::Timeout { .. }
            | Self::Malformed { .. }
            | Self::Api { .. }
            | Self::Neither { .. } => true,
            Self::NotFound { .. }
            | Self::MissingKey { .. }
            | Self::TooLarge { .. }
            | Self::File { .. }
            | Self::NotText { .. } => false,
        }
    }

    /// How long the API server asked us to wait, 5 minutes at most.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Api { retry_after, .. } => retry_after.map(|asked| asked.min(LONGEST_AWAY)),
            Self::Neither { api, .. } => api.retry_after(),
            _ => None,
        }
    }

    /// Puts a failed call into words.
    pub(super) fn of(
        error: CallError,
        verb: &'static str,
        server: &str,
        namespace: &str,
        name: &str,
    ) -> Self {
        let server = server.to_owned();
        let (namespace, name) = (namespace.to_owned(), name.to_owned());
        match error {
            CallError::Unreachable(reason) => Self::Unreachable { server, reason },
            CallError::Timeout(after) => Self::Timeout { server, after },
            CallError::TooLarge(limit) => Self::TooLarge { limit },
            CallError::Malformed(reason) => Self::Malformed { server, reason },
            CallError::Status { code: 401, .. } => Self::Unauthorized { server },
            CallError::Status { code: 403, message, .. } => {
                Self::Forbidden { verb, namespace, name, user: user_of(&message) }
            }
            CallError::Status { code: 404, reason, .. } if reason == "NotFound" => {
                Self::NotFound { namespace, name }
            }
            CallError::Status { code, message, retry_after, .. } => {
                Self::Api { server, code, message, retry_after }
            }
        }
    }
}

fn list(keys: &[String]) -> String {
    if keys.is_empty() { "none".to_owned() } else { keys.join(", ") }
}

fn seconds(duration: Duration) -> String {
    format!("{} s", duration.as_secs_f64())
}
