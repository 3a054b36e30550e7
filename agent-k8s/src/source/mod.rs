//! Where the configuration document comes from: a `ConfigMap`, or a file.
//!
//! A source gives text; it does not know what the text means. Both kinds have the same shape, so the rest of the agent
//! does not know which one it has.
//!
//! What the API server can do to us, and what comes of it. Nothing of it ends the sequence of news or touches what runs; a
//! failure is told once until it changes.
//!
//! | failure | what the agent does |
//! |---|---|
//! | 401 | reads the token file; if it holds another token the call is made again at once, else it is told and tried again |
//! | 403 on get | tells which permission is missing and the `kubectl auth can-i` line; the mounted file stands in |
//! | 403 on list or watch | the same as a warning, once; the re-read sees changes; asked again every minute |
//! | 404 | tells that there is no such `ConfigMap`; the mounted file does not stand in, because the API did answer |
//! | the key is missing | tells which keys there are |
//! | 410 on watch or list | lists again; lists are never asked for in pieces, so none can expire half way |
//! | 429 | waits as long as `Retry-After` says (5 minutes at most); the mounted file stands in |
//! | 500, 503, 504, refused or dropped connection, TLS failure | tells it; the mounted file stands in; tried again after 0.5 s doubling to 30 s, jittered |
//! | no answer | given up after 10 s, then as above |
//! | watch ends in time, or breaks off | resumed from the last version or bookmark, without a list |
//! | watch is silent | given up 15 s after its end was due, or 15 s after a read found what it should have said |
//! | `ERROR` event, malformed or oversized event | the watch is opened again from the last good version |
//! | document over 4 MiB | told; the watch goes on |
//! | deletion, re-creation | told as an error, then as the new text; within 20 ms only the new text |

mod burst;
mod changes;
mod config_map;
mod error;
mod file;
mod folder;
mod in_flight;
mod memory;
mod reads;
#[cfg(test)]
mod tests;
mod watch;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest as _, Sha256};

pub use changes::{Changes, Reread};
pub use config_map::ConfigMapSource;
pub use error::ReadError;
pub use file::FileSource;

/// Documents above this many bytes are refused; a `ConfigMap` cannot hold more than 1 MiB.
pub const TEXT_LIMIT: usize = 4 << 20;

/// SHA-256 of a document's text.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of `text`.
    pub fn of(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }
}

impl std::fmt::Display for Digest {
    /// The first six bytes in hex: enough for a person to tell two documents apart.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().take(6).try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl std::fmt::Debug for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Digest({self})")
    }
}

/// Where a document was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// In the API.
    ConfigMap {
        /// Namespace of the `ConfigMap`.
        namespace: String,
        /// Its name.
        name: String,
        /// The key that holds the document.
        key: String,
        /// `metadata.resourceVersion`.
        resource_version: String,
    },
    /// In a file.
    File(PathBuf),
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::ConfigMap { namespace, name, key, resource_version } => {
                write!(f, "ConfigMap {namespace}/{name} key {key} at resource version {resource_version}")
            }
            Self::File(path) => write!(f, "file {}", path.display()),
        }
    }
}

/// A configuration document as it was read.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The text.
    pub text: Arc<str>,
    /// Where it was read.
    pub origin: Origin,
    /// What tells it from another text.
    pub digest: Digest,
    /// Why it is not from where it should be: the API's failure, when the mounted file stands in for it.
    pub instead_of: Option<Arc<ReadError>>,
}

impl Snapshot {
    fn new(text: String, origin: Origin) -> Self {
        let digest = Digest::of(&text);
        Self { text: text.into(), origin, digest, instead_of: None }
    }
}

/// One of the two sources.
#[derive(Debug, Clone)]
pub enum Source {
    /// A `ConfigMap`, with its mounted copy for when the API cannot be read.
    ConfigMap(ConfigMapSource),
    /// A file alone.
    File(FileSource),
}

impl Source {
    /// Reads the document once.
    ///
    /// # Errors
    ///
    /// A [`ReadError`] that says what to do about it.
    pub async fn read(&self) -> Result<Snapshot, ReadError> {
        match self {
            Self::ConfigMap(source) => source.read().await,
            Self::File(source) => source.read().await,
        }
    }

    /// Follows the document; the first result is what is there now. It is read anew at least every `interval`.
    pub fn changes(&self, interval: Duration) -> Changes {
        Changes::new(self.clone(), interval)
    }
}
