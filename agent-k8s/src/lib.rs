//! Kubernetes access: the client, the sources of the agent's configuration document, and Events about it.
//!
//! Not a controller framework: the agent reads one `ConfigMap`, writes a few Events, and asks what it is allowed to do. Every call to the API server is bounded in
//! time and in size, and no error of this crate ever holds a token.

mod access;
mod backoff;
mod call;
mod client;
mod events;
mod source;
mod text;

pub use access::{AccessReview, Need};
pub use client::{ClientOptions, ConnectError, Connection, Credentials, SERVICE_ACCOUNT_DIR, connect};
pub use events::{Event, EventType, Events, EventsIdentity};
pub use source::{
    Changes, ConfigMapSource, Digest, FileSource, Origin, ReadError, Reread, Snapshot, Source, TEXT_LIMIT,
};
